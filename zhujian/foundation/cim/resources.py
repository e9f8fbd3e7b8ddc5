"""Declarations: buildings, units, links."""

from __future__ import annotations

from typing import Any

from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building, Link, Unit
from zhujian.foundation.cim.rules import codes
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update

STATUS_TAGS = {"planned": "muted", "building": "info", "in_use": "ok", "demolished": "error"}


class BuildingResource(Resource):
    """房屋建筑（幢）. One row per version; the open one is the building as it stands (CJJ/T 315, housing.md §2)."""

    model = Building
    label = "name"
    columns = (
        "name", "code", "use", "floors_above", "floors_below", "height_m", "area_m2", "cim_level", "cim_level_verified", "status", "region_code",
    )  # fmt: skip
    search = ("code", "name", "address")
    filters = (
        "use", "structure", "status", "cim_level", "cim_level_verified", "floors_above", "height_m", "area_m2", "project_code", "source",
        "region_code",
    )  # fmt: skip
    sorts = ("code", "height_m", "area_m2")
    groups = (
        Group("基本信息", "code", "name", "address", "region_code", "use", "structure", "status", "built_on"),
        Group("规模", "floors_above", "floors_below", "height_m", "base_m", "area_m2", "outline"),
        Group(
            "CIM", "cim_level", "cim_level_verified", "project_code", "source", "accuracy_m", "valid_from", "valid_to", "planned"
        ),
    )
    form = (
        "code", "name", "address", "region_code", "use", "structure", "status", "built_on", "floors_above", "floors_below", "height_m", "base_m",
        "area_m2", "outline", "cim_level", "project_code", "source", "accuracy_m", "valid_from", "planned",
    )  # fmt: skip
    code_lists = {
        "use": "cim.building_use", "structure": "cim.structure", "cim_level": "cim.level", "cim_level_verified": "cim.level", "source": "cim.source",
    }  # fmt: skip
    tags = {"status": STATUS_TAGS}
    cleaners = {"code": codes.tidy}
    natural_key = ("code",)
    layer = Layer("outline", min_zoom=6, colour_by="use", height="height_m", themes=("floors_above", "area_m2"))
    catalogue = Catalogue(
        share=Share.CONDITIONAL,
        condition="依法履行职责需要；三维和地下成果按密级提供",
        update=Update.REALTIME,
        basis="一数一源：房屋代码 JGJ/T 246",
    )
    empty = "可以逐幢登记、用“批量导入”登记清单，也可以导入 CityJSON。"

    def create(self, values: dict[str, Any]) -> Building:
        """Through the service: code, event, evidence."""
        given = {name: value for name, value in values.items() if value not in (None, "") or name in ("code",)}
        return services.register_building(on=given.pop("valid_from", None), **given)


class UnitResource(Resource):
    """房屋单元（户）. Units of a building; sale states belong to the housing board."""

    model = Unit
    label = "room_no"
    columns = ("room_no", "building", "entrance", "floor", "use", "area_m2", "inner_area_m2", "code")
    search = ("code", "room_no")
    filters = ("use", "floor", "building", "region_code")
    groups = (
        Group("基本信息", "building", "code", "entrance", "floor", "room_no", "use", "area_m2", "inner_area_m2", "door_order"),
    )
    form = ("building", "code", "entrance", "floor", "room_no", "use", "area_m2", "inner_area_m2", "door_order", "valid_from")
    code_lists = {"use": "cim.unit_use"}
    cleaners = {"code": codes.tidy}
    natural_key = ("code",)
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.REALTIME)


class LinkResource(Resource):
    """关联关系. Ties between buildings and projects, model elements, sensors, facilities."""

    model = Link
    label = "target"
    columns = ("building", "kind", "target", "label", "found", "checked_at")
    search = ("target",)
    filters = ("kind", "found", "building", "region_code")
    groups = (Group("关联", "building", "kind", "target", "label", "found", "checked_at"),)
    form = ("building", "kind", "target", "label")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.DAILY)

    def create(self, values: dict[str, Any]) -> Link:
        """Through the service: evidence, and the building's place."""
        building = Building.objects.get(pk=values["building"])
        return services.link(building, values["kind"], values["target"], label=values.get("label") or "")
