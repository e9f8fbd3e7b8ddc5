"""Declarations: models and rule packs."""

from __future__ import annotations

from zhujian.foundation.bim.models import Model, RulePack
from zhujian.foundation.resources import Catalogue, Resource, Share, Update


class ModelResource(Resource):
    """BIM 模型. Deliverables handed in for checking; foundation.md §14c."""

    model = Model
    label = "name"
    columns = ("name", "discipline", "submitter", "building_code", "project_code", "region_code", "created_at")
    search = ("name", "building_code", "project_code")
    filters = ("discipline", "building_code", "project_code", "region_code")
    sorts = ("name",)
    code_lists = {"discipline": "bim.discipline"}
    own_page = "bim:model"
    processes = ("bim_intake",)
    catalogue = Catalogue(
        share=Share.CONDITIONAL,
        condition="城市规划、建设、管理和应急需要；三维成果按密级提供",
        update=Update.REALTIME,
        basis="CJJ/T 315-2022",
    )
    empty = "点“提交模型”上传 IFC 文件，平台会在后台检查并生成三维成果。"


class RulePackResource(Resource):
    """BIM 规则包. Editions of IDS rule packs with their validity."""

    model = RulePack
    label = "title"
    columns = ("title", "edition", "valid_from", "valid_to", "rules_count", "region_code")
    filters = ("key", "valid_from", "region_code")
    own_page = "bim:pack"
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="IDS 1.0")
