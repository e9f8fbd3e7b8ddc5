"""Demo: policies, news and experience as the services would leave them."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from zhujian.boards.city_management.guidance.models import Article
from zhujian.foundation.identity import selectors as identity

PROVINCE = "420000000000"
TEXTS = (
    ("policy", "关于全面加快建设城市运行管理服务平台的通知", "建办督〔2021〕54号", "notice", "住房和城乡建设部办公厅", date(2021, 12, 17),
     "以物联网、大数据、人工智能等前沿技术为支撑，在开展城市综合管理服务平台建设和联网工作的基础上，全面加快建设城市运行管理服务平台。"),
    ("policy", "城市市容和环境卫生管理条例", "国务院令第101号", "regulation", "国务院", date(1992, 8, 1), "加强城市市容和环境卫生管理，创造清洁、优美的城市工作、生活环境。"),
    ("news", "全省城市运行管理服务平台联网情况通报", "", "", "", None, "目前已有四个市州接入省级平台，数据交换每日对账。"),
    ("experience", "武汉市窨井盖治理的做法", "", "", "", None, "建立一井一档，权属、养护、主管三方责任明确，隐患两小时到场处置。"),
)  # fmt: skip


def load() -> str:
    """Create them as published by the provincial department; returns how many."""
    office = identity.organisation_for("HUD", PROVINCE)
    if office is None or office.region_code != PROVINCE:
        return "0 篇"
    for kind, title, number, policy_kind, issuer, start, body in TEXTS:
        Article.objects.create(
            kind=kind, title=title, number=number, policy_kind=policy_kind, issuer=issuer, valid_from=start, body=body, summary=body[:60], state="published",
            published=True, published_at=timezone.now(), is_public=kind == "policy", needs_reading=kind != "news", org_code=office.code, org_name=office.name,
            author="省厅督查处", region_code=PROVINCE, parties=[f"org:{office.code}"],
        )  # fmt: skip
    return f"{len(TEXTS)} 篇"
