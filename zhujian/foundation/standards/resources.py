"""Declarations: standards and data elements."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.masking import mask_phone
from zhujian.foundation.resources import Catalogue, Group, Resource, Share, Update
from zhujian.foundation.standards.models import DataElement, Standard
from zhujian.foundation.standards.rules import level_of, number_check, tidy


class StandardResource(Resource):
    """标准. The registry of standards a region works by; foundation.md §14b."""

    model = Standard
    label = "no"
    columns = ("no", "title", "class5", "level", "status", "effective", "region_code")
    search = ("no", "title")
    filters = ("class5", "level", "status", "mandatory", "effective", "region_code")
    sorts = ("no", "effective")
    groups = (
        Group("基本信息", "no", "title", "class5", "level", "status", "mandatory", "region_code"),
        Group("发布与实施", "issuer", "issued", "effective", "replaced_by", "budget", "contact"),
        Group("适用", "scope_modules", "summary"),
    )
    code_lists = {"class5": "standards.class5", "level": "standards.level", "status": "standards.status"}
    tags = {"status": {"current": "ok", "coming": "info", "drafting": "warn", "repealed": "muted"}}
    money = ("budget",)
    units = {"budget": "万元"}
    masked = {"contact": mask_phone}
    cleaners = {"no": tidy}
    validators = {"no": [number_check]}
    natural_key = ("no",)
    on_duplicate = "update"
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="foundation.md §14b")
    empty = "可以逐条新增，也可以用“批量导入”把标准清单一次登记进来。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The level must be the one the number's code stands for; a repealed standard may name its successor."""
        reasons = []
        no, level = values.get("no", ""), values.get("level")
        if level and no and level != level_of(no):
            reasons.append(
                Reason(
                    "standard.level",
                    "级别：与标准号的代号不一致，请核对（GB 为国家标准，DB 为地方标准，T/ 为团体标准）。",
                    "level",
                )
            )
        if values.get("replaced_by") and values.get("status") != "repealed":
            reasons.append(Reason("standard.replaced", "代替它的标准：只有状态为“废止”时才填写。", "replaced_by"))
        return reasons


class DataElementResource(Resource):
    """数据元. Each element belongs to one standard and has editions."""

    model = DataElement
    columns = ("identifier", "name", "standard", "data_type", "length", "edition")
    search = ("identifier", "name")
    filters = ("data_type", "standard", "length")
    sorts = ("identifier",)
    groups = (Group("基本信息", "identifier", "edition", "name", "standard", "data_type", "length", "definition", "authority"),)
    natural_key = ("identifier", "edition")
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR)
