"""Fills a database with very many cases: whole tables by statements over sets, in batches that are kept when the work is broken off.

Real cases were led through the process by its services (`bench.city_cases.templates`), one for each end; a batch copies a template's rows
over numbers n, the closed ones first (oldest first, eight years), then the open ones (of the last ten days). What differs from copy to copy
is an expression of n: county (a thirteenth in the county that is asked), class (a few are frequent, most rare), body in charge (in the
county two fifths with its own department), place, moments, marks. Tables, policies, triggers and indexes are those that are shipped:
secondary indexes and foreign keys are put away meanwhile and restored as they were (foreign keys for new rows only), triggers sleep.

Every closed case has its own row in the register, one in four its report, one in forty its whole file besides (log, photos, errands,
process, tasks); every open case has everything. Pages read those side tables by the case or by indexes over what is open, so what is left
out makes no index on their way flatter than one level.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg

COUNTIES = tuple(
    [
        "420106",
        "420102",
        "420103",
        "420104",
        "420105",
        "420107",
        "420111",
        "420112",
        "420113",
        "420114",
        "420115",
        "420116",
        "420117",
    ]
)
BATCH = 200_000
REPORTS, WHOLE = 4, 40  # one closed case in so many has a report, has everything
STRIDE = 16  # ids kept for the rows of one case in a table with several
YEARS = 8
# Tables with one row for a case (the id follows from the number), and with several (up to STRIDE).
ONE = ("command_case", "command_report", "workflow_instance", "workflow_part")
MANY = ("command_casestep", "command_errand", "command_photo", "workflow_task")
TABLES = (*ONE, *MANY)
# Minutes after the first moment at which a closed case came so far: its template was led through in seconds.
LATER = {
    "registered_at": "10", "dispatched_at": "25", "stage_since": "25", "clock_start": "25", "received_at": "40", "handled_at": "60 + n % 2000",
    "fed_back_at": "75 + n % 2000", "check_sent_at": "90 + n % 2000", "checked_at": "120 + n % 2500", "closed_at": "150 + n % 2500",
    "finished_at": "150 + n % 2500", "completed_at": "n % 2500", "done_at": "120 + n % 2500", "due": "1440", "yellow_at": "1200",
}  # fmt: skip
CLASSES = """
CREATE TABLE zj_class AS SELECT row_number() OVER () - 1 AS k, kind, code, name, condition_id FROM (
  SELECT i.kind, i.code, i.name, min(c.id) AS condition_id, row_number() OVER (ORDER BY md5(i.kind || i.code)) AS rank
  FROM digital_city_condition c JOIN classification_classitem i ON i.id = c.item_id WHERE c.region_code = '' AND c.stage = 1 GROUP BY 1, 2, 3
) ranked, generate_series(1, greatest(1, (600 / rank)::integer))
"""
INDEXES = """
SELECT pg_get_indexdef(x.indexrelid), format('DROP INDEX %%I', c.relname) FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
WHERE x.indrelid = ANY(%s::regclass[]) AND NOT x.indisunique ORDER BY pg_get_indexdef(x.indexrelid) LIKE '%%gist%%' DESC
"""
KEYS = """
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s NOT VALID', conrelid::regclass, conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '')),
  format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
