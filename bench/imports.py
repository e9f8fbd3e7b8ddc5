"""Bulk import: 5,000 rows with 3 % faulty ones from an .xlsx file to stored rows, beside a bare COPY of as many rows."""

from __future__ import annotations

import io
import time

from openpyxl import Workbook

from bench.frame import Row

HEADS = ["标准号", "标准名称", "类别", "级别", "发布日期", "实施日期", "编制经费（万元）"]
ROWS = 5000


def run() -> list[Row]:
    """Rows a second through reading, every check, the trial, the second check and the store; and the time itself (bar: 30 s)."""
    from django.db import connection, transaction

    from zhujian.foundation.identity.testing import make_official, scope_of
    from zhujian.foundation.kernel import scope
    from zhujian.foundation.resources import importing, registry, sheets

    data, resource = workbook(), registry.get("standards.standard")
    with transaction.atomic():
        with scope.system("基准测试"):
            who = scope_of(make_official("420106000000", roles=("data_admin",)))
        with scope.acting(who):
            began = time.perf_counter()
            importing.check(resource, sheets.read(data, "a.xlsx", most_rows=20000))
            checked = importing.check(resource, sheets.read(data, "a.xlsx", most_rows=20000), trial=False)
            created, _ = importing.save_good(resource, checked)
            ours = time.perf_counter() - began
            assert len(created) == ROWS - ROWS // 33 and len(checked.bad_rows) == ROWS // 33
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMPORARY TABLE bare (LIKE standards_standard INCLUDING ALL) ON COMMIT DROP")
                began = time.perf_counter()
                with cursor.copy(
                    "COPY bare (region_code, parties, version, created_at, updated_at, no, title, class5, level, status, mandatory,"
                    " issuer, issued, effective, scope_modules, summary, budget, contact) FROM STDIN"
                ) as copy:
                    for row in created:
                        copy.write_row(
                            [
                                row.region_code,
                                row.parties,
                                1,
                                row.created_at,
                                row.updated_at,
                                row.no,
                                row.title,
                                row.class5,
                                row.level,
                                row.status,
                                row.mandatory,
                                row.issuer,
                                row.issued,
                                row.effective,
                                row.scope_modules,
                                row.summary,
                                row.budget,
                                row.contact,
                            ]
                        )
                bare = time.perf_counter() - began
        transaction.set_rollback(True)
    return [
        Row("批量导入 5,000 行（3% 有误）", ROWS / ours, len(created) / bare, unit="行/秒"),
        Row("批量导入 5,000 行的时间", ours, 30.0, 1.0, "秒", at_most=True, note="上限 30 秒"),
    ]


def workbook() -> bytes:
    """The file: every 33rd row has an impossible day."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADS)
    for n in range(1, ROWS + 1):
        day = "2026-02-30" if n % 33 == 0 else "2026-03-01"
        sheet.append([f"GB/T {n}-2026", f"标准{n}", "收集类", "国家标准", "2026-01-01", day, n / 100])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
