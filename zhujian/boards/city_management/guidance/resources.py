"""Declaration of 业务指导."""

from __future__ import annotations

from zhujian.boards.city_management.guidance.models import Article
from zhujian.foundation.resources import Action, Catalogue, Group, Resource, Share, Update


class ArticleResource(Resource):
    """业务指导: policies, news, experience, as far as one may see them."""

    model = Article
    columns = ("title", "kind", "number", "issuer", "valid_from", "valid_to", "org_name", "state", "is_public", "published_at")
    search = ("title", "number")
    filters = ("kind", "policy_kind", "state", "is_public", "valid_from")
    groups = (
        Group("内容", "kind", "title", "summary", "body"),
        Group("政策法规", "policy_kind", "number", "issuer", "valid_from", "valid_to"),
    )
    code_lists = {"kind": "guidance.kind", "policy_kind": "guidance.policy_kind"}
    tags = {"state": {"published": "ok", "draft": "muted", "review": "warn", "withdrawn": "muted"}}
    own_page = "guidance:article"
    begins = (Action("起草", "guidance:new", ("guidance.article", "write"), style="primary"),)
    empty = "起草后由本单位负责人审核发布；发布后所辖各级可以看到。"
    processes = ("guidance_article",)
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="建办督〔2021〕54号")
