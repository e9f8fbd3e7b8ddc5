"""Historical projects by the sheet: template, report by row and column, all or the good rows, deterministic demo rows."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from zhujian.boards.construction.project_management.demo import names
from zhujian.boards.construction.project_management.models import Participation, Project
from zhujian.boards.construction.project_management.services.registration import check_register
from zhujian.boards.construction.project_management.tests.world import World
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity import testing as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.codes import project_code_check
from zhujian.foundation.regions.models import Region
from zhujian.foundation.resources.models import ImportBatch

pytestmark = pytest.mark.django_db
ADDRESS = "/r/project_management/project/import/"
HEADS = ["项目代码", "项目名称", "项目类别", "投资类型", "工程对象", "立项方式", "用地方式", "建设性质", "工程用途", "行政区划", "总建筑面积（㎡）",
         "总投资（万元）", "建设单位代码", "建设单位", "立项文号", "计划开工", "计划竣工", "环评类别", "状态"]  # fmt: skip
FIRM = "91420106MA4K2B7T5G"


def row(number: int, **change) -> list:
    values = {
        "项目代码": f"2109-420106-04-01-{number:06d}", "项目名称": f"历史项目{number}", "项目类别": "房屋建筑工程", "投资类型": "企业投资",
        "工程对象": "房屋建筑", "立项方式": "备案", "用地方式": "出让", "建设性质": "新建", "工程用途": "居住建筑", "行政区划": "420106000000",
        "总建筑面积（㎡）": 12000.5, "总投资（万元）": 8600, "建设单位代码": FIRM, "建设单位": "武汉历史置业有限公司", "立项文号": "武发改〔2021〕7号",
        "计划开工": "2021-10-01", "计划竣工": "2023-06-30", "环评类别": "登记表", "状态": "使用中",
    }  # fmt: skip
    return [{**values, **change}[head] for head in HEADS]


def xlsx(rows: list[list]) -> SimpleUploadedFile:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADS)
    for one in rows:
        sheet.append(one)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("历史项目.xlsx", out.getvalue())


@pytest.fixture
def keeper(wuhan: World) -> Client:
    with scope.system("test"):
        account = people.make_official("420106", "HUD", ("data_admin", "viewer"), name="数据管理员")
    client = Client()
    people.login(client, account)
    return client


def test_the_template_has_the_fields_of_the_national_table(keeper: Client) -> None:
    answer = keeper.get(ADDRESS + "template.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    heads = [str(cell.value).rstrip("*＊ ") for cell in sheet[1]]
    assert {"项目代码", "平台项目编号", "省级项目编号", "项目名称", "项目类别", "建设单位", "建设单位代码", "行政区划", "立项文号", "立项级别",
            "用地规划许可证号", "工程规划许可证号", "总投资（万元）", "总建筑面积（㎡）", "建设性质", "工程用途", "建设规模", "计划开工", "计划竣工"} <= set(heads)  # fmt: skip
    assert sheet.cell(2, heads.index("项目代码") + 1).value == "2109-420106-04-01-123456"


FAULTS = {
    "项目代码": ("2109-420106-04-01-12345", "位"), "建设单位代码": ("91420106MA4K2B7T5A", "校验"),
    "计划开工": ("2021-02-30", "没有这一天"), "行政区划": ("420502000000", "管辖"), "总投资（万元）": ("八千万", "数"), "投资类型": ("外星投资", "企业投资"),
    "计划竣工": ("2020-01-01", "早于"),
}  # fmt: skip


def test_faulty_rows_are_reported_by_row_column_and_reason_and_nothing_is_half_saved(keeper: Client) -> None:
    rows = [row(number) for number in range(1, 201)]
    wrong = {}
    for place, (head, (value, _)) in enumerate(FAULTS.items()):
        number = 10 + place * 20
        rows[number - 1] = row(number, **{head: value})
        wrong[number + 1] = head
    rows[190] = row(5, 项目名称="重复代码")
    wrong[192] = "项目代码"
    answer = keeper.post(ADDRESS, {"file": xlsx(rows)})
    assert answer.status_code == 302
    with scope.system("test"):
        batch = ImportBatch.objects.get()
        assert not Project.objects.exists(), "checking saves nothing"
    reported = {fault[0]: fault for fault in batch.faults}
    assert set(reported) == set(wrong)
    for number, head in wrong.items():
        _, column, value, reason, code = reported[number]
        assert column == head and code and reason.endswith("。"), reported[number]
        expected = FAULTS.get(head, ("", ""))[1] if number != 192 else "第 6 行"
        assert expected in reason or expected in column, (head, reason)
    assert keeper.post(answer["Location"], {"choice": "all"}).status_code == 302
    with scope.system("test"):
        assert not Project.objects.exists(), "all or nothing"
    keeper.post(answer["Location"], {"choice": "good"})
    with scope.system("test"):
        saved = Project.objects.order_by("code")
        assert saved.count() == 200 - len(wrong)
        one = saved[0]
        assert (one.type_code, one.stage, one.status, one.process_id) == ("T3", "P6", "in_use", None)
        assert one.parties == [f"org:{FIRM}"] and one.facts["project_type"] == "T3"
        assert Participation.objects.filter(role="DEV").count() == saved.count()
        assert Entry.objects.filter(kind="project.imported").count() == saved.count()
    page = keeper.get(f"/project-management/{one.pk}/")
    assert page.status_code == 200 and "历史项目" in page.text
    again = keeper.post(ADDRESS, {"file": xlsx([row(1)])})
    with scope.system("test"):
        assert "已经登记过" in ImportBatch.objects.order_by("-id")[0].faults[0][3], again.status_code


def test_a_sheet_that_is_no_sheet_is_refused(keeper: Client) -> None:
    for upload in (SimpleUploadedFile("项目.xlsx", b"%PDF-1.7 not a workbook"), SimpleUploadedFile("项目.exe", b"MZ")):
        answer = keeper.post(ADDRESS, {"file": upload})
        assert answer.status_code == 422 and "error-summary" in answer.text


def test_history_rows_are_deterministic_valid_and_unique(db) -> None:
    with scope.system("test"):
        counties = list(Region.objects.filter(level="county", valid_to__isnull=True).order_by("code").values_list("code", "name"))
        firms = [(FIRM, "武汉历史置业有限公司")]
        on = date(2026, 3, 10)
        rows = list(names.projects(counties, firms, 400, on))
        assert rows == list(names.projects(counties, firms, 400, on))
        assert len({r["code"] for r in rows}) == 400
        assert not [r["code"] for r in rows if project_code_check(r["code"], on=on)]
        lines = [r for r in rows if r["object_kind"] == "MUNI_LINE"]
        assert lines and all(r["nature"] == "NEW" and r["length_m"] for r in lines)
        faults = {reason.code for r in rows[:60] for reason in check_register(r, on=on)}
        assert not faults
