"""Exports and reveals: masked, safe to open, audited acts."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from zhujian.foundation.audit.models import Record
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import sheets

LIST = "/r/standards/standard/"


def acts(act: str) -> list[Record]:
    with scope.system("test"):
        return list(Record.objects.filter(act=act))


def test_export_holds_the_filtered_rows_masked(as_keeper, make_standard) -> None:
    make_standard("GB 1-2020", title='=HYPERLINK("http://x")', contact="13812345678", budget="125000")
    make_standard("CJJ 2-2020", level="industry")
    make_standard("GB 3-2020", region="420502000000")
    sheet = load_workbook(io.BytesIO(as_keeper.get(LIST + "export/?level=national").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["标准号", "GB 1-2020"]
    cells = dict(zip(rows[0], rows[1], strict=True))
    assert cells["联系人电话"] == "138****5678" and cells["编制经费（万元）"] == 12.5 and cells["类别"] == "收集类"
    assert sheet["B2"].data_type == "s" and sheet["B2"].value.startswith("=")

    assert [(entry.target, entry.actor_name) for entry in acts("resources.export")] == [("standards.standard", "赵数据")]

    text = as_keeper.get(LIST + "export/?format=csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text and "13812345678" not in text and "CJJ 2-2020" in text


def test_export_refuses_what_it_cannot_finish(as_keeper, make_standard, monkeypatch) -> None:
    for number in range(3):
        make_standard(f"GB {number}-2020")
    from zhujian.foundation.parameters import selectors

    real = selectors.value

    def value(key, **where):
        found = real(key, **where)
        return type(found)(**{**vars(found), "value": 2}) if key == "resources.export_max_rows" else found

    monkeypatch.setattr(selectors, "value", value)
    answer = as_keeper.get(LIST + "export/")
    assert answer.status_code == 422 and "缩小筛选范围" in answer.content.decode()
    assert as_keeper.get(LIST + "export/?format=exe").status_code == 422
    assert as_keeper.get(LIST + "export/?effective_from=x").status_code == 422


def test_safe_text() -> None:
    assert [sheets.safe_text(text) for text in ("=1", "+1", "-1", "@x", "\tx", "x", None, 3)] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "x",
        "",
        3,
    ]


def test_reveal_needs_a_post_and_a_reason(as_keeper, make_standard) -> None:
    address = f"{LIST}{make_standard('GB 1-2020', contact='13812345678').pk}/reveal/"
    assert "13812345678" not in as_keeper.get(address).content.decode()
    answer = as_keeper.post(address, {"reason": "看"})
    assert answer.status_code == 422 and "13812345678" not in answer.content.decode()
    assert acts("resources.reveal") == []
    assert "13812345678" in as_keeper.post(address, {"reason": "核对联系人，受理编号 2026-001"}).content.decode()
    entry = acts("resources.reveal")[0]
    assert entry.detail["reason"].endswith("2026-001") and entry.target.startswith("standards.standard:")
