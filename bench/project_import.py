"""Import of historical projects: 5,000 rows with 3 % faulty ones from .xlsx to stored rows with their firms, facts, evidence and event.

The limit is a bare COPY of the same good rows into the same columns of a table with the register's indexes.
"""

from __future__ import annotations

import io
import time

from openpyxl import Workbook

from bench.frame import Row

ROWS = 5000
EVERY = 33  # every 33rd row is faulty: 3 %
FIRM = "91420106MA4K2B7T5G"
HEADS = [
    "项目代码", "项目名称", "项目类别", "投资类型", "工程对象", "立项方式", "用地方式", "建设性质", "工程用途", "行政区划", "总建筑面积（㎡）", "总投资（万元）",
    "建设单位代码", "建设单位", "立项文号", "计划开工", "计划竣工", "环评类别", "状态",
]  # fmt: skip
WRONG = (
    ("计划开工", "2021-02-30"), ("建设单位代码", "91420106MA4K2B7T5A"), ("行政区划", "420502000000"), ("总投资（万元）", "八千万"), ("项目代码", "2109-420106-04"),
    ("投资类型", "其他"), ("计划竣工", "2020-01-01"),
)  # fmt: skip
COLUMNS = (
    "region_code", "parties", "version", "created_at", "updated_at", "code", "name", "platform_number", "provincial_number", "type_code", "status",
    "stage", "category", "invest_type", "object_kind", "approval_mode", "land_mode", "nature", "usage", "eia_class", "is_residential", "is_presale",
    "has_civil_defence", "fire_special", "ultra_limit", "low_risk", "conditions", "gfa_m2", "total_investment_wan", "approval_number",
    "approval_level", "land_plan_number", "works_plan_number", "scale", "address", "developer_code", "developer_name", "planned_start",
    "planned_end", "facts",
)  # fmt: skip


def run() -> list[Row]:
    """Rows a second through reading, every check, the trial, the second check, the store and what follows it; the time itself."""
    from django.db import connection, transaction

    from zhujian.foundation.identity.testing import make_official, scope_of
    from zhujian.foundation.kernel import scope
    from zhujian.foundation.resources import importing, registry, sheets

    data, resource = workbook(), registry.get("project_management.project")
    bad = {n + 1 for n in range(EVERY, ROWS + 1, EVERY)}
    with transaction.atomic():
        with scope.system("基准测试"):
            who = scope_of(make_official("420106000000", roles=("data_admin",)))
        with scope.acting(who):
            began = time.perf_counter()
            report = importing.check(resource, sheets.read(data, "a.xlsx", most_rows=20000))
            checked = importing.check(resource, sheets.read(data, "a.xlsx", most_rows=20000), trial=False)
            created, _ = importing.save_good(resource, checked)
            resource.imported(created, [])
            ours = time.perf_counter() - began
            assert report.bad_rows == bad and all(fault.column and fault.reason for fault in report.faults), report.faults[:3]
            assert len(created) == ROWS - len(bad)
            bare = _bare(connection, created)
        transaction.set_rollback(True)
    return [
        Row(
            "批量导入历史项目 5,000 行（3% 有误）",
            ROWS / ours,
            len(created) / bare,
            unit="行/秒",
            note="含参建单位、判定要素、逐项存证",
        ),
        Row("批量导入历史项目 5,000 行的时间", ours, 30.0, 1.0, "秒", at_most=True, note="上限 30 秒"),
    ]


def _bare(connection: object, created: list) -> float:
    """Seconds of a bare COPY of the stored rows."""
    from django.db.models import Model

    def plain(row: Model, name: str) -> object:
        field = row._meta.get_field(name)
        return field.get_db_prep_save(getattr(row, name), connection)

    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        names = ", ".join(COLUMNS)
        cursor.execute("CREATE TEMPORARY TABLE bare (LIKE project_management_project INCLUDING ALL) ON COMMIT DROP")
        rows = [[plain(row, name) for name in COLUMNS] for row in created]
        began = time.perf_counter()
        with cursor.copy(f"COPY bare ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return time.perf_counter() - began


def workbook() -> bytes:
    """The file: every 33rd row has one of seven faults."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADS)
    for n in range(1, ROWS + 1):
        row = [
            f"2109-420106-04-01-{n:06d}", f"武昌区历史项目{n}", "房屋建筑工程", "企业投资", "房屋建筑", "备案", "出让", "新建", "居住建筑",
            "420106000000", 12000.5 + n, 8600, FIRM, "武汉历史置业有限公司", f"武发改〔2021〕{n}号", "2021-10-01", "2023-06-30", "登记表", "使用中",
        ]  # fmt: skip
        if n % EVERY == 0:
            head, value = WRONG[n // EVERY % len(WRONG)]
            row[HEADS.index(head)] = value
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