"""


@dataclass
class Fill:
    """One filling of one database.

    `ends`: by how far a case has come, its template's id and the number of copies, ``closed`` first; ``waiting`` is a report without a case.
    """

    db: psycopg.Connection
    ends: dict[str, tuple[int, int]]

    def run(self) -> None:
        """Do what is not done yet; may be broken off at any moment and called again."""
        self.db.execute("SET synchronous_commit = off")
        self.db.execute("SET maintenance_work_mem = '512MB'")
        self.db.execute("CREATE TABLE IF NOT EXISTS zj_fill (step text PRIMARY KEY, done bigint NOT NULL, note jsonb)")
        if self.done("ready"):
            return
        began = time.perf_counter()
        with self.db.transaction():
            self.begin()
        self.db.execute("SELECT set_config('zj.filled', %s, false)", [self.note("began")])
        base = self.note("base")
        total, first = sum(count for _, count in self.ends.values()), 1
        self.closed = self.ends["closed"][1]
        self.classes = _one(self.db, "SELECT count(*) FROM zj_class")
        for end, (case, count) in self.ends.items():
            for low in range(first, first + count, BATCH):
                self.batch(end, case, low, min(low + BATCH, first + count) - 1, base)
            first += count
        self.say(f"{total:,} cases", began)
        self.restore()
        self.db.execute("SELECT command_case_recount()")
        self.say("indexes", began)
        for table in TABLES:
            self.db.execute(f"VACUUM (ANALYZE, INDEX_CLEANUP off) {table}")
        self.db.execute("INSERT INTO zj_fill VALUES ('ready', 1)")
        self.say("ready", began)

    def say(self, what: str, began: float) -> None:
        """A line about how far it has come, on standard error."""
        print(f"  {what}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    def done(self, step: str) -> int:
        """How far a step has come; 0 when it has not begun."""
        row = self.db.execute("SELECT done FROM zj_fill WHERE step = %s", [step]).fetchone()
        return row[0] if row else 0

    def note(self, step: str) -> Any:
        """What was noted with a step."""
        row = self.db.execute("SELECT note FROM zj_fill WHERE step = %s", [step]).fetchone()
        return row[0] if row else None

    def begin(self) -> None:
        """Note first ids and templates, put indexes and foreign keys away, let triggers sleep; once."""
        if self.note("base") is not None:
            self.ends = {end: (case, count) for end, case, count in self.note("ends")}
            return
        base = {table: _one(self.db, f"SELECT coalesce(max(id), 0) FROM {table}") for table in TABLES}
        kept = [row for sql in (INDEXES, KEYS) for row in self.db.execute(sql, [list(TABLES)]).fetchall()]
        for _, drop in kept:
            self.db.execute(drop)
        for table in TABLES:
            self.db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER, SET (autovacuum_enabled = off)")
        self.db.execute(CLASSES)
        for step, note in (
            ("base", base),
            ("ends", [(end, *pair) for end, pair in self.ends.items()]),
            ("kept", [make for make, _ in kept]),
            ("began", time.strftime("%F %T%z")),
        ):
            self.db.execute("INSERT INTO zj_fill VALUES (%s, 1, %s)", [step, json.dumps(note)])

    def restore(self) -> None:
        """Indexes one by one, then foreign keys, triggers and the sequences."""
        while kept := self.note("kept"):
            with self.db.transaction():
                with suppress(psycopg.errors.DuplicateTable, psycopg.errors.DuplicateObject), self.db.transaction():
                    self.db.execute(kept[0])  # there again already when a migration ran while the work was broken off
                self.db.execute("UPDATE zj_fill SET note = note - 0 WHERE step = 'kept'")
        for table in TABLES:
            self.db.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER, RESET (autovacuum_enabled)")
            self.db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        self.db.execute("DROP TABLE IF EXISTS zj_class")

    def batch(self, end: str, case: int, low: int, high: int, base: dict[str, int]) -> None:
        """Copies low to high of one template with all their rows, in one transaction, unless they are there."""
        step = f"rows {low}"
        if self.done(step):
            return
        with self.db.transaction():
            for table in TABLES if end != "waiting" else ("command_report",):
                self.copy(table, end, case, low, high, base)
            self.db.execute("INSERT INTO zj_fill VALUES (%s, %s)", [step, high])

    def copy(self, table: str, end: str, case: int, low: int, high: int, base: dict[str, int]) -> None:
        """The rows of one table for the cases low to high."""
        closed = end == "closed"
        every = 1 if not closed or table == "command_case" else REPORTS if table == "command_report" else WHOLE
        ours = {"command_case": f"id = {case}", "command_report": f"{'id' if end == 'waiting' else 'case_id'} = {case}"}
        ours |= {"workflow_instance": f"subject = 'command.case:{case}'"}
        process = f"instance_id = (SELECT id FROM workflow_instance WHERE subject = 'command.case:{case}')"
        ours |= {"workflow_part": process, "workflow_task": process}
        ours |= {"command_photo": f"case_id = {case} OR report_id IN (SELECT id FROM command_report WHERE case_id = {case})"}
        where = ours.get(table, f"case_id = {case}")
        changes = self.changes(table, closed, base)
        columns = self.db.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        ).fetchall()
        values = {name: changes.get(name) or self.moved(name, kind, closed) for name, kind in columns}
        start = low + (-low) % every
        source = (
            f"(SELECT *, row_number() OVER (ORDER BY id DESC) - 1 AS zj_k FROM {table} WHERE {where} ORDER BY id DESC "
            f"LIMIT {1 if table in ONE else STRIDE}) t, generate_series({start}::bigint, {high}::bigint, {every}) n"
        )
        if table in ("command_case", "command_report"):
            source += f" JOIN zj_class c ON c.k = n * 7919 % {self.classes}"
        names = ", ".join(f'"{name}"' for name in values)
        self.db.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} FROM {source}")

    def moved(self, name: str, kind: str, closed: bool) -> str:
        """A column as the template has it, moments at the copy's own time."""
        if not kind.startswith("timestamp"):
            return f't."{name}"'
        if closed:
            back = f"interval '11 days' + ({self.closed} - n) * interval '{YEARS * 365 * 86400 / self.closed:.6f} seconds'"
            return f't."{name}" - ({back})' + (f" + ({LATER[name]}) * interval '1 minute'" if name in LATER else "")
        if name in ("due", "yellow_at"):  # one in seven is overdue, the last one due in eight days
            ahead = "(n * 53 % 14000 - 2060)" if name == "yellow_at" else "(n * 53 % 14000 - 2000)"
            return f"CASE WHEN t.\"{name}\" IS NOT NULL THEN current_setting('zj.filled')::timestamptz + {ahead} * interval '1 minute' END"
        return f"t.\"{name}\" - (n * 37 % 480) * interval '30 minutes'"

    def changes(self, table: str, closed: bool, base: dict[str, int]) -> dict[str, str]:
        """What differs from the template, by column."""
        county = f"(ARRAY{list(COUNTIES)!r})[1 + n % {len(COUNTIES)}]"
        home = f"(n % {len(COUNTIES)} = 0 AND n / {len(COUNTIES)} % 5 < 2)"  # disposed of by the department that is asked
        own = f"n % {len(COUNTIES)} = 0"
        body = f"'X' || {county} || lpad((n / 7 % 20)::text, 2, '0')"
        case, report, instance, part = (f"{base[name]} + n" for name in ONE)
        many = f"{base.get(table)} + n * {STRIDE} + t.zj_k"
        region = f"{county} || lpad((n / 13 % 12 + 1)::text, 3, '0') || '001'"
        common = {"id": many if table in MANY else f"{base[table]} + n", "region_code": region}
        bodies = {"org_code": f"CASE WHEN {home} OR t.org_code = '' THEN t.org_code ELSE {body} END"}
        common["parties"] = f"CASE WHEN {home} OR t.parties = '{{}}' THEN t.parties ELSE ARRAY['org:' || {body}] END"
        subject = {"subject": f"'command.case:' || ({case})"}
        scattered = {  # even, without a pattern in n
            "location": "ST_SetSRID(ST_MakePoint(114.0 + n * 0.6180339887 % 0.6, 30.3 + n * 0.7548776662 % 0.5), 4490)",
            "grid_code": f"{region} || lpad((n / 156 % 40 + 1)::text, 3, '0')", "address": "'测试路' || (n % 2000 + 1) || '号'",
            "kind": "c.kind", "class_code": "c.code",
        }  # fmt: skip
        number = f"{county} || to_char({self.moved('accepted_at', 'timestamp', closed)}, 'YYYYMMDD') || lpad((n % 99900 + 10)::text, 5, '0')"
        staff = f"CASE WHEN {own} AND n / {len(COUNTIES)} % 5 = 0 THEN t.{{}} WHEN t.{{}} IS NOT NULL THEN -(n % 400) END"
        given = f"{home} OR {own} AND t.role NOT IN ('department_desk', 'crew')"  # tasks of the county's centres and department
        found = {
            "command_case": common | bodies | scattered | {
                "number": number, "previous_id": "NULL", "master_id": "NULL", "class_name": "c.name", "condition_id": "c.condition_id",
                "task": "NULL" if closed else f"{base['workflow_task']} + n * {STRIDE}", "accepted_by": staff.format("accepted_by", "accepted_by"),
                "reworks": "(n % 23 = 0)::integer",
                "urgent": "n % 30 = 0", "source": "(ARRAY['patrol','patrol','patrol','public_web','public_phone','hotline_12345','wechat','video'])[1 + n % 8]",
                "overdue_s": "CASE WHEN n % 9 = 0 THEN 3600 * (n % 50) ELSE t.overdue_s END", "supervise_level": "CASE WHEN n % 41 = 0 THEN '1' ELSE '' END",
                "overdue_told": "false" if closed else f"coalesce(t.paused_at IS NULL AND {self.moved('due', 'timestamp', closed)} < current_setting('zj.filled')::timestamptz, false)",
                "suspended": "false" if closed else "t.state = 'handling' AND n % 37 = 0",
            },
            "command_report": common | scattered | {
                "case_id": f"CASE WHEN t.case_id IS NOT NULL THEN {case} END", "taken_by": staff.format("taken_by", "taken_by"),
                "client_key": "lpad(to_hex(n), 32, '0')::uuid", "number": f"{county} || lpad(n::text, 14, '9')", "previous_id": "NULL",
            },
            "workflow_instance": common | bodies | subject, "workflow_part": common | {"instance_id": instance, "parent_id": "NULL", "next_timer": "NULL"},
            "workflow_task": common | bodies | subject | {
                "instance_id": instance, "part_id": part, "asked_by_id": "NULL", "org_id": f"CASE WHEN {given} OR t.org_id IS NULL THEN t.org_id ELSE -(n % 260) - 1 END",
                "org_code": f"CASE WHEN {given} OR t.org_code = '' THEN t.org_code ELSE {body} END", "assignee": f"CASE WHEN {given} THEN t.assignee END",
            },
            "command_casestep": common | {"case_id": case},
            "command_errand": common | {"case_id": case, "task": "NULL", "report_id": f"CASE WHEN t.report_id IS NOT NULL THEN {report} END"},
            "command_photo": common | {f"{name}_id": f"CASE WHEN t.{name}_id IS NOT NULL THEN {at} END" for name, at in (("case", case), ("report", report))},
        }[table]  # fmt: skip
        if table == "workflow_part" and closed:
            found["state"] = "'{}'"
        return found


def _one(db: psycopg.Connection, sql: str) -> int:
    row = db.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


__all__ = ["Fill"]
