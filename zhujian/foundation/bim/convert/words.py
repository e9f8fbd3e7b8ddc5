"""Chinese names of IFC classes, and how a foreign value is put into a Chinese sentence."""

from __future__ import annotations

CLASSES = {
    "IfcWall": "墙", "IfcWallStandardCase": "墙", "IfcCurtainWall": "幕墙", "IfcSlab": "板", "IfcRoof": "屋面", "IfcColumn": "柱", "IfcBeam": "梁",
    "IfcDoor": "门", "IfcWindow": "窗", "IfcStair": "楼梯", "IfcStairFlight": "梯段", "IfcRamp": "坡道", "IfcRampFlight": "坡道段", "IfcRailing": "栏杆",
    "IfcCovering": "饰面", "IfcFooting": "基础", "IfcPile": "桩", "IfcMember": "杆件", "IfcPlate": "板件", "IfcSpace": "空间", "IfcZone": "分区",
    "IfcBuildingElementProxy": "其他构件", "IfcFurnishingElement": "家具", "IfcFurniture": "家具", "IfcFlowTerminal": "末端设备", "IfcFlowSegment": "管段",
    "IfcFlowFitting": "管件", "IfcSanitaryTerminal": "卫生器具", "IfcLightFixture": "灯具", "IfcPipeSegment": "水管", "IfcDuctSegment": "风管",
    "IfcCableCarrierSegment": "桥架", "IfcTransportElement": "电梯与运输设备", "IfcFireSuppressionTerminal": "灭火设施", "IfcReinforcingBar": "钢筋",
    "IfcElementAssembly": "组合构件", "IfcChimney": "烟囱", "IfcShadingDevice": "遮阳", "IfcProject": "项目", "IfcSite": "场地", "IfcBuilding": "建筑",
    "IfcBuildingStorey": "楼层", "IfcOpeningElement": "洞口", "IfcValve": "阀门", "IfcPump": "水泵", "IfcFan": "风机", "IfcAlarm": "报警设备",
    "IfcSensor": "传感器", "IfcDistributionPort": "接口", "IfcKerb": "路缘石", "IfcPavement": "路面", "IfcGeographicElement": "地理要素",
}  # fmt: skip


def label(ifc_class: str) -> str:
    """Chinese name of a class; the class itself when it has none here."""
    return CLASSES.get(ifc_class, ifc_class)


def described(ifc_class: str, name: str) -> str:
    """An element in a sentence: 门“M1021”."""
    return f"{label(ifc_class)}“{name}”" if name else f"{label(ifc_class)}（未命名）"
