"""Declarations: every register of municipal facilities (docs/resources.md)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model

from zhujian.boards.urban_rural.municipal_assets.models import (
    Bridge,
    Facility,
    Gallery,
    Lamp,
    Manhole,
    PipeLine,
    PipePoint,
    Road,
    Tunnel,
)
from zhujian.boards.urban_rural.municipal_assets.resources.base import BODIES, LIST, MAKING, ORIGIN, STATE, AssetResource
from zhujian.boards.urban_rural.municipal_assets.rules.aliases import LINE_ALIASES, POINT_ALIASES
from zhujian.boards.urban_rural.municipal_assets.rules.codes import KINDS, point_reasons
from zhujian.boards.urban_rural.municipal_assets.services import numbering
from zhujian.boards.urban_rural.municipal_assets.views.assets import papers_panel
from zhujian.foundation.cim.scene import Shafts, Tubes
from zhujian.foundation.classification.selectors import component_choices
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Action, Catalogue, Group, Layer, Share, Update, add_panel


class RoadResource(AssetResource):
    """道路. Centre lines with grade, width, surface and maintenance class."""

    model = Road
    prefix = "DL"
    columns = ("code", "name", "grade", "length_m", "width_m", "surface", "condition", "maintainer_name", "region_code")
    filters = ("grade", "surface", "condition", "status", "built_on", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "name", "grade", "class_code", "from_place", "to_place", "region_code", "geom"),
        Group("规格", "length_m", "width_m", "carriageway_m", "lanes", "surface", "maintenance_class", *MAKING),
        BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "grade": LIST + "road_grade", "surface": LIST + "surface", "maintenance_class": LIST + "road_maintenance",
        "class_code": LIST + "module_class",
    }  # fmt: skip
    units: ClassVar = AssetResource.units | {"length_m": "m", "width_m": "m", "carriageway_m": "m"}
    layer = Layer("geom", min_zoom=10, colour_by="grade", themes=("width_m",), sums=("length_m",), at_first=True)


class BridgeResource(AssetResource):
    """桥梁. Kind decides the weights of BCI; its index and grade come from the latest inspection."""

    model = Bridge
    prefix = "QL"
    coded = True
    columns = (
        "code",
        "name",
        "kind",
        "maintenance_kind",
        "total_length_m",
        "bci",
        "bci_grade",
        "condition",
        "maintainer_name",
        "region_code",
    )
    filters = ("kind", "maintenance_kind", "maintenance_grade", "bci_grade", "condition", "status", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "class_code", "road", "crosses", "maintenance_kind", "maintenance_grade", "region_code", "geom"),
        Group("规格", "total_length_m", "max_span_m", "spans", "width_m", "design_load", "load_limit_t", "height_limit_m", *MAKING),
        BODIES, Group("状况", "bci", "bci_grade", *STATE.fields), ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "bridge_kind", "maintenance_kind": LIST + "bridge_maintenance_kind", "bci_grade": LIST + "bci_grade",
        "maintenance_grade": LIST + "bridge_maintenance_grade", "class_code": component_choices,
    }  # fmt: skip
    tags: ClassVar = AssetResource.tags | {
        "bci_grade": {"A": "ok", "B": "ok", "C": "warn", "D": "error", "E": "error", "pass": "ok", "fail": "error"}
    }
    units: ClassVar = AssetResource.units | {
        "total_length_m": "m",
        "max_span_m": "m",
        "width_m": "m",
        "load_limit_t": "t",
        "height_limit_m": "m",
    }
    layer = Layer("geom", min_zoom=11, colour_by="condition", at_first=True)


class TunnelResource(AssetResource):
    """隧道. Road tunnels and underpasses."""

    model = Tunnel
    prefix = "SD"
    columns = ("code", "name", "kind", "length_m", "clear_height_m", "condition", "maintainer_name", "region_code")
    filters = ("kind", "condition", "status", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "class_code", "road", "region_code", "geom"),
        Group("规格", "length_m", "width_m", "clear_height_m", "lanes", "lowest_elev", "maintenance_grade", *MAKING),
        BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "tunnel_kind", "class_code": LIST + "module_class", "maintenance_grade": LIST + "bridge_maintenance_grade",
    }  # fmt: skip
    units: ClassVar = AssetResource.units | {"length_m": "m", "width_m": "m", "clear_height_m": "m", "lowest_elev": "m"}
    layer = Layer("geom", min_zoom=11, colour_by="condition", at_first=True)


class PipePointResource(AssetResource):
    """管点. Survey points of underground pipes; elevations in the 1985 datum."""

    model = PipePoint
    label = "code"
    columns = ("code", "kind", "feature", "attachment", "ground_elev", "bottom_elev", "well_depth", "status", "region_code")
    filters = ("kind", "feature", "attachment", "condition", "status", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "kind", "feature", "attachment", "name", "region_code", "geom"),
        Group("高程", "ground_elev", "top_elev", "bottom_elev", "well_depth", "cover_type", "source_datum", "users"),
        Group("建造", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "pipe_kind", "feature": LIST + "point_feature", "attachment": LIST + "attachment",
        "cover_type": LIST + "cover_type", "source_datum": LIST + "datum",
    }  # fmt: skip
    aliases: ClassVar = POINT_ALIASES

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """Besides, the code begins with the point's kind; heights name their datum."""
        found = super().check(values, record)
        code, kind = values.get("code") or "", values.get("kind") or ""
        if code and (record is None or code != getattr(record, "code", "")):
            found += point_reasons(code, kind=kind, kinds=KINDS)
        return found

    elevations = ("ground_elev", "top_elev", "bottom_elev")
    datum = "source_datum"
    units: ClassVar = AssetResource.units | {"ground_elev": "m", "top_elev": "m", "bottom_elev": "m", "well_depth": "m"}
    layer = Layer("geom", min_zoom=16, colour_by="kind", underground=True, depth="well_depth")
    scene = Shafts(depth="well_depth", ground="ground_elev", bottom="bottom_elev", kind="kind", label="code")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="应急查询随时可用；导出须经涉密审批", update=Update.REALTIME)


