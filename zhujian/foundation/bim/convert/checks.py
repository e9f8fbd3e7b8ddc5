"""Checks that every model must pass before rule packs: structure, units, georeference, identity.

Basis: ISO 16739-1 (IFC), GB/T 51447-2021 模型存储, GB/T 51301-2018 交付标准; construction.md §7.3.
"""

from __future__ import annotations

import re
from collections import Counter

from zhujian.foundation.bim.convert.georef import HEIGHT_1985, Georef
from zhujian.foundation.bim.convert.reading import NOWHERE, Model, attribute, name_of, number
from zhujian.foundation.bim.convert.report import ERROR, WARNING, Check, Findings
from zhujian.foundation.bim.convert.unpack import Header
from zhujian.foundation.bim.convert.words import described

PACK = "基本检查"
GUID = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
UNITS = {"LENGTHUNIT": "长度", "AREAUNIT": "面积", "VOLUMEUNIT": "体积"}


def all_checks(model: Model, header: Header, georef: Georef, findings: Findings) -> None:
    """Run every basic check into `findings`."""
    readable(model, header, findings)
    spatial(model, findings)
    units(model, findings)
    identity(model, findings)
    storeys(model, findings)
    georeference(georef, findings)


def _open(findings: Findings, rule: str, title: str, demand: str, severity: str, basis: str) -> Check:
    return findings.open(Check(rule, PACK, title, demand, severity, basis=basis, confidence="A"))


def readable(model: Model, header: Header, findings: Findings) -> None:
    """The file opened in a known schema and says who made it with what."""
    check = _open(
        findings,
        "MD-01",
        "文件可读、版本受支持",
        "IFC2x3、IFC4 或 IFC4.3，STEP 文本格式，完整可读。",
        ERROR,
        "ISO 10303-21；ISO 16739-1",
    )
    check.checked = 1
    check = _open(findings, "MD-02", "文件头完整", "文件头应写明导出时间和建模软件，便于追溯。", WARNING, "GB/T 51447-2021")
    check.checked = 1
    missing = [title for title, value in (("导出时间", header.timestamp), ("建模软件", header.system)) if not value.strip()]
    if missing:
        findings.fault(check, f"文件头没有写明{'、'.join(missing)}。")


def spatial(model: Model, findings: Findings) -> None:
    """One project, at least one site, building and storey."""
    check = _open(
        findings,
        "MD-03",
        "空间结构完整",
        "模型应有且只有一个项目，至少一个场地、一个建筑、一个楼层。",
        ERROR,
        "ISO 16739-1 5.4.3；GB/T 51301-2018",
    )
    for ifc_class, title in (("IfcProject", "项目"), ("IfcSite", "场地"), ("IfcBuilding", "建筑"), ("IfcBuildingStorey", "楼层")):
        check.checked += 1
        count = len(model.of(ifc_class))
        if not count and not (ifc_class == "IfcBuilding" and model.of("IfcFacility")):
            findings.fault(check, f"模型里没有{title}（{ifc_class}）。")
        elif ifc_class == "IfcProject" and count > 1:
            findings.fault(check, f"模型里有 {count} 个项目，应只有一个。")
    check = _open(
        findings, "MD-04", "构件归属楼层", "每个构件、空间应归属一个楼层，才能按层算量和浏览。", WARNING, "GB/T 51301-2018"
    )
    check.checked = len(model.items)
    lost = {storey.number for storey in model.storeys if storey.entity is None}
    for item in model.items:
        if item.storey in lost:
            findings.fault(check, f"{described(item.ifc_class, item.name)}没有归属任何楼层，已列入“{NOWHERE}”。", item.global_id)


def units(model: Model, findings: Findings) -> None:
    """Length, area and volume units are declared."""
    check = _open(
        findings, "MD-05", "单位明确", "应声明长度、面积、体积单位，采用法定计量单位。", ERROR, "ISO 16739-1；计量法第三条"
    )
    declared: dict[str, str] = {}
    for assignment in model.of("IfcUnitAssignment"):
        for unit in assignment.Units or ():
            kind = getattr(unit, "UnitType", None)
            if kind in UNITS:
                declared[kind] = unit.is_a()
    for kind, title in UNITS.items():
        check.checked += 1
        if kind not in declared:
            findings.fault(check, f"没有声明{title}单位。")
        elif declared[kind] != "IfcSIUnit":
            findings.fault(check, f"{title}单位不是国际单位制（{declared[kind]}），应改用米制。")


