"""Backup and restore of the private cluster to a chosen second, with PostgreSQL's own base backups and archived changes.

``./run backup`` switches archiving on (every change is kept from then on), takes a base backup and copies uploaded files and
keys. ``./run restore TIME`` replays the archive up to that second into a fresh cluster, and only when that has succeeded puts
it in the place of the present one, which is kept beside it. Backups live in ``var/backups`` or ``ZHUJIAN_BACKUPS``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlparse

import cluster
import remote
import serve
from say import Trouble, done, say

VAR = cluster.VAR
CHINA = timezone(timedelta(hours=8))
KEEP = int(os.environ.get("ZHUJIAN_BACKUP_KEEP", "7"))
NOTE = "zhujian-backup.json"
PRIVATE = ("keys", "secret-key", "database.json")
# Written by one process, possibly again after a crash: the same bytes twice are fine, other bytes under the name are not.
KEEP_SEGMENT = (
    'test -f "{wal}/%f.gz" && {{ gunzip -c "{wal}/%f.gz" | cmp -s - "%p"; exit; }}; '
    'gzip -1 -c "%p" > "{wal}/%f.part" && sync "{wal}/%f.part" && mv "{wal}/%f.part" "{wal}/%f.gz"'
)
FETCH_SEGMENT = 'gunzip -c "{wal}/%f.gz" > "%p"'


def _private_only() -> None:
    if os.environ.get("DATABASE_URL"):
        raise Trouble(
            "DATABASE_URL 指向的数据库由它的管理员备份和恢复；本命令只管 var/ 下自带的数据库。",
            "The database named by DATABASE_URL is backed up by its administrator; this command keeps the one under var/.",
        )


def folder() -> Path:
    """Where backups live; ``database`` below it belongs to the database user."""
    named = os.environ.get("ZHUJIAN_BACKUPS")
    return Path(named).resolve() if named else cluster.home().parent / "backups"


def _prepare(place: Path) -> Path:
    store = folder()
    store.mkdir(parents=True, exist_ok=True)
    for path in (store / "database", store / "database" / "base", store / "database" / "wal"):
        if not path.exists():
            cluster.hand_over(path)
    if cluster.run("test", "-w", str(store / "database" / "wal"), check=False).returncode:
        raise Trouble(
            f"数据库用户无法写入 {store}。请换一个位置（ZHUJIAN_BACKUPS=/路径），或放开上级目录的进入权限。",
            f"The database user cannot write to {store}. Choose another place with ZHUJIAN_BACKUPS or let it pass the folders above.",
        )
    return store


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _show(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _archive(place: Path, owner: str, store: Path) -> None:
    """Switch the archive on: a changed command needs a reload; a cluster made without archiving needs a restart."""
    command = KEEP_SEGMENT.format(wal=store / "database" / "wal")
    line = f"archive_command = '{command}'\narchive_timeout = 60\n"
    conf = place / "data" / "postgresql.conf"
    if line not in cluster.run("cat", str(conf)).stdout:
        cluster.run("sh", "-c", "cat >> \"$0\" <<'EOF'\n# Set by ./run backup\narchive_mode = on\n" + line + "EOF\n", str(conf))
    if remote.query(owner, "SHOW archive_mode").stdout.strip() == "on":
        cluster.pg_ctl(cluster.binaries(), place, "reload")
    else:
        cluster.pg_ctl(cluster.binaries(), place, "-m", "fast", "-w", "restart")


def _wal_position(owner: str) -> str:
    return remote.query(owner, "SELECT pg_walfile_name(pg_current_wal_lsn())").stdout.strip()


def _copy_beside(store: Path) -> int:
    """Copy uploaded files that are new (they are named by content and never change) and the keys; how many were copied."""
    count, source = 0, VAR / "files"
    for path in source.rglob("*") if source.exists() else ():
        target = store / "files" / path.relative_to(source)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + ".part")
            shutil.copy2(path, part)
            part.rename(target)
            count += 1
    secret = store / "keys"
    secret.mkdir(mode=0o700, exist_ok=True)
    for name in PRIVATE:
        path = VAR / name
        if path.is_dir():
            shutil.copytree(path, secret / name, dirs_exist_ok=True)
        elif path.exists():
            shutil.copy2(path, secret / name)
    return count


def bases(store: Path) -> list[tuple[datetime, Path]]:
    """Finished base backups, oldest first, each with the moment from which it can be used."""
    found = []
    base = store / "database" / "base"
    for name in cluster.run("ls", str(base), check=False).stdout.split():
        note = cluster.run("cat", str(base / name / NOTE), check=False)
        if note.returncode == 0 and "." not in name:
            found.append((datetime.fromisoformat(json.loads(note.stdout)["finished_at"]), base / name))
    return sorted(found)


def backup(*_: str) -> int:
    """Take a base backup and keep every later change."""
    _private_only()
    owner = cluster.ensure()["owner"]
    place = cluster.home()
    store = _prepare(place)
    _archive(place, owner, store)
    where = remote.environment(owner)
    name = _stamp(datetime.now(UTC))
    part = store / "database" / "base" / f"{name}.part"
    say(f"正在备份数据库到 {store}")
    began = time.monotonic()
    try:
        cluster.run(
            str(cluster.binaries() / "pg_basebackup"), "-D", str(part), "-X", "stream", "--checkpoint=fast", "--no-password",
            "-h", where["PGHOST"], "-p", where["PGPORT"], "-U", where["PGUSER"], env={"PGPASSWORD": where["PGPASSWORD"]},
        )  # fmt: skip
        finished = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        note = json.dumps({"finished_at": finished.isoformat()})
        cluster.run("sh", "-c", f"echo '{note}' > \"$0\"", str(part / NOTE))
        cluster.run("mv", str(part), str(part.with_suffix("")))
    finally:
        cluster.run("rm", "-rf", str(part), check=False)
    files = _copy_beside(store)
    _forget_old(store)
    done(f"备份完成（用时 {time.monotonic() - began:.1f} 秒，新增文件 {files} 个）：从 {_show(finished)} 起可恢复到任意一秒。")
    print(f"  Backed up; from {_show(finished)} on every second can be restored.")
    return 0


def _forget_old(store: Path) -> None:
    """Delete base backups beyond the newest `KEEP`, and the changes that only they needed."""
    kept = bases(store)
    for _, path in kept[:-KEEP]:
        cluster.run("rm", "-rf", str(path))
    oldest = bases(store)[0][1]
    label = cluster.run("cat", str(oldest / "backup_label")).stdout
    found = re.search(r"START WAL LOCATION: \S+ \(file (\w+)\)", label)
    if found:
        tool = cluster.binaries() / "pg_archivecleanup"
        cluster.run(str(tool), "-x", ".gz", str(store / "database" / "wal"), found[1])


def parse(text: str) -> datetime | None:
    """The moment asked for: ``2026-03-01 10:30:00`` (China time), with an offset, or ``latest`` (None)."""
    if text == "latest":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Trouble(
            f"看不懂时间「{text}」。请写成 2026-03-01 10:30:00（北京时间），或 latest 表示最新状态。",
            f"The time {text!r} is not understood. Write 2026-03-01 10:30:00 (China time), or latest.",
        ) from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _choose(store: Path, moment: datetime | None) -> Path:
    found = bases(store)
    usable = [path for at, path in found if moment is None or at <= moment]
    if usable:
        return usable[-1]
    if found and moment:
        raise Trouble(
            f"没有早于 {_show(moment)} 的备份；最早可恢复到 {_show(found[0][0])}。",
            f"There is no backup before {_show(moment)}; the earliest second that can be restored is {_show(found[0][0])}.",
        )
    raise Trouble(f"{store} 里没有备份。请先执行 ./run backup。", f"There is no backup in {store}. Run ./run backup first.")


def _flush(owner: str) -> None:
    """Have the running cluster archive what it has not archived yet."""
    segment = _wal_position(owner)
    remote.query(owner, "SELECT pg_switch_wal()", check=False)  # only a superuser may; archive_timeout does it otherwise
    until = time.monotonic() + 90
    while time.monotonic() < until:
        last = remote.query(owner, "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver").stdout.strip()
        if last[:24] >= segment:
            return
        time.sleep(0.3)
    raise Trouble(
        "最近的改动没能写入备份存档，恢复没有开始，数据没有改动。请检查备份磁盘的空间和权限。",
        "The latest changes could not be archived; nothing was restored or changed. Check the backup disk.",
    )


def restore(*words: str) -> int:
    """Replay to a chosen second into a fresh cluster, then put it in place."""
    _private_only()
    if not words:
        raise Trouble(
            '请给出时间，例如：./run restore "2026-03-01 10:30:00"，或 latest。',
            'Give a time: ./run restore "2026-03-01 10:30:00", or latest.',
        )
    moment = parse(" ".join(words))
    serve.check_stopped()
    store = folder()
    base = _choose(store, moment)
    place = cluster.home()
    if not cluster.KEPT.exists() and (store / "keys" / "database.json").exists():
        _bring_back_keys(store)
    if (place / "data").exists() and cluster.KEPT.exists():
        say("正在存档最近的改动")
        _flush(cluster.ensure()["owner"])
    owner = json.loads(cluster.KEPT.read_text())["owner"]
    fresh = place.with_name("pg.restored")
    reached = _replay(base, store, fresh, owner, moment)
    kept = _swap(place, fresh)
    if moment:
        _set_aside(store, moment)
    cluster.ensure()
    done(f"数据库已恢复到 {_show(moment) if moment else '最新状态'}（最后一笔改动：{_show(reached)}）。")
    print(f"  The database is restored; its last change is of {_show(reached)}.")
    if kept:
        print(f"  原数据库保留在 {kept}，确认无误后可删除。 The former one is kept there; delete it when all is well.")
    print("  请随后执行 ./run backup，作为新的起点。 Run ./run backup next, as a new starting point.")
    return 0


def _bring_back_keys(store: Path) -> None:
    VAR.mkdir(parents=True, exist_ok=True)
    for name in PRIVATE:
        source, target = store / "keys" / name, VAR / name
        if source.is_dir() and not target.exists():
            shutil.copytree(source, target)
        elif source.is_file() and not target.exists():
            shutil.copy2(source, target)
    if (store / "files").exists() and not (VAR / "files").exists():
        shutil.copytree(store / "files", VAR / "files")


def _replay(base: Path, store: Path, fresh: Path, owner: str, moment: datetime | None) -> datetime:
    """Make `fresh` from `base` and replay up to `moment`; returns the time of the last change it holds."""
    tools = cluster.binaries()
    url = urlparse(owner)
    port = cluster.free_port()
    target = (
        f"recovery_target_time = '{moment.astimezone(UTC).isoformat(sep=' ')}'\nrecovery_target_inclusive = on\n"
        if moment
        else ""
    )
    # Without a change later than the target PostgreSQL refuses to stop "at" it: then the end of the archive is that moment.
    for aim in dict.fromkeys((target, "")):
        say(f"正在恢复：{'重放到指定时间' if aim else '重放到存档末尾'}")
        cluster.run("rm", "-rf", str(fresh))
        cluster.hand_over(fresh)
        data = fresh / "data"
        try:
            cluster.run("cp", "-a", str(base), str(data))
            settings = (
                f"restore_command = '{FETCH_SEGMENT.format(wal=store / 'database' / 'wal')}'\n{aim}"
                "recovery_target_action = 'promote'\nrecovery_target_timeline = 'latest'\narchive_mode = off\n"
            )
            cluster.run("sh", "-c", "cat >> \"$0\" <<'EOF'\n" + settings + "EOF\n", str(data / "postgresql.auto.conf"))
            cluster.run("touch", str(data / "recovery.signal"))
            started = cluster.pg_ctl(
                tools,
                fresh,
                "-l",
                str(fresh / "log"),
                "-o",
                f"-p {port} -c log_min_messages=info",
                "-w",
                "-t",
                "3600",
                "start",
                check=False,
            )
            here = url._replace(netloc=f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()
            if started.returncode == 0 and _promoted(here):
                break
            log = cluster.run("tail", "-n", "30", str(fresh / "log"), check=False).stdout
            if aim and "recovery ended before configured recovery target" in log:
                continue
            raise Trouble(
                "恢复没有成功，原因见上面的日志；现有数据库没有改动。",
                "The restore failed, the log above says why; the present database was not touched.",
                log,
            )
        except BaseException:
            cluster.pg_ctl(tools, fresh, "-m", "immediate", "-w", "stop", check=False)
            cluster.run("rm", "-rf", str(fresh), check=False)
            raise
    reached = re.findall(r"last completed transaction was at log time (\S+ \S+)", cluster.run("cat", str(fresh / "log")).stdout)
    cluster.pg_ctl(tools, fresh, "-m", "fast", "-w", "stop")
    cluster.run(
        "sed", "-i", "/^restore_command\\|^recovery_target\\|^archive_mode = off/d", str(fresh / "data" / "postgresql.auto.conf")
    )
    cluster.run("rm", "-f", str(fresh / "data" / NOTE))
    _announce_history(store, fresh)
    if reached:
        last = datetime.fromisoformat(reached[-1])
        return last if last.tzinfo else last.replace(tzinfo=CHINA)
    note = json.loads(cluster.run("cat", str(base / NOTE)).stdout)
    return datetime.fromisoformat(note["finished_at"])


def _announce_history(store: Path, fresh: Path) -> None:
    """Archive the restored cluster's history files, so that a later restore follows this branch and not the abandoned one."""
    wal = store / "database" / "wal"
    script = 'for f in "$0"/*.history; do [ -f "$f" ] && gzip -c "$f" > "$1/$(basename "$f").gz"; done; true'
    cluster.run("sh", "-c", script, str(fresh / "data" / "pg_wal"), str(wal))


def _promoted(url: str) -> bool:
    """Wait until recovery has ended and the cluster takes writes."""
    until = time.monotonic() + 3600
    while time.monotonic() < until:
        answer = remote.query(url, "SELECT pg_is_in_recovery()", check=False)
        if answer.stdout.strip() == "f":
            return True
        if answer.returncode and "starting up" not in answer.stderr and "not yet accepting" not in answer.stderr:
            return False
        time.sleep(0.2)
    return False


def _swap(place: Path, fresh: Path) -> Path | None:
    """Put the restored cluster in place; the former one stays beside it under the hour's name."""
    kept = None
    if place.exists():
        cluster.stop()
        kept = place.with_name(f"pg.before-{_stamp(datetime.now(UTC))}")
        place.rename(kept)
    fresh.rename(place)
    link = VAR / "pg"
    if place.parent != VAR and not link.is_symlink():
        link.symlink_to(place)
    return kept


def _set_aside(store: Path, moment: datetime) -> None:
    """Base backups taken after the restored moment belong to the abandoned history: never choose them again."""
    for at, path in bases(store):
        if at > moment:
            cluster.run("mv", str(path), f"{path}.abandoned")
