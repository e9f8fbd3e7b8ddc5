"""Writes the generated city's facilities into the registers by COPY: the demo's district, a benchmark's province."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from django.db import models

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
from zhujian.boards.urban_rural.municipal_assets.selectors.covers import classes_of_kinds
from zhujian.boards.urban_rural.municipal_assets.services import numbering
from zhujian.foundation.cim.generator import District, ewkb
from zhujian.foundation.cim.services.bulk import copy_into
from zhujian.foundation.cim.services.city import register_writer
from zhujian.foundation.cim.services.pouring import take_ids

SPACE = uuid.UUID("0e1f9c52-2d86-5e6b-8d2f-4b5d0a7c9e11")
Row = dict[str, Any]
Body = tuple[str, str]  # 统一社会信用代码, name

FEATURES = {
    "直线点": "straight", "三通": "tee", "四通": "cross", "起点": "start", "终点": "terminal", "转折点": "turn", "进水口": "inlet",
    "出水口": "outlet", "阀门": "straight",
}  # fmt: skip
ATTACHMENTS = {
    "检查井": "manhole", "阀门井": "valve_well", "消火栓": "hydrant", "人孔": "chamber", "化粪池": "septic", "雨水口": "grate",
    "水表井": "meter", "调压箱": "regulator", "污水处理厂": "plant", "排放口": "outfall", "换热站": "exchanger",
}  # fmt: skip
MATERIALS = {
    "球墨铸铁管": "ductile", "HDPE双壁波纹管": "hdpe", "PE管": "pe", "钢筋混凝土管": "rc", "保温钢管": "steel", "玻璃钢管": "frp",
    "PVC管": "pvc", "球墨铸铁": "ductile", "复合材料": "composite",
}  # fmt: skip
GRADES = {"main": "arterial", "secondary": "secondary", "branch": "branch"}
CLASSES = {"arterial": "R2", "secondary": "R3", "branch": "R4"}
PRESSURES = {"中压A": ("MPA", "0.4"), "0.3MPa": ("", "0.3"), "1.0MPa": ("", "1.0")}
BURIED = {"direct": "direct", "pipe": "duct", "duct": "trench"}
COVER_KINDS = {"YS": "YS", "WS": "WS", "JS": "JS", "TR": "RQ", "RS": "RL", "GD": "DL", "DX": "TX"}
PLANTS = {
    "sewage_works": "sewage_plant", "outfall": "outfall", "water_works": "boost_pump", "gas_station": "gas_regulator",
    "heat_station": "heat_station", "substation": "substation", "telecom_room": "telecom_room",
}  # fmt: skip
PLANT_CLASSES = {"gas_regulator": "0149", "substation": "0128"}
LIVES = {"YS": 50, "WS": 50, "JS": 50, "TR": 30, "RS": 30, "GD": 40, "DX": 30}


def write(model: type[models.Model], rows: Iterable[Row]) -> int:
    """Append rows given by field; fields left out have the model's default, or the empty value. Generated columns follow."""
    fields = [f for f in model._meta.concrete_fields if not f.generated and not f.primary_key and f.name not in FILLED]
    made = list(rows)  # before the COPY begins: making rows may ask the database
    if made and "id" in made[0]:
        fields.insert(0, model._meta.pk)
    names = [f.name for f in fields]
    usual = {f.name: f.get_default() if f.has_default() and not callable(f.default) else None if f.null else "" for f in fields}
    return copy_into(model, names, ([row.get(name, usual[name]) for name in names] for row in made))


FILLED = ("version", "created_at", "updated_at", "created_by")


def asset(made: District, code: str, built_on: date, key: str = "", **more: Any) -> Row:
    """What every generated facility has."""
    return {
        "feature_id": uuid.uuid5(SPACE, key or f"{made.prefix}-{code}"), "valid_from": built_on, "planned": False, "region_code": made.region_code,
        "code": code, "built_on": built_on, "status": "in_use", "source": "census", "accuracy_m": "0.10", "parties": [], **more,
    }  # fmt: skip


def bodies(owner: Body | None, maintainer: Body | None, regulator: Body | None) -> Row:
    """Three bodies as columns; the firms among them see the facility."""
    given = (("owner", owner), ("maintainer", maintainer), ("regulator", regulator))
    found: Row = {}
    for role, body in given:
        if body:
            found[f"{role}_org"], found[f"{role}_name"] = body
    keys = dict.fromkeys(f"org:{body[0]}" for _, body in given if body and body[0])
    return {**found, "parties": list(keys)}


