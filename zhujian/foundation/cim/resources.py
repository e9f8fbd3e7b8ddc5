"""Declarations: buildings, units, links."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Model

from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building, Link, Unit
from zhujian.foundation.cim.numbering import propose_code
from zhujian.foundation.cim.rules import codes
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Reason
from zhujian.foundation.resources import Action, Catalogue, Group, Layer, Resource, Share, Update
from zhujian.foundation.resources.links import Link as LinkKind
from zhujian.foundation.resources.links import Shape

STATUS_TAGS = {"planned": "muted", "building": "info", "in_use": "ok", "demolished": "error"}


class Outline(Shape):
    """An outline: a polygon that stands alone is taken as well."""

    def _from_geojson(self, raw: dict[str, Any]) -> GEOSGeometry:
        if isinstance(raw, dict) and raw.get("type") == "Polygon":
            raw = {"type": "MultiPolygon", "coordinates": [raw.get("coordinates")]}
        return super()._from_geojson(raw)


class BuildingLink(LinkKind):
    """A building, named by its house code before its name: names repeat."""

    key_fields = ("code", "name")


class BuildingResource(Resource):
    """房屋建筑（幢）. One row per version; the open one is the building as it stands (CJJ/T 315, housing.md §2)."""

    model = Building
    label = "name"
    columns = (
        "name", "code", "use", "floors_above", "height_m", "height_estimated", "area_m2", "cim_level", "cim_level_verified", "status", "region_code",
    )  # fmt: skip
    search = ("code", "name", "address")
    filters = (
        "use", "structure", "status", "cim_level", "cim_level_verified", "floors_above", "height_m", "area_m2", "project_code", "source",
        "region_code",
    )  # fmt: skip
    sorts = ("code", "height_m", "area_m2")
    groups = (
        Group("基本信息", "code", "name", "address", "region_code", "use", "structure", "status", "built_on"),
        Group("规模", "floors_above", "floors_below", "height_m", "height_estimated", "base_m", "area_m2", "outline"),
        Group(
            "CIM", "cim_level", "cim_level_verified", "project_code", "source", "accuracy_m", "valid_from", "valid_to", "planned"
        ),
    )
    form = (
        "code", "name", "address", "region_code", "use", "structure", "status", "built_on", "floors_above", "floors_below", "height_m", "height_estimated",
        "base_m", "area_m2", "outline", "cim_level", "project_code", "source", "accuracy_m", "valid_from", "planned",
    )  # fmt: skip
    code_lists = {
        "use": "cim.building_use", "structure": "cim.structure", "cim_level": "cim.level", "cim_level_verified": "cim.level", "source": "cim.source",
    }  # fmt: skip
    tags = {"status": STATUS_TAGS}
    cleaners = {"code": codes.tidy}
    kinds = {"outline": Outline("MULTIPOLYGON")}
    natural_key = ("code",)
    own_create = False  # an import goes by COPY and tells of itself in `imported`; the form calls the service
    layer = Layer(
        "outline",
        min_zoom=6,
        colour_by="use",
        height="height_m",
        sums=("area_m2",),
        themes=("floors_above", "area_m2"),
        at_first=True,
    )
    catalogue = Catalogue(
        share=Share.CONDITIONAL,
        condition="依法履行职责需要；三维和地下成果按密级提供",
        update=Update.REALTIME,
        basis="一数一源：房屋代码 JGJ/T 246",
    )
    related = ("cim.link",)  # units have the floor table
    actions = (
        Action("三维查看", "cim:scene_building", ("cim.scene", "view"), when=lambda building: building.valid_to is None),
        Action("变更", "cim:version", ("cim.building", "version"), when=lambda building: building.valid_to is None),
        Action(
            "标记灭失", "cim:retire", ("cim.building", "retire"), style="danger", when=lambda building: building.valid_to is None
        ),
    )
    examples = {"name": "光谷花园1期3栋", "region_code": "420111000000"}
    empty = "可以逐幢登记、用“批量导入”登记清单，也可以导入 CityJSON。"

    def create(self, values: dict[str, Any]) -> Building:
        """Through the service: code, event, evidence."""
        given = {name: value for name, value in values.items() if value not in (None, "") or name in ("code",)}
        return services.register_building(on=given.pop("valid_from", None), **given)

    def change(self, record: Model, values: dict[str, Any], expected: int | None) -> Model:
        """A correction; the level is checked again. What really changed is a new version."""
        made = super().change(record, values, expected)
        services.check_level(made)  # type: ignore[arg-type]
        return made

    def complete(self, record: Model) -> None:
        """The code of its place."""
        if isinstance(record, Building) and not record.code and record.outline and record.region_code:
            record.code = propose_code(record.region_code, record.outline)

    def imported(self, created: list[Model], updated: list[Model]) -> None:
        """Levels of all, one event and one piece of evidence for the batch."""
        services.tell_imported([row for row in (*created, *updated) if isinstance(row, Building)])

    @staticmethod
    def _new(values: dict[str, Any]) -> list[Reason]:
        """The code of a new building: well-formed, of its place, never used before. Without one it gets its own."""
        code, region = values.get("code") or "", values.get("region_code") or scope.current().region_code
        if values.get("status") == Building.Status.DEMOLISHED:
            return [Reason("building.demolished", "新登记的房屋不能直接是“灭失”，请先登记，再办理灭失。", "status")]
        return services.check_building(code=code, region_code=region) if code else []

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A former version stays as it was; the code of a registered building stays for life."""
        if not isinstance(record, Building):
            return self._new(values)
        if record.valid_to is not None:
            return [Reason("building.closed", "这是历史版本或已灭失的房屋，不能修改。请打开现状版本。")]
        if values.get("code") and values["code"] != record.code:
            return [Reason("house_code.fixed", "房屋代码登记后不能修改；编错的，请标记灭失后重新登记。", "code")]
        if values.get("status") == Building.Status.DEMOLISHED:
            return [Reason("building.demolished", "灭失请用“标记灭失”办理，会同时停用各户并留下依据。", "status")]
        return []


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
    kinds = {"building": BuildingLink(Building)}
    natural_key = ("code",)
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.REALTIME)

    def create(self, values: dict[str, Any]) -> Unit:
        """Through the service: the code is given by the building, which is checked again."""
        given = {name: value for name, value in values.items() if value is not None}
        building = Building.objects.filter(pk=given.pop("building")).first()
        if building is None:
            raise NotFound("cim.building.not_found", "没有找到这幢房屋，可能不在您的管辖范围内。", "building")
        return services.add_units(building, [given], given.pop("valid_from", None))[0]


class LinkResource(Resource):
    """关联关系. Ties between buildings and projects, model elements, sensors, facilities."""

    model = Link
    label = "target"
    columns = ("building", "kind", "target", "label", "found", "checked_at")
    search = ("target",)
    filters = ("kind", "found", "building", "region_code")
    groups = (Group("关联", "building", "kind", "target", "label", "found", "checked_at"),)
    form = ("building", "kind", "target", "label")
    kinds = {"building": BuildingLink(Building)}
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="依法履行职责需要", update=Update.DAILY)

    def create(self, values: dict[str, Any]) -> Link:
        """Through the service: evidence, and the building's place."""
        building = Building.objects.filter(pk=values["building"]).first()
        if building is None:
            raise NotFound("cim.building.not_found", "没有找到这幢房屋，可能不在您的管辖范围内。", "building")
        return services.link(building, values["kind"], values["target"], label=values.get("label") or "")


from zhujian.foundation.cim import exports, panels  # noqa: E402,F401  (they hang on the declarations above)