class PipeLineResource(AssetResource):
    """管线. Pipes between two survey points."""

    model = PipeLine
    label = "code"
    columns = ("code", "kind", "diameter_mm", "material", "length_m", "slope", "flow", "condition", "owner_name", "region_code")
    filters = (
        "kind",
        "material",
        "pressure",
        "buried_form",
        "diameter_mm",
        "built_on",
        "condition",
        "status",
        "batch",
        "region_code",
    )
    groups = (
        Group("基本信息", "code", "kind", "name", "start", "end", "flow", "region_code", "geom"),
        Group("高程和埋深", "start_invert", "end_invert", "start_depth", "end_depth", "slope", "source_datum"),
        Group("规格", "length_m", "diameter_mm", "width_mm", "height_mm", "pressure", "pressure_mpa", "voltage_kv", "holes", "buried_form", *MAKING),
        BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "pipe_kind", "pressure": LIST + "pressure", "buried_form": LIST + "buried_form", "source_datum": LIST + "datum",
    }  # fmt: skip
    aliases: ClassVar = LINE_ALIASES
    elevations = ("start_invert", "end_invert")
    ends = ("start", "end")
    datum = "source_datum"
    units: ClassVar = AssetResource.units | {
        "start_invert": "m", "end_invert": "m", "start_depth": "m", "end_depth": "m", "slope": "‰", "length_m": "m",
        "diameter_mm": "mm", "width_mm": "mm", "height_mm": "mm", "pressure_mpa": "MPa", "voltage_kv": "kV",
    }  # fmt: skip
    layer = Layer(
        "geom",
        min_zoom=14,
        colour_by="kind",
        underground=True,
        depth="start_depth",
        themes=("diameter_mm", "slope"),
        sums=("length_m",),
    )
    scene = Tubes(
        start_depth="start_depth", end_depth="end_depth", start_invert="start_invert", end_invert="end_invert",
        start_ground="start__ground_elev", end_ground="end__ground_elev", diameter_mm="diameter_mm", width_mm="width_mm",
        height_mm="height_mm", kind="kind", kinds=LIST + "pipe_kind", colours=LIST + "pipe_colour",
    )  # fmt: skip
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="应急查询随时可用；导出须经涉密审批", update=Update.REALTIME)


