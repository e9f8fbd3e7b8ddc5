"""`./run new-module BOARD NAME [TITLE]`: writes a working module in the anatomy of design §3, with tests that pass.

The module appears whole or not at all: it is written beside its place, renamed, and taken away again when its migration cannot
be made.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from string import Template

from say import Trouble, done

BASE = Path(__file__).resolve().parent.parent
TEMPLATES = Path(__file__).resolve().parent / "templates" / "module"
BOARDS = {"urban_rural": "数字建设", "city_management": "数字城管", "housing": "数字住房", "construction": "数字建造"}
TAKEN = {
    "auth",
    "contenttypes",
    "sessions",
    "messages",
    "staticfiles",
    "postgres",
    "gis",
    "humanize",
    "account",
    "mfa",
    "kernel",
}
TITLE = "业务登记"


def singular(name: str) -> str:
    """English singular of a module's name, for its first table: ``lifts`` → ``lift``, ``facilities`` → ``facility``."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("ches", "shes", "xes", "sses")):
        return name[:-2]
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name[:-1]
    return name


def check(board: str, name: str) -> None:
    """Refuse what cannot become a module."""
    if board not in BOARDS:
        raise Trouble(f"没有板块 {board}。可选：{'、'.join(f'{k}（{v}）' for k, v in BOARDS.items())}。",
                      f"There is no board {board}; choose one of {', '.join(BOARDS)}.")  # fmt: skip
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > 30 or keyword.iskeyword(name):
        raise Trouble(f"模块名 {name} 不合适。请用小写英文单词，用下划线连接，最多 30 个字符，例如 lift_safety。",
                      f"{name} cannot be a module: use lower-case English words joined by underscores, at most 30 characters.")  # fmt: skip
    same = [p.parent for p in (BASE / "zhujian").glob("*/**/module.toml") if p.parent.name == name]
    if same or name in TAKEN or (BASE / "zhujian" / "boards" / board / name).exists():
        where = same[0].relative_to(BASE) if same else "Django"
        raise Trouble(f"名称 {name} 已被使用（{where}），请换一个。", f"The name {name} is taken ({where}); choose another.")


def words(board: str, name: str, title: str) -> dict[str, str]:
    """What the templates speak of."""
    item = singular(name)
    return {
        "board": board, "module": name, "item": item, "Item": "".join(part.capitalize() for part in item.split("_")),
        "EXAMPLE": "".join(part[0] for part in name.split("_")).upper() if "_" in name else name[:3].upper(),
        "short": item[:14].rstrip("_"),  # names of indexes are at most 30 characters
        "title": title, "due": f"{date.today().year}-12-31",
    }  # fmt: skip


def write(board: str, name: str, title: str) -> Path:
    """Write the module's files; returns its folder."""
    check(board, name)
    home = BASE / "zhujian" / "boards" / board
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "__init__.py").exists():
        (home / "__init__.py").write_text(f'"""{BOARDS[board]}."""\n', encoding="utf-8")
    part, target = home / f".{name}.part", home / name
    shutil.rmtree(part, ignore_errors=True)
    try:
        for source in sorted(TEMPLATES.rglob("*.tmpl")):
            path = part / source.relative_to(TEMPLATES).with_suffix("")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(source.read_text(encoding="utf-8")).substitute(words(board, name, title)), encoding="utf-8")
        (part / "migrations").mkdir()
        (part / "migrations" / "__init__.py").touch()
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def command(*arguments: str) -> int:
    """Write the module and its first migration, and say what comes next."""
    if len(arguments) not in {2, 3}:
        raise Trouble("用法：./run new-module 板块 模块名 [中文名称]，例如 ./run new-module housing lifts 电梯登记",
                      "Usage: ./run new-module BOARD NAME [TITLE]")  # fmt: skip
    board, name, title = (*arguments, TITLE)[:3]
    check(board, name)
    import cli
    import data

    python, urls = cli.prepare(dev=True)
    target = write(board, name, title)
    made = subprocess.run(
        [str(python), "-m", "zhujian", "makemigrations", name, "-v0"], cwd=BASE, env=data.environment(urls), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(target)
        raise Trouble("模块的数据表没有生成成功，已撤回。原因见上面的输出。",
                      "The module's migration could not be made and the module was withdrawn; see the output above.", made.stderr)  # fmt: skip
    where = os.path.relpath(target, BASE)
    subprocess.run(
        [str(python), "-m", "ruff", "format", "-q", str(target)], cwd=BASE, check=False
    )  # lines depend on the name's length
    done(f"已建立模块 {where}（{title}）。 Made {where}.")
    print(f"  ./run test {where}        运行它的测试")
    print("  ./run demo                    更新数据库后可在菜单中看到它")
    print("  术语写入 docs/glossary.md；模块行写入 module.toml（级别、期限、依据标准）。")
    return 0
