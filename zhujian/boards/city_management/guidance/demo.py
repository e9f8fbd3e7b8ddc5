"""Demo: policies, news and experience as the services leave them: published, read below, under review, a draft, one taken down."""

from __future__ import annotations

from datetime import date

from zhujian.boards.city_management.guidance import services
from zhujian.boards.city_management.guidance.models import Article
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account, Post
from zhujian.foundation.kernel import scope

PROVINCE, WUHAN = "420000000000", "420100000000"
TEXTS = (
    ("policy", "关于全面加快建设城市运行管理服务平台的通知", "建办督〔2021〕54号", "notice", "住房和城乡建设部办公厅", date(2021, 12, 17),
     "以物联网、大数据、人工智能等前沿技术为支撑，在开展城市综合管理服务平台建设和联网工作的基础上，全面加快建设城市运行管理服务平台。"),
    ("policy", "城市市容和环境卫生管理条例", "国务院令第101号", "regulation", "国务院", date(1992, 8, 1), "加强城市市容和环境卫生管理，创造清洁、优美的城市工作、生活环境。"),
    ("news", "全省城市运行管理服务平台联网情况通报", "", "", "", None, "目前已有四个市州接入省级平台，数据交换每日对账。"),
    ("experience", "武汉市窨井盖治理的做法", "", "", "", None, "建立一井一档，权属、养护、主管三方责任明确，隐患两小时到场处置。"),
    ("news", "2025年度数字城管运行情况简报", "", "", "", None, "数据口径有误，更正后重新发布。"),
    ("experience", "荆州古城片区非机动车停放精细化管理的探索与实践——以“一街一策、分时分区、社会共治”推动秩序长效管护", "", "", "", None,
     "划分分时停放区，商户自治管理，配合智能发现和十五分钟处置，占道停放投诉明显下降。"),
    ("policy", "湖北省城市管理执法行为规范实施细则（征求意见稿）", "", "notice", "湖北省住房和城乡建设厅", date(2026, 7, 1),
     "规范执法行为，落实行政执法公示、全过程记录、重大执法决定法制审核制度。"),
)  # fmt: skip
PUBLISHED, REVIEW = (
    5,
    6,
)  # the first are published (the last of them taken down again), the next waits for its review, the rest are drafts


def _someone(region: str, authority: str, *roles: str) -> tuple[Account, Post] | None:
    rows = identity.open_posts().filter(
        organisation__region_code=region, organisation__authorities__contains=[authority], roles__overlap=list(roles)
    )
    post = rows.order_by("pk").first()
    return (post.account, post) if post else None


def load() -> str:
    """Write them as the provincial department, publish them as its head, read one as a city; returns how many."""
    author, head, reader = (
        _someone(PROVINCE, "HUD", "supervisor", "superviser"), _someone(PROVINCE, "HUD", "approver", "leader"), _someone(WUHAN, "UMB", "reviewer"),
    )  # fmt: skip
    if author is None or head is None:
        return "0 篇"
    made: list[Article] = []
    with scope.acting(identity.scope_for(*author)):
        for place, (kind, title, number, policy_kind, issuer, start, body) in enumerate(TEXTS):
            values = {
                "kind": kind, "title": title, "number": number, "policy_kind": policy_kind, "issuer": issuer, "valid_from": start, "body": body,
                "is_public": kind == "policy" and place < PUBLISHED, "needs_reading": kind != "news",
            }  # fmt: skip
            made.append(services.do_write(values))
        for article in made[:REVIEW]:
            services.do_submit(article.pk)
    with scope.acting(identity.scope_for(*head)):
        for article in made[:PUBLISHED]:
            services.do_review(article.pk, "publish")
        services.do_withdraw(made[PUBLISHED - 1].pk, reason="数据口径有误，更正后重新发布。")
    if reader is not None:
        with scope.acting(identity.scope_for(*reader)):
            services.do_read(made[0].pk)
    return f"{len(TEXTS)} 篇，其中已发布 {PUBLISHED - 1} 篇"