class GalleryResource(AssetResource):
    """综合管廊. Utility galleries with their cabins and the kinds they house."""

    model = Gallery
    prefix = "GL"
    columns = ("code", "name", "kind", "cabins", "length_m", "housed", "condition", "maintainer_name", "region_code")
    filters = ("kind", "condition", "status", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "class_code", "housed", "region_code", "geom"),
        Group("规格", "length_m", "cabins", "width_m", "height_m", "top_depth", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "gallery_kind", "housed": LIST + "pipe_kind", "class_code": LIST + "module_class",
    }  # fmt: skip
    units: ClassVar = AssetResource.units | {"length_m": "m", "width_m": "m", "height_m": "m", "top_depth": "m"}
    layer = Layer("geom", min_zoom=12, colour_by="condition", at_first=True)


class FacilityResource(AssetResource):
    """场站设施. Plants, pumping stations, outlets, valve groups, cabinets."""

    model = Facility
    prefix = "CZ"
    coded = True
    columns = ("code", "name", "kind", "pipe_kind", "capacity", "capacity_unit", "condition", "maintainer_name", "region_code")
    filters = ("kind", "pipe_kind", "condition", "status", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "pipe_kind", "class_code", "point", "address", "region_code", "geom"),
        Group("规格", "capacity", "capacity_unit", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "facility_kind", "pipe_kind": LIST + "pipe_kind", "class_code": component_choices,
    }  # fmt: skip
    layer = Layer("geom", min_zoom=12, colour_by="kind", at_first=True)


class LampResource(AssetResource):
    """路灯. Lamps with pole, light source, power and circuit."""

    model = Lamp
    prefix = "LD"
    coded = True
    label = "code"
    columns = ("code", "road", "light_source", "power_w", "circuit", "condition", "maintainer_name", "region_code")
    search = ("code", "circuit")
    filters = ("light_source", "condition", "status", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "name", "class_code", "road", "region_code", "geom"),
        Group("规格", "pole_height_m", "heads", "light_source", "power_w", "circuit", "cabinet", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "light_source": LIST + "light_source",
        "class_code": component_choices,
    }
    units: ClassVar = AssetResource.units | {"pole_height_m": "m", "power_w": "W"}
    layer = Layer("geom", min_zoom=16, colour_by="condition")


class ManholeResource(AssetResource):
    """窨井盖. Covers with kind, load class, owner and fall protection; the owner is never filled in by default."""

    model = Manhole
    prefix = "JG"
    coded = True
    label = "code"
    columns = ("code", "kind", "cover_class", "place", "ownership", "owner_name", "fall_net", "cover_state", "region_code")
    search = ("code", "address")
    filters = ("kind", "cover_class", "place", "ownership", "fall_net", "cover_state", "condition", "batch", "region_code")
    groups = (
        Group("基本信息", "code", "kind", "class_code", "point", "address", "region_code", "geom"),
        Group("井盖", "cover_material", "cover_class", "place", "diameter_mm", "fall_net", "fall_net_on", "tag", "cover_state", *MAKING),
        Group("责任单位", "ownership", *BODIES.fields), STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "manhole_kind", "cover_material": LIST + "cover_material", "cover_class": LIST + "cover_class",
        "place": LIST + "cover_place", "cover_state": LIST + "cover_state", "ownership": LIST + "ownership",
        "class_code": component_choices,
    }  # fmt: skip
    tags: ClassVar = AssetResource.tags | {
        "cover_state": {
            "normal": "ok",
            "missing": "error",
            "broken": "error",
            "displaced": "error",
            "sunken": "warn",
            "noisy": "warn",
        },
        "ownership": {"owned": "ok", "ownerless": "error", "entrusted": "info", "unknown": "warn"},
    }
    units: ClassVar = AssetResource.units | {"diameter_mm": "mm"}

    def stored(self, records: list[Model]) -> None:
        """A cover without a class has that of its kind; then it gets its code."""
        numbering.give_classes(records)
        super().stored(records)

    layer = Layer("geom", min_zoom=16, colour_by="cover_state")
    actions = (
        Action(
            "按无主办理", "municipal_assets:manhole_ownerless", ("municipal_assets.ownerless_case", "open"),
            when=lambda cover: cover.valid_to is None and cover.ownership == "unknown" and not cover.owner_name,
        ),
    )  # fmt: skip


REGISTERS = (
    RoadResource, BridgeResource, TunnelResource, PipePointResource, PipeLineResource, GalleryResource, FacilityResource,
    LampResource, ManholeResource,
)  # fmt: skip

for _register in REGISTERS:
    add_panel(f"municipal_assets.{_register.name}", papers_panel, title="资料", order=40)
