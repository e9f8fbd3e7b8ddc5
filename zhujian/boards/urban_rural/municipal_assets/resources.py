"""Declarations: every register of municipal facilities (docs/resources.md). One base says what all of them share."""

from __future__ import annotations

from functools import cached_property
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
from zhujian.foundation.cim.scene import Shafts, Tubes
from zhujian.foundation.kernel.codes import clean, uscc_check
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update

LIST = "municipal_assets."
CONDITION_TAGS = {"1": "ok", "2": "ok", "3": "warn", "4": "error", "5": "error"}
STATUS_TAGS = {
    "in_use": "ok", "building": "info", "planned": "info", "suspended": "warn", "abandoned": "muted", "removed": "muted",
}  # fmt: skip
BODIES = Group(
    "责任单位", "owner_name", "owner_org", "maintainer_name", "maintainer_org", "regulator_name", "regulator_org",
)  # fmt: skip
STATE = Group("状况", "condition", "condition_original", "condition_on", "status")
ORIGIN = Group("来源和时效", "valid_from", "valid_to", "planned", "source", "accuracy_m", "batch", "note")
ACTS = ("valid_to", "bci", "bci_grade", "ownership")
MAKING = ("built_on", "material", "spec", "design_life_years")


def _uscc(text: str) -> list[Reason]:
    return uscc_check(text) if text else []


# Names that fields go by in deliverables of surveys (CJJ 61 result tables, common GIS exports).
ALIASES = {
    "code": ("编号", "编码", "设施编号", "部件标识码", "OBJCODE"),
    "name": ("设施名称", "NAME"),
    "owner_name": ("产权单位", "权属单位", "权属", "所有权单位", "OWNER"),
    "maintainer_name": ("养护单位", "管养单位", "维护单位", "养护管理单位"),
    "regulator_name": ("监管单位", "主管部门", "管理单位"),
    "built_on": ("建设年代", "建成时间", "埋设年代", "建设时间", "敷设日期", "BUILDDATE"),
    "material": ("材料", "管材", "材质", "MATERIAL"),
    "spec": ("规格型号",),
    "status": ("使用状况", "使用状态"),
    "note": ("备注", "REMARK", "MEMO"),
    "region_code": ("行政区划代码", "区划代码", "所在区县"),
    "condition": ("状况", "等级评价"),
    "valid_from": ("生效日期", "入库日期"),
}
POINT_ALIASES = ALIASES | {
    "code": ("管点编号", "物探点号", "管线点号", "点号", "管点号", "图上点号", "EXPNO", "EXP_NO"),
    "kind": ("管线类型", "管类", "管线种类", "PTYPE"),
    "feature": ("特征点", "管点特征", "FEATURE"),
    "attachment": ("附属物", "附属设施", "SUBSID"),
    "ground_elev": ("地面高程", "地面标高", "井口高程", "SURF_H"),
    "bottom_elev": ("井底高程", "管底标高", "管内底高程"),
    "top_elev": ("管顶标高", "管外顶高程"),
    "well_depth": ("井深", "井底深", "WELLDEEP"),
    "cover_type": ("井盖形状", "井盖形式"),
    "source_datum": ("高程系统", "高程基准"),
}
LINE_ALIASES = ALIASES | {
    "code": ("管线编号", "管段编号", "管线段号", "LNO", "PIPEID"),
    "kind": ("管线类型", "管类", "管线种类", "PTYPE"),
    "start": ("起点点号", "起点编号", "起始点号", "起点物探点号", "S_POINT"),
    "end": ("终点点号", "终点编号", "终止点号", "止点点号", "E_POINT", "连接点号"),
    "start_invert": ("起点管底标高", "起点高程", "起点管内底高程", "S_H"),
    "end_invert": ("终点管底标高", "终点高程", "终点管内底高程", "E_H"),
    "start_depth": ("起始埋深", "起点埋深", "S_DEEP"),
    "end_depth": ("终止埋深", "终点埋深", "E_DEEP"),
    "diameter_mm": ("管径", "直径", "口径", "DS", "PSIZE", "D_S"),
    "pressure": ("压力", "压力等级"),
    "voltage_kv": ("电压", "电压值"),
    "holes": ("总孔数", "孔数"),
    "buried_form": ("埋设类型", "敷设方式", "埋设方式", "EMBED"),
    "flow": ("流向", "FLOWDIR"),
    "source_datum": ("高程系统", "高程基准"),
}