def identity(model: Model, findings: Findings) -> None:
    """GlobalIds are well formed and unique: without them versions cannot be compared and nothing can be linked."""
    check = _open(
        findings,
        "MD-06",
        "GlobalId 有效且唯一",
        "每个对象应有22位有效的 GlobalId，全文件不重复。",
        ERROR,
        "ISO 16739-1；GB/T 51447-2021",
    )
    roots = model.of("IfcRoot")
    check.checked = len(roots)
    seen: Counter[str] = Counter()
    for root in roots:
        code = attribute(root, "GlobalId")
        seen[code] += 1
        if not GUID.fullmatch(code):
            findings.fault(check, f"{described(root.is_a(), name_of(root))}的 GlobalId“{code[:30]}”无效。", code)
        elif seen[code] == 2:
            findings.fault(check, f"GlobalId {code} 重复，涉及{described(root.is_a(), name_of(root))}。", code)


def storeys(model: Model, findings: Findings) -> None:
    """Storeys have names and distinct elevations."""
    check = _open(findings, "MD-07", "楼层名称和标高", "每个楼层应有名称和标高，标高不重复。", WARNING, "GB/T 51301-2018")
    seen: dict[float, str] = {}
    for storey in model.storeys:
        if storey.entity is None:
            continue
        check.checked += 1
        if not name_of(storey.entity):
            findings.fault(check, "有一个楼层没有名称。", storey.global_id)
        if number(storey.entity, "Elevation") is None:
            findings.fault(check, f"楼层“{storey.name}”没有标高。", storey.global_id)
        elif storey.elevation in seen:
            findings.fault(
                check, f"楼层“{storey.name}”与“{seen[storey.elevation]}”的标高同为 {storey.elevation} m。", storey.global_id
            )
        seen.setdefault(storey.elevation, storey.name)


def georeference(georef: Georef, findings: Findings) -> None:
    """The model says where it stands, in a known frame, with a known height."""
    check = _open(
        findings, "MD-08", "地理参考", "应有 CGCS2000 投影坐标（IfcMapConversion 与 IfcProjectedCRS）；IFC2x3 可用 IfcSite 经纬度。", ERROR,
        "CJJ/T 315-2022；foundation.md §13",
    )  # fmt: skip
    check.checked = 1
    if not georef.placed:
        findings.fault(check, georef.problem)
    check = _open(
        findings, "MD-09", "地理参考精度", "经纬度只精确到米级且没有高程基准，宜改用投影坐标。", WARNING, "CJJ/T 315-2022"
    )
    if georef.placed:
        check.checked = 1
        if georef.kind == "site":
            findings.fault(check, "模型只有 IfcSite 的经纬度，没有投影坐标，落图位置可能有米级偏差。")
    check = _open(
        findings,
        "MD-10",
        "高程基准",
        "高程应采用1985国家高程基准，并写在 IfcProjectedCRS.VerticalDatum。",
        WARNING,
        "CJJ/T 315-2022；GB 22021",
    )
    if georef.kind == "map":
        check.checked = 1
        if not any(mark in georef.vertical for mark in HEIGHT_1985):
            written = f"写的是“{georef.vertical}”" if georef.vertical else "没有写"
            findings.fault(check, f"高程基准{written}，应为1985国家高程基准。")


def shapes(failed: list[tuple[str, str, str]], tried: int, findings: Findings) -> None:
    """Elements whose geometry could not be made: (class, name, GlobalId)."""
    check = _open(
        findings, "MD-11", "构件几何可生成", "有几何表达的构件应能生成实体，否则不能算量和显示。", WARNING, "GB/T 51447-2021"
    )
    check.checked = tried
    for ifc_class, name, code in failed:
        findings.fault(check, f"{described(ifc_class, name)}的几何无法生成。", code)
