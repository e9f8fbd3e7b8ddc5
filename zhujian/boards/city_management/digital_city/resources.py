"""Declarations: grids and filing conditions."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.utils import timezone

from zhujian.boards.city_management.digital_city import services
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Condition, Grid, ManagedArea, Place, Responsibility
from zhujian.boards.city_management.digital_city.rules import grids, limits
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.resources import Action, Catalogue, Group, Layer, Resource, Share, Update
from zhujian.foundation.resources.kinds import Text


def limit_check(value: Any) -> list[Reason]:
    """The notation of a limit."""
    try:
        limits.read(str(value))
    except Refusal as refusal:
        return list(refusal.reasons)
    return []


class Notation(Text):
    """A limit as schedules write it, read out for people: 4H → 4个工作时."""

    def show(self, value: Any) -> str:
        """In words."""
        return limits.words(str(value)) if value else ""

    def sheet(self, value: Any) -> Any:
        """In a spreadsheet as it is written, so that it can be read back."""
        return value


class GridResource(Resource):
    """单元网格. GB/T 30428.1."""

    model = Grid
    columns = ("code", "land_use", "level", "area_m2", "responsible", "region_code", "valid_from")
    search = ("code", "alias")
    filters = ("land_use", "level", "region_code")
    sorts = ("code",)
    groups = (
        Group("网格", "code", "alias", "region_code", "boundary", "area_m2", "valid_from"),
        Group("管理", "land_use", "level", "responsible", "note"),
    )
    form = ("code", "region_code", "boundary", "valid_from", "land_use", "level", "responsible", "note")
    labels = {"region_code": "社区（村）"}
    code_lists = {"land_use": "digital_city.land_use", "level": "digital_city.grid_level"}
    validators = {"code": [grids.check]}
    natural_key = ("code",)
    layer = Layer("boundary", min_zoom=12, colour_by="land_use")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.IRREGULAR, basis="GB/T 30428.1-2013")
    actions = (
        Action("拆分", "digital_city:split", access=("digital_city.grid", "create"), when=lambda grid: grid.valid_to is None),
    )
    empty = "从普查成果批量导入，或在社区内逐个绘制；编码按社区自动接续。"

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: the code is checked against every code ever given."""
        values = dict(values)
        code, community, boundary = values.pop("code"), values.pop("region_code"), values.pop("boundary")
        on = values.pop("valid_from") or timezone.localdate()
        return services.do_register(community, boundary, on, code=code, **values)


class ManagedAreaResource(Resource):
    """管理范围. What the unit grids of a county must fill, and the outlines of its communities; a new version ends the one before."""

    model = ManagedArea
    columns = ("name", "kind", "region_code", "area_m2", "basis", "valid_from")
    search = ("name",)
    filters = ("kind", "region_code")
    groups = (
        Group("范围", "kind", "name", "region_code", "boundary", "area_m2"),
        Group("依据", "basis", "valid_from", "valid_to", "note"),
    )
    form = ("kind", "name", "region_code", "boundary", "valid_from", "basis", "note")
    labels = {"region_code": "区县或社区"}
    layer = Layer("boundary", min_zoom=8, colour_by="kind")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.IRREGULAR, basis="GB/T 30428.1-2013")
    aliases = {"name": ("NAME", "名称", "MC"), "region_code": ("CODE", "区划代码", "DM"), "basis": ("BASIS", "依据")}
    empty = "导入管理区域（GeoJSON、SHP）或在图上绘制；登记后网格划分检查可以查出缝隙。"

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: the version before ends, the area is measured, and it leaves evidence."""
        return services.do_set_area(
            values.get("kind") or "managed", values["region_code"], values["boundary"], values.get("valid_from") or timezone.localdate(),
            name=values["name"], basis=values.get("basis") or "", note=values.get("note") or "",
        )  # fmt: skip


class CompositeGridResource(Resource):
    """复合网格: patrol beats, evaluation and management grids."""

    model = CompositeGrid
    columns = ("code", "name", "kind", "region_code", "valid_from")
    search = ("code", "name")
    filters = ("kind", "region_code")
    groups = (Group("复合网格", "kind", "code", "name", "region_code", "grids", "boundary", "valid_from", "valid_to"),)
    form = ("kind", "code", "name", "region_code", "grids", "valid_from")
    natural_key = ("code",)
    layer = Layer("boundary", min_zoom=11, colour_by="kind")
    actions = (
        Action(
            "监督员与停用",
            "digital_city:composite",
            access=("digital_city.composite_grid", "staff"),
            when=lambda one: one.valid_to is None,
        ),
    )
    empty = "由相邻的单元网格组成：责任网格（巡查范围）、评价网格、管理网格；同类复合网格不重叠。"

    def create(self, values: dict[str, Any]) -> Model:
        """By the service: present, adjacent unit grids, each in one composite grid of a kind."""
        return services.do_compose(
            values["kind"], values["code"], values["name"], values.get("grids") or [], values.get("valid_from") or timezone.localdate(),
            region_code=values.get("region_code") or "",
        )  # fmt: skip


class ConditionResource(Resource):
    """立案条件. Limits are data: a city puts its own beside the common ones, from a date on."""

    model = Condition
    label = "text"
    columns = ("item", "number", "stage", "text", "limit", "closing", "region_code", "valid_from", "confidence")
    search = ("text",)
    filters = ("region_code", "valid_from")
    order = "id"
    groups = (
        Group("立案条件", "item", "number", "stage", "text", "limit", "closing"),
        Group("适用", "region_code", "valid_from", "valid_to", "basis", "confidence"),
    )
    validators = {"limit": [limit_check]}
    kinds = {"limit": Notation(5)}
    catalogue = Catalogue(share=Share.OPEN, update=Update.IRREGULAR, basis="GB/T 30428.8-2020")


class PlaceResource(Resource):
    """地名地址. GB/T 30428.3: what an address given by a citizen is found by."""

    model = Place
    columns = ("name", "kind", "address", "grid_code", "region_code", "source")
    search = ("name", "address")
    filters = ("kind", "region_code")
    groups = (
        Group("地名地址", "name", "kind", "address", "aliases", "region_code", "location", "grid_code"),
        Group("来源", "source", "valid_from", "valid_to"),
    )
    natural_key = ("address", "kind")
    layer = Layer("location", min_zoom=15, colour_by="kind")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.QUARTERLY, basis="GB/T 30428.3-2016")


class ResponsibilityResource(Resource):
    """责任主体. Maintainer, owner and regulator are three bodies; the last resort takes what nobody else answers for."""

    model = Responsibility
    label = "class_code"
    columns = ("kind", "class_code", "area", "role", "organisation", "region_code", "valid_from")
    filters = ("kind", "role", "region_code")
    groups = (
        Group("责任", "kind", "class_code", "area", "role", "organisation", "basis"),
        Group("适用", "region_code", "valid_from", "valid_to"),
    )
    empty = "先为每个区县登记兜底单位，再按小类登记养护、权属和主管单位。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The area must be a region or a grid; the class two or more digits."""
        reasons = []
        area, code = values.get("area") or "", values.get("class_code") or ""
        if not (area.isdecimal() and len(area) in (12, 15)):
            reasons.append(Reason("responsibility.area", "区域应为12位行政区划代码或15位网格编码。", "area"))
        if code and not (code.isdecimal() and len(code) in (2, 4, 5)):
            reasons.append(Reason("responsibility.class", "请填2位大类或4位小类代码；对全部小类负责的不填。", "class_code"))
        return reasons