def graded(number: int, built_on: date) -> Row:
    """A believable condition grade with what it was read from: older is worse, deterministic."""
    age = 2026 - built_on.year
    grade = min(5, 1 + (age // 9) + (1 if number % 17 == 0 else 0) - (1 if number % 5 == 0 and age > 9 else 0))
    score = {1: 96, 2: 88, 3: 74, 4: 61, 5: 42}[max(1, grade)] - number % 5
    return {
        "condition": max(1, grade),
        "condition_original": f"专项检测评分 {score}",
        "condition_on": date(2025, 9, 1 + number % 28),
    }


def write_city(made: District, who: Callable[[str], Row] | None = None) -> int:
    """Store the facilities of a district; how many. `who` gives the columns of the three bodies for a kind (CJJ 61 code or register)."""
    who = who or (lambda kind: {})
    total = write(Road, _roads(made, who))
    # Keys are taken beforehand: what is written next names its points and cabinets without reading any of them back.
    at = dict(zip((one.code for one in made.points), take_ids(PipePoint, len(made.points)), strict=True))
    total += write(PipePoint, _points(made, at, who))
    total += write(PipeLine, _lines(made, at, who))
    circuits = list(dict.fromkeys(one.circuit for one in made.lamps))
    keys = take_ids(Facility, len(circuits) + len(made.plants))
    cabinets = dict(zip(circuits, keys, strict=False))
    total += write(Facility, _plants(made, at, cabinets, iter(keys[len(circuits) :]), who))
    total += write(Lamp, _lamps(made, cabinets, who))
    total += write(Manhole, _covers(made, at, who))
    total += write(Bridge, _bridges(made, who))
    total += write(Tunnel, ({**asset(made, t.code, t.built_on), "name": t.name, "kind": "underpass", "class_code": "T2", "geom": ewkb.line(t.line),
                            "width_m": t.width_m, "clear_height_m": t.height_m, "lanes": 6, "maintenance_grade": "I", "material": "rc",
                            "design_life_years": 100, **graded(7, t.built_on), **who("tunnel")} for t in made.tubes if t.kind == "tunnel"))  # fmt: skip
    total += write(Gallery, ({**asset(made, t.code, t.built_on), "name": t.name, "kind": "trunk", "class_code": "G1", "geom": ewkb.line(t.line),
                             "width_m": t.width_m, "height_m": t.height_m, "top_depth": t.depth_m, "cabins": 3, "material": "rc",
                             "housed": ["JS", "GD", "DX"], "design_life_years": 100, **graded(11, t.built_on), **who("gallery")}
                            for t in made.tubes if t.kind == "gallery"))  # fmt: skip
    return total


def _roads(made: District, who: Callable[[str], Row]) -> Iterable[Row]:
    for one in made.streets:
        grade = GRADES[one.grade]
        yield {
            **asset(made, f"DL{made.prefix}{one.number:05d}", one.built_on), "name": one.name, "grade": grade, "class_code": CLASSES[grade],
            "geom": ewkb.line(one.line), "carriageway_m": one.width_m, "width_m": round(one.width_m + 12, 2), "lanes": one.lanes, "surface": "asphalt",
            "maintenance_class": {"arterial": "I", "secondary": "II"}.get(grade, "III"), "material": "asphalt", "design_life_years": 15,
            **graded(one.number, one.built_on), **who("road"),
        }  # fmt: skip


def _points(made: District, at: dict[str, int], who: Callable[[str], Row]) -> Iterable[Row]:
    for one in made.points:
        yield {
            "id": at[one.code], **asset(made, one.code, date(2012, 6, 30)), "kind": one.kind, "feature": FEATURES.get(one.feature, ""), "attachment": ATTACHMENTS.get(one.attachment, ""),
            "geom": ewkb.point(one.at), "ground_elev": one.ground_m, "top_elev": one.top_m, "bottom_elev": one.bottom_m,
            "well_depth": one.well_depth_m or None, "cover_type": one.cover, "source_datum": "1985", "users": one.users or None, **who(one.kind),
        }  # fmt: skip


def _lines(made: District, at: dict[str, int], who: Callable[[str], Row]) -> Iterable[Row]:
    ground = {one.code: one.ground_m for one in made.points}
    for number, one in enumerate(made.lines):
        pressure, mpa = PRESSURES.get(one.pressure, ("", None))
        round_pipe = one.diameter_mm > 0
        yield {
            **asset(made, one.code, one.built_on), "kind": one.kind, "start": at[one.start], "end": at[one.end], "geom": ewkb.line(one.line),
            "start_invert": one.start_invert_m, "end_invert": one.end_invert_m, "start_depth": round(ground[one.start] - one.start_invert_m, 3),
            "end_depth": round(ground[one.end] - one.end_invert_m, 3), "diameter_mm": one.diameter_mm if round_pipe else None,
            "width_mm": None if round_pipe else one.width_mm, "height_mm": None if round_pipe else one.height_mm, "material": MATERIALS.get(one.material, "other"),
            "spec": one.material, "pressure": pressure, "pressure_mpa": mpa, "voltage_kv": 10 if one.kind == "GD" else None,
            "holes": None if round_pipe else 12, "buried_form": BURIED.get(one.buried, "direct"), "flow": one.flow, "source_datum": "1985",
            "design_life_years": LIVES.get(one.kind), **graded(number, one.built_on), **who(one.kind),
        }  # fmt: skip


def _plants(
    made: District, at: dict[str, int], cabinets: dict[str, int], keys: Iterator[int], who: Callable[[str], Row]
) -> Iterable[Row]:
    given = numbering.Block(made.region_code)
    for one in made.plants:
        kind = PLANTS[one.kind]
        group = PLANT_CLASSES.get(kind, "")
        yield {
            "id": next(keys), **asset(made, given.next(group) if group else one.code, one.built_on, key=f"{made.prefix}-{one.code}"), "name": one.name, "kind": kind,
            "class_code": group, "pipe_kind": one.code[:2], "geom": ewkb.point(one.at), "point": at.get(one.point), "design_life_years": 50,
            **graded(3, one.built_on), **who(one.code[:2]),
        }  # fmt: skip
    boxes: dict[str, list[tuple[float, float]]] = {}
    for lamp in made.lamps:
        boxes.setdefault(lamp.circuit, []).append(lamp.at)
    for name, places in boxes.items():
        yield {
            "id": cabinets[name], **asset(made, given.next("0128"), date(2015, 3, 1), key=name), "name": f"路灯控制箱{name}", "kind": "lamp_cabinet", "class_code": "0128",
            "pipe_kind": "LD", "geom": ewkb.point(places[0]), "design_life_years": 15, **graded(len(places), date(2015, 3, 1)), **who("lamp"),
        }  # fmt: skip
    given.keep()


def _lamps(made: District, cabinets: dict[str, int], who: Callable[[str], Row]) -> Iterable[Row]:
    given = numbering.Block(made.region_code)
    for number, one in enumerate(made.lamps):
        yield {
            **asset(made, given.next("0137"), one.built_on, key=f"{made.prefix}-{one.code}"), "name": one.code, "class_code": "0137", "geom": ewkb.point(one.at),
            "pole_height_m": one.pole_m, "heads": 2 if one.pole_m >= 10 else 1, "light_source": "led" if number % 4 else "sodium", "power_w": one.watts,
            "circuit": one.circuit, "cabinet": cabinets[one.circuit], "design_life_years": 15, "material": "steel",
            **graded(number, one.built_on), **who("lamp"),
        }  # fmt: skip
    given.keep()


def _covers(made: District, at: dict[str, int], who: Callable[[str], Row]) -> Iterable[Row]:
    given = numbering.Block(made.region_code)
    classes = classes_of_kinds()
    states = {0: "broken", 1: "sunken", 2: "noisy", 3: "displaced"}
    for number, one in enumerate(made.covers):
        kind = COVER_KINDS[one.kind]
        found = number % 40  # one in forty covers has no known owner: nobody's name is put there by default
        owner = who(one.kind) if found else {}
        state = states.get(number % 97, "normal")
        yield {
            **asset(made, given.next(classes[kind]), one.built_on, key=f"{made.prefix}-{one.code}"), "name": one.code, "kind": kind,
            "class_code": classes[kind], "geom": ewkb.point(one.at), "point": at.get(one.point), "material": MATERIALS.get(one.material, "other"),
            "cover_material": "ductile" if one.material == "球墨铸铁" else "composite", "cover_class": "D400" if number % 3 else "C250",
            "place": ("carriageway", "carriageway", "footway", "green")[number % 4], "diameter_mm": 700, "fall_net": number % 5 != 0 if kind in ("YS", "WS") else None,
            "fall_net_on": date(2025, 5, 1) if number % 5 and kind in ("YS", "WS") else None, "cover_state": state, "design_life_years": 15,
            "ownership": "owned" if owner.get("owner_name") else "unknown",
            **graded(number, one.built_on), **owner,
        }  # fmt: skip
    given.keep()


def _bridges(made: District, who: Callable[[str], Row]) -> Iterable[Row]:
    given = numbering.Block(made.region_code)
    for number, one in enumerate(made.bridges):
        yield {
            **asset(made, given.next("0206"), one.built_on, key=f"{made.prefix}-{one.code}"), "name": one.name, "kind": "footbridge", "class_code": "0206",
            "geom": ewkb.polygon(one.outline), "crosses": one.name[:4], "maintenance_kind": "V", "maintenance_grade": ("II", "III")[number % 2],
            "total_length_m": one.length_m, "max_span_m": one.span_m, "spans": 2, "width_m": one.width_m, "design_load": "人群 4.0 kN/m²",
            "height_limit_m": 5, "material": "steel", "design_life_years": 50, **graded(number * 3, one.built_on), **who("bridge"),
        }  # fmt: skip
    given.keep()


register_writer("municipal_assets", lambda made: write_city(made))
__all__ = ["asset", "bodies", "graded", "write", "write_city"]
