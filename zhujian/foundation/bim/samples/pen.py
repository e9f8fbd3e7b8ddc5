"""Writes entities: placements, boxes, styles, property sets, types and materials. Metres in, millimetres written."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import ifcopenshell
import ifcopenshell.guid

SPACE = uuid.UUID("0d0f6f0e-6a52-5b8e-8f0b-3d8e5b5c1a77")
COLOURS = {
    "墙": (0.87, 0.84, 0.78, 0.0), "板": (0.62, 0.62, 0.60, 0.0), "门": (0.55, 0.36, 0.22, 0.0), "窗": (0.45, 0.68, 0.85, 0.6),
    "楼梯": (0.70, 0.70, 0.72, 0.0), "柱": (0.55, 0.57, 0.60, 0.0), "屋面": (0.50, 0.25, 0.20, 0.0),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where the origin stands: easting, northing, height in metres, angle of the model's X axis from the easting (degrees), frame."""

    easting: float = 529_299.86
    northing: float = 3_385_869.45
    height: float = 22.5
    angle: float = 0.0
    crs: str = "EPSG:4547"
    vertical: str = "1985国家高程基准"


class Pen:
    """One file on its way."""

    def __init__(self, schema: str, name: str, place: Place, faults: frozenset[str], moved: float) -> None:
        self.file: Any = ifcopenshell.file(schema="IFC4X3_ADD2" if schema.startswith("IFC4X3") else schema)  # type: ignore[arg-type]
        self.schema, self.name, self.place, self.faults, self.moved = schema, name, place, faults, moved
        self.owner: Any = None
        if schema == "IFC2X3":
            self.owner = self._owner()
        self.axes = self.make("IfcAxis2Placement3D", Location=self.point(0, 0, 0))
        self.context = self.make(
            "IfcGeometricRepresentationContext",
            ContextType="Model",
            CoordinateSpaceDimension=3,
            Precision=1e-5,
            WorldCoordinateSystem=self.axes,
        )
        self.body = self.make(
            "IfcGeometricRepresentationSubContext",
            ContextIdentifier="Body",
            ContextType="Model",
            ParentContext=self.context,
            TargetView="MODEL_VIEW",
        )
        self.styles = {title: self._style(title, *rgba) for title, rgba in COLOURS.items()}
        self.types: dict[str, tuple[Any, list[Any]]] = {}
        self.materials: dict[str, tuple[Any, list[Any]]] = {}
        self.contained: dict[int, list[Any]] = {}

    # -- small things --------------------------------------------------------------------------------------------------

    def make(self, kind: str, **values: Any) -> Any:
        """One instance."""
        return self.file.create_entity(kind, **values)

    def root(self, kind: str, key: str, **values: Any) -> Any:
        """One rooted instance with an identifier that follows from its key."""
        code = ifcopenshell.guid.compress(uuid.uuid5(SPACE, f"{self.name}/{key}").hex)
        return self.make(kind, GlobalId=code, OwnerHistory=self.owner, **values)

    def point(self, *values: float) -> Any:
        """A point; metres in, millimetres written."""
        return self.make("IfcCartesianPoint", Coordinates=tuple(float(v) * 1000 for v in values))

    def at(self, x: float, y: float, z: float, relative: Any = None) -> Any:
        """A placement."""
        axes = self.make("IfcAxis2Placement3D", Location=self.point(x, y, z))
        return self.make("IfcLocalPlacement", PlacementRelTo=relative, RelativePlacement=axes)

    def _owner(self) -> Any:
        person = self.make("IfcPerson", FamilyName="张")
        organisation = self.make("IfcOrganization", Name="示例设计院")
        both = self.make("IfcPersonAndOrganization", ThePerson=person, TheOrganization=organisation)
        program = self.make(
            "IfcApplication",
            ApplicationDeveloper=organisation,
            Version="1",
            ApplicationFullName="示例",
            ApplicationIdentifier="sample",
        )
        return self.make(
            "IfcOwnerHistory", OwningUser=both, OwningApplication=program, ChangeAction="ADDED", CreationDate=1_767_225_600
        )

    def _style(self, title: str, r: float, g: float, b: float, clear: float) -> Any:
        colour = self.make("IfcColourRgb", Red=r, Green=g, Blue=b)
        rendering = self.make(
            "IfcSurfaceStyleRendering", SurfaceColour=colour, Transparency=clear, ReflectanceMethod="NOTDEFINED"
        )
        return self.make("IfcSurfaceStyle", Name=title, Side="BOTH", Styles=(rendering,))

    def box(self, x: float, y: float, z: float, dx: float, dy: float, dz: float, title: str = "") -> Any:
        """A box from its low corner, as an extrusion."""
        corner = self.make("IfcAxis2Placement2D", Location=self.point(x + dx / 2, y + dy / 2))
        profile = self.make("IfcRectangleProfileDef", ProfileType="AREA", Position=corner, XDim=dx * 1000.0, YDim=dy * 1000.0)
        up = self.make("IfcDirection", DirectionRatios=(0.0, 0.0, 1.0))
        base = self.make("IfcAxis2Placement3D", Location=self.point(0, 0, z))
        solid = self.make("IfcExtrudedAreaSolid", SweptArea=profile, Position=base, ExtrudedDirection=up, Depth=dz * 1000.0)
        if title in self.styles:
            style: Any = self.styles[title]
            if self.schema == "IFC2X3":
                style = self.make("IfcPresentationStyleAssignment", Styles=(style,))
            self.make("IfcStyledItem", Item=solid, Styles=(style,))
        return solid

    def shape(self, *solids: Any) -> Any:
        """A body."""
        body = self.make(
            "IfcShapeRepresentation",
            ContextOfItems=self.body,
            RepresentationIdentifier="Body",
            RepresentationType="SweptSolid",
            Items=solids,
        )
        return self.make("IfcProductDefinitionShape", Representations=(body,))

    # -- what elements say ---------------------------------------------------------------------------------------------

    def pset(self, key: str, element: Any, name: str, values: dict[str, Any]) -> None:
        """A property set; a pair gives the measure's type."""
        properties = []
        for title, value in values.items():
            kind, raw = value if isinstance(value, tuple) else ("IfcBoolean" if isinstance(value, bool) else "IfcLabel", value)
            nominal = self.file.create_entity(kind, raw)
            properties.append(self.make("IfcPropertySingleValue", Name=title, NominalValue=nominal))
        made = self.root("IfcPropertySet", f"pset/{name}/{key}", Name=name, HasProperties=tuple(properties))
        self.root(
            "IfcRelDefinesByProperties", f"defines/{name}/{key}", RelatedObjects=(element,), RelatingPropertyDefinition=made
        )

    def qto(self, key: str, element: Any, name: str, values: list[tuple[str, str, float]]) -> None:
        """A quantity set: (kind, name, value in the file's units)."""
        rows = tuple(self.make(f"IfcQuantity{kind}", Name=title, **{f"{kind}Value": value}) for kind, title, value in values)
        made = self.root("IfcElementQuantity", f"qto/{key}", Name=name, Quantities=rows)
        self.root("IfcRelDefinesByProperties", f"counts/{key}", RelatedObjects=(element,), RelatingPropertyDefinition=made)

    def _typed(self, kind: str, name: str, element: Any, predefined: str) -> None:
        if name not in self.types:
            extra: dict[str, Any] = {"PredefinedType": predefined}
            if kind in ("IfcDoorStyle", "IfcDoorType"):
                extra = {"OperationType": "SINGLE_SWING_LEFT"} if kind == "IfcDoorType" else {
                    "OperationType": "SINGLE_SWING_LEFT", "ConstructionType": "WOOD", "ParameterTakesPrecedence": False, "Sizeable": False}  # fmt: skip
                if kind == "IfcDoorType":
                    extra["PredefinedType"] = "DOOR"
            elif kind == "IfcWindowStyle":
                extra = {
                    "ConstructionType": "ALUMINIUM",
                    "OperationType": "SINGLE_PANEL",
                    "ParameterTakesPrecedence": False,
                    "Sizeable": False,
                }
            elif kind == "IfcWindowType":
                extra = {"PredefinedType": "WINDOW", "PartitioningType": "SINGLE_PANEL"}
            self.types[name] = (self.root(kind, f"type/{name}", Name=name, **extra), [])
        self.types[name][1].append(element)

    def _material(self, name: str, element: Any) -> None:
        if name not in self.materials:
            self.materials[name] = (self.make("IfcMaterial", Name=name), [])
        self.materials[name][1].append(element)