class AssetResource(Resource):
    """What the registers share. Not a register itself: it names no model."""

    search = ("code", "name")
    code_lists: ClassVar = {
        "condition": LIST + "condition", "status": LIST + "status", "source": LIST + "source", "material": LIST + "material",
    }  # fmt: skip
    tags: ClassVar = {"condition": CONDITION_TAGS, "status": STATUS_TAGS}
    units: ClassVar = {"accuracy_m": "m", "design_life_years": "年"}
    cleaners: ClassVar = {"code": clean, "owner_org": clean, "maintainer_org": clean, "regulator_org": clean}
    validators: ClassVar = {"owner_org": [_uscc], "maintainer_org": [_uscc], "regulator_org": [_uscc]}
    natural_key = ("code",)
    on_duplicate = "update"
    aliases: ClassVar = ALIASES
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行安全和应急需要", update=Update.REALTIME)
    empty = "可以逐处登记，也可以导入普查成果（SHP、GeoPackage、GeoJSON 或表格）。"

    @cached_property
    def form_names(self) -> tuple[str, ...]:
        """Fields a person fills in; ending a version and grading a bridge are acts of their own."""
        names = (name for group in self.sections for name in group.fields)
        return tuple(name for name in names if self.fields[name].editable and name not in ACTS)

    def parties(self, values: dict[str, Any]) -> list[str]:
        """Owner, maintainer and regulator see the facility."""
        codes = [values.get(name) for name in ("owner_org", "maintainer_org", "regulator_org")]
        return [f"org:{code}" for code in codes if code]

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A condition grade needs to say what it comes from."""
        found = []
        if values.get("condition") and not values.get("condition_original"):
            found.append(
                Reason(
                    "asset.condition_source", "原评价结果：填写状况等级时，请写明依据的标准和原得分或等级。", "condition_original"
                )
            )
        if values.get("owner_org") and not values.get("owner_name"):
            found.append(Reason("asset.owner_name", "产权单位：填写了产权单位代码，请同时填写名称。", "owner_name"))
        return found


class RoadResource(AssetResource):
    """道路. Centre lines with grade, width, surface and maintenance class."""

    model = Road
    columns = ("code", "name", "grade", "length_m", "width_m", "surface", "condition", "maintainer_name", "region_code")
    filters = ("grade", "surface", "condition", "status", "built_on", "region_code")
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
    layer = Layer("geom", min_zoom=10, colour_by="grade", themes=("width_m",))


class BridgeResource(AssetResource):
    """桥梁. Kind decides the weights of BCI; its index and grade come from the latest inspection."""

    model = Bridge
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
    filters = ("kind", "maintenance_kind", "maintenance_grade", "bci_grade", "condition", "status", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "class_code", "road", "crosses", "maintenance_kind", "maintenance_grade", "region_code", "geom"),
        Group("规格", "total_length_m", "max_span_m", "spans", "width_m", "design_load", "load_limit_t", "height_limit_m", *MAKING),
        BODIES, Group("状况", "bci", "bci_grade", *STATE.fields), ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "bridge_kind", "maintenance_kind": LIST + "bridge_maintenance_kind", "bci_grade": LIST + "bci_grade",
        "maintenance_grade": LIST + "bridge_maintenance_grade", "class_code": LIST + "component_class",
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
    layer = Layer("geom", min_zoom=11, colour_by="condition")


class TunnelResource(AssetResource):
    """隧道. Road tunnels and underpasses."""

    model = Tunnel
    columns = ("code", "name", "kind", "length_m", "clear_height_m", "condition", "maintainer_name", "region_code")
    filters = ("kind", "condition", "status", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "class_code", "road", "region_code", "geom"),
        Group("规格", "length_m", "width_m", "clear_height_m", "lanes", "lowest_elev", "maintenance_grade", *MAKING),
        BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "tunnel_kind", "class_code": LIST + "module_class", "maintenance_grade": LIST + "bridge_maintenance_grade",
    }  # fmt: skip
    units: ClassVar = AssetResource.units | {"length_m": "m", "width_m": "m", "clear_height_m": "m", "lowest_elev": "m"}
    layer = Layer("geom", min_zoom=11, colour_by="condition")


class PipePointResource(AssetResource):
    """管点. Survey points of underground pipes; elevations in the 1985 datum."""

    model = PipePoint
    label = "code"
    columns = ("code", "kind", "feature", "attachment", "ground_elev", "bottom_elev", "well_depth", "status", "region_code")
    filters = ("kind", "feature", "attachment", "condition", "status", "region_code")
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
    filters = ("kind", "material", "pressure", "buried_form", "diameter_mm", "built_on", "condition", "status", "region_code")
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
    datum = "source_datum"
    units: ClassVar = AssetResource.units | {
        "start_invert": "m", "end_invert": "m", "start_depth": "m", "end_depth": "m", "slope": "‰", "length_m": "m",
        "diameter_mm": "mm", "width_mm": "mm", "height_mm": "mm", "pressure_mpa": "MPa", "voltage_kv": "kV",
    }  # fmt: skip
    layer = Layer("geom", min_zoom=14, colour_by="kind", underground=True, depth="start_depth", themes=("diameter_mm", "slope"))
    scene = Tubes(
        start_depth="start_depth", end_depth="end_depth", start_invert="start_invert", end_invert="end_invert",
        start_ground="start__ground_elev", end_ground="end__ground_elev", diameter_mm="diameter_mm", width_mm="width_mm",
        height_mm="height_mm", kind="kind", kinds=LIST + "pipe_kind", colours=LIST + "pipe_colour",
    )  # fmt: skip
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="应急查询随时可用；导出须经涉密审批", update=Update.REALTIME)


class GalleryResource(AssetResource):
    """综合管廊. Utility galleries with their cabins and the kinds they house."""

    model = Gallery
    columns = ("code", "name", "kind", "cabins", "length_m", "housed", "condition", "maintainer_name", "region_code")
    filters = ("kind", "condition", "status", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "class_code", "housed", "region_code", "geom"),
        Group("规格", "length_m", "cabins", "width_m", "height_m", "top_depth", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "gallery_kind", "housed": LIST + "pipe_kind", "class_code": LIST + "module_class",
    }  # fmt: skip
    units: ClassVar = AssetResource.units | {"length_m": "m", "width_m": "m", "height_m": "m", "top_depth": "m"}
    layer = Layer("geom", min_zoom=12, colour_by="condition")


class FacilityResource(AssetResource):
    """场站设施. Plants, pumping stations, outlets, valve groups, cabinets."""

    model = Facility
    columns = ("code", "name", "kind", "pipe_kind", "capacity", "capacity_unit", "condition", "maintainer_name", "region_code")
    filters = ("kind", "pipe_kind", "condition", "status", "region_code")
    groups = (
        Group("基本信息", "code", "name", "kind", "pipe_kind", "class_code", "point", "address", "region_code", "geom"),
        Group("规格", "capacity", "capacity_unit", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "facility_kind", "pipe_kind": LIST + "pipe_kind", "class_code": LIST + "component_class",
    }  # fmt: skip
    layer = Layer("geom", min_zoom=12, colour_by="kind")


class LampResource(AssetResource):
    """路灯. Lamps with pole, light source, power and circuit."""

    model = Lamp
    label = "code"
    columns = ("code", "road", "light_source", "power_w", "circuit", "condition", "maintainer_name", "region_code")
    search = ("code", "circuit")
    filters = ("light_source", "condition", "status", "region_code")
    groups = (
        Group("基本信息", "code", "name", "class_code", "road", "region_code", "geom"),
        Group("规格", "pole_height_m", "heads", "light_source", "power_w", "circuit", "cabinet", *MAKING), BODIES, STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "light_source": LIST + "light_source",
        "class_code": LIST + "component_class",
    }
    units: ClassVar = AssetResource.units | {"pole_height_m": "m", "power_w": "W"}
    layer = Layer("geom", min_zoom=16, colour_by="condition")


class ManholeResource(AssetResource):
    """窨井盖. Covers with kind, load class, owner and fall protection; the owner is never filled in by default."""

    model = Manhole
    label = "code"
    columns = ("code", "kind", "cover_class", "place", "ownership", "owner_name", "fall_net", "cover_state", "region_code")
    search = ("code", "address")
    filters = ("kind", "cover_class", "place", "ownership", "fall_net", "cover_state", "condition", "region_code")
    groups = (
        Group("基本信息", "code", "kind", "class_code", "point", "address", "region_code", "geom"),
        Group("井盖", "cover_material", "cover_class", "place", "diameter_mm", "fall_net", "fall_net_on", "tag", "cover_state", *MAKING),
        Group("责任单位", "ownership", *BODIES.fields), STATE, ORIGIN,
    )  # fmt: skip
    code_lists: ClassVar = AssetResource.code_lists | {
        "kind": LIST + "manhole_kind", "cover_material": LIST + "cover_material", "cover_class": LIST + "cover_class",
        "place": LIST + "cover_place", "cover_state": LIST + "cover_state", "ownership": LIST + "ownership",
        "class_code": LIST + "component_class",
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
    layer = Layer("geom", min_zoom=16, colour_by="cover_state")


REGISTERS = (
    RoadResource, BridgeResource, TunnelResource, PipePointResource, PipeLineResource, GalleryResource, FacilityResource,
    LampResource, ManholeResource,
)  # fmt: skip
