"""Every step's paper can be typeset, with the words of the law in it."""

from __future__ import annotations

import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.rules import Span, papers
from zhujian.foundation.documents import typesetting

AT = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
COMMON = {
    "number": "武规核〔2026〕12号", "issuer": "武汉市自然资源和规划局", "addressee": "武汉滨江置业有限公司", "issued_on": "2026年3月10日",
    "verify_url": "http://127.0.0.1:8000/v/x", "qr": typesetting.qr_svg("http://127.0.0.1:8000/v/x"),
    "rows": [["项目名称", "滨江花园二期"], ["项目代码", "2109-420106-04-01-123456"], ["总建筑面积", "58200.00 ㎡"]],
}  # fmt: skip
MATTER = papers.Matter("规划条件核实", "滨江花园二期", "2109-420106-04-01-123456", ("城乡规划法 第四十五条",))


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "").replace(" ", "")


TEMPLATES = sorted({s.output.template for s in steps.load()})


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_of_a_step_exists(template):
    assert typesetting.template_path(template).exists()


@pytest.mark.parametrize("template", sorted({s.output.template for s in steps.load() if s.output.kind == "document"}))
def test_documents_of_steps_are_typeset(template):
    pdf = typesetting.render(template, {**COMMON, "title": "建设工程规划条件核实意见书", "body": papers.reply(MATTER)}, at=AT)
    words = text_of(pdf)
    assert "核实意见书" in words
    assert "武规核〔2026〕12号" in words
    assert "滨江花园二期" in words


@pytest.mark.parametrize("kind", list(papers.TITLES))
def test_notices_to_the_applicant_are_typeset(kind):
    remedy = papers.remedy(review=Span(60, "calendar_day"), suit=Span(6, "month"))
    body = {
        "accepted": papers.accepted(MATTER, received=date(2026, 3, 10), due=date(2026, 3, 17)),
        "supplement": papers.supplement(MATTER, needed=["补充竣工测绘成果", "总平面竣工图加盖竣工图章"]),
        "not_accepted": papers.not_accepted(MATTER, reason="不属于本机关职权范围", remedy_text=remedy),
        "refused": papers.refused(MATTER, reason="实测建筑高度超过许可高度", remedy_text=remedy),
    }[kind]
    values = {**COMMON, "title": papers.TITLES[kind], "body": body, "materials": ["联合测绘成果报告书", "总平面竣工图"]}
    words = text_of(typesetting.render("project_management/notice_paper", values, at=AT))
    assert papers.TITLES[kind] in words
    assert "规划条件核实" in words
    assert ("行政复议" in words) is (kind in ("not_accepted", "refused"))
    assert "联合测绘成果报告书" in words


def test_reports_leave_room_for_every_party_to_sign():
    five = [["建设单位", ""], ["勘察单位", ""], ["设计单位", ""], ["施工单位", "李工"], ["监理单位", ""]]
    pdf = typesetting.render(
        "project_management/signed_report",
        {**COMMON, "title": "竣工验收报告", "body": ["工程质量合格。"], "signatures": five},
        at=AT,
    )
    words = text_of(pdf)
    assert all(party in words for party, _ in five)
    assert "李工" in words


PERMIT = papers.Matter("建设工程规划许可证", "滨江花园二期", "2109-420106-04-01-123456", ("城乡规划法 第四十条",))


def test_supplement_names_everything_once():
    told = papers.supplement(PERMIT, needed=["补充日照分析报告。", " ", "总平面图加盖设计单位出图章"], until=date(2026, 3, 20))
    assert "1．补充日照分析报告；2．总平面图加盖设计单位出图章。" in told[1]
    assert "一次性告知" in told[0]
    assert "2026年3月20日" in told[2]
    with pytest.raises(ValueError):
        papers.supplement(PERMIT, needed=["  "])


def test_refusal_tells_reason_basis_and_remedies():
    remedy = papers.remedy(review=Span(60, "calendar_day"), suit=Span(6, "month"))
    assert "60日内依法申请行政复议" in remedy
    assert "6个月内依法向人民法院提起行政诉讼" in remedy
    told = "".join(papers.refused(PERMIT, reason="容积率超过规划条件", remedy_text=remedy))
    assert "容积率超过规划条件。" in told
    assert "城乡规划法 第四十条" in told
    assert "其他事项已经取得的结果继续有效" in told
    assert remedy in papers.not_accepted(PERMIT, reason="不属于本机关职权范围。", remedy_text=remedy)


def test_acceptance_names_the_last_day_only_with_a_limit():
    with_limit = papers.accepted(PERMIT, received=date(2026, 3, 2), due=date(2026, 3, 11))
    assert "2026年3月11日前办结" in with_limit[1]
    assert len(papers.accepted(PERMIT, received=date(2026, 3, 2), due=None)) == len(with_limit) - 1
    assert papers.reply(PERMIT)[1].endswith("同意办理。")
