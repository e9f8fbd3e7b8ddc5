"""Small IFC models made in code: a building of a few storeys with Chinese names, in IFC2x3, IFC4 or IFC4.3, with chosen faults.

For the demonstration and the tests. Lengths are written in millimetres, as authoring programs do. Identifiers follow from names, so that
the same call gives the same elements and a changed one can be compared with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ifcopenshell
import ifcopenshell.guid

SPACE = uuid.UUID("0d0f6f0e-6a52-5b8e-8f0b-3d8e5b5c1a77")
FAULTS = frozenset(
    {"narrow_door", "no_fire_rating", "nameless", "duplicate_id", "no_georef", "unknown_crs", "site_only", "no_units", "no_spaces", "lost_element", "steep_stair"}
)  # fmt: skip
ROOMS = ("客厅", "主卧室", "厨房", "楼梯间")
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


def building(
    schema: str = "IFC4", *, name: str = "示例住宅楼", place: Place | None = None, storeys: int = 3, faults: Sequence[str] = (), rooms: int = 4,
    moved: float = 0.0, extra: int = 0,
) -> bytes:  # fmt: skip
    """IFC text of a building 12 m × 9 m. `moved` shifts the inner wall (metres), `extra` adds columns on the ground floor: for comparisons."""
    unknown = set(faults) - FAULTS
    if unknown:
        raise ValueError(f"no such faults: {sorted(unknown)}")
    made = _Maker(schema, name, place or Place(), frozenset(faults), moved)
    for number in range(storeys):
        made.storey(number, storeys, rooms, extra if number == 0 else 0)
    return made.text()


class _Maker:
    """Builds one file."""

    def __init__(self, schema: str, name: str, place: Place, faults: frozenset[str], moved: float) -> None:
        self.file = ifcopenshell.file(schema="IFC4X3_ADD2" if schema.startswith("IFC4X3") else schema)
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
        self._spatial()

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

    # -- structure -----------------------------------------------------------------------------------------------------

    def _spatial(self) -> None:
        units: list[Any] = []
        if "no_units" not in self.faults:
            units = [
                self.make("IfcSIUnit", UnitType="LENGTHUNIT", Prefix="MILLI", Name="METRE"),
                self.make("IfcSIUnit", UnitType="AREAUNIT", Name="SQUARE_METRE"),
                self.make("IfcSIUnit", UnitType="VOLUMEUNIT", Name="CUBIC_METRE"),
            ]
        units.append(self.make("IfcSIUnit", UnitType="PLANEANGLEUNIT", Name="RADIAN"))
        assignment = self.make("IfcUnitAssignment", Units=tuple(units))
        self.project = self.root(
            "IfcProject", "project", Name=f"{self.name}工程", RepresentationContexts=(self.context,), UnitsInContext=assignment
        )
        self.site_at = self.at(0, 0, 0)
        extra: dict[str, Any] = {}
        if "site_only" in self.faults or self.schema == "IFC2X3":
            extra = {
                "RefLatitude": (30, 35, 34, 80_000),
                "RefLongitude": (114, 18, 19, 800_000),
                "RefElevation": self.place.height * 1000,
            }
        if "no_georef" in self.faults:
            extra = {}
        self.site = self.root("IfcSite", "site", Name="场地", ObjectPlacement=self.site_at, CompositionType="ELEMENT", **extra)
        if self.schema != "IFC2X3" and not self.faults & {"no_georef", "site_only"}:
            self._map()
        self.building_at = self.at(0, 0, 0, self.site_at)
        self.building = self.root(
            "IfcBuilding", "building", Name=self.name, ObjectPlacement=self.building_at, CompositionType="ELEMENT"
        )
        self.whole("project", self.project, [self.site])
        self.whole("site", self.site, [self.building])
        self.floors: list[Any] = []

    def _map(self) -> None:
        import math

        unit = self.make("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE")
        name = "本地坐标系" if "unknown_crs" in self.faults else self.place.crs
        crs = self.make(
            "IfcProjectedCRS",
            Name=name,
            GeodeticDatum="CGCS2000",
            VerticalDatum=self.place.vertical,
            MapProjection="高斯-克吕格",
            MapUnit=unit,
        )
        angle = math.radians(self.place.angle)
        self.make(
            "IfcMapConversion", SourceCRS=self.context, TargetCRS=crs, Eastings=self.place.easting, Northings=self.place.northing,
            OrthogonalHeight=self.place.height, XAxisAbscissa=math.cos(angle), XAxisOrdinate=math.sin(angle), Scale=0.001,
        )  # fmt: skip

    def whole(self, key: str, top: Any, parts: list[Any]) -> None:
        """Decomposition."""
        self.root("IfcRelAggregates", f"parts/{key}", RelatingObject=top, RelatedObjects=tuple(parts))

    def storey(self, number: int, count: int, rooms: int, extra: int) -> None:
        """One storey of 3 m: slab, walls with doors and windows, rooms, a stair; a roof on the last."""
        z = number * 3.0
        title = f"{number + 1}层"
        at = self.at(0, 0, z, self.building_at)
        floor = self.root(
            "IfcBuildingStorey", f"storey/{number}", Name=title, Elevation=z * 1000, ObjectPlacement=at, CompositionType="ELEMENT"
        )
        self.floors.append(floor)
        self.contained[number] = []
        self._slab(number, title, at)
        outer = [("南", 0, 0, 12, 0.24), ("北", 0, 8.76, 12, 0.24), ("西", 0, 0.24, 0.24, 8.52), ("东", 11.76, 0.24, 0.24, 8.52)]
        walls = {side: self._wall(number, f"{title}{side}外墙", at, x, y, dx, dy, outer=True) for side, x, y, dx, dy in outer}
        inner = self._wall(number, f"{title}内墙", at, 6.0 + self.moved, 0.24, 0.2, 8.52, outer=False)
        for place in range(3):
            self._opening(
                number, "IfcWindow", f"{title}窗C{place + 1}", at, walls["北"], 1.5 + place * 3.5, 8.76, 1.5, 0.24, 0.9, 1.5
            )
        wide = 0.7 if "narrow_door" in self.faults and number == 0 else 1.2
        self._opening(number, "IfcDoor", f"{title}外门M1221", at, walls["南"], 5.0, 0.0, wide, 0.24, 0.0, 2.1, exit=True)
        self._opening(number, "IfcDoor", f"{title}内门M0921", at, inner, 6.0 + self.moved, 3.0, 0.2, 0.9, 0.0, 2.1, exit=False)
        for place in range(extra):
            box = self.shape(self.box(1.0 + place, 4.0, 0, 0.4, 0.4, 2.8, "柱"))
            column = self.root(
                "IfcColumn",
                f"column/{number}/{place}",
                Name=f"{title}柱Z{place + 1}",
                ObjectPlacement=self.at(0, 0, 0, at),
                Representation=box,
            )
            self._typed("IfcColumnType", "矩形柱400×400", column, "COLUMN")
            self._material("混凝土C30", column)
            self.contained[number].append(column)
        self._stair(number, title, at)
        if "no_spaces" not in self.faults:
            self._rooms(number, title, at, floor, rooms)
        if number == count - 1:
            roof = self.root(
                "IfcSlab", "roof", Name="屋面板", ObjectPlacement=self.at(0, 0, 0, at), Representation=self.shape(self.box(-0.3, -0.3, 2.88, 12.6, 9.6, 0.12, "屋面")),
                PredefinedType="ROOF",
            )  # fmt: skip
            self.pset("roof", roof, "Pset_SlabCommon", {"FireRating": "1.50h", "IsExternal": True})
            self._material("混凝土C30", roof)
            self.contained[number].append(roof)

    def _slab(self, number: int, title: str, at: Any) -> None:
        slab = self.root(
            "IfcSlab", f"slab/{number}", Name=f"{title}楼板", ObjectPlacement=self.at(0, 0, 0, at), PredefinedType="FLOOR",
            Representation=self.shape(self.box(0, 0, -0.12, 12, 9, 0.12, "板")),
        )  # fmt: skip
        self.pset(f"slab/{number}", slab, "Pset_SlabCommon", {"FireRating": "1.50h", "IsExternal": False, "LoadBearing": True})
        self.qto(
            f"slab/{number}", slab, "Qto_SlabBaseQuantities", [("Area", "GrossArea", 108.0), ("Volume", "GrossVolume", 12.96)]
        )
        self._typed("IfcSlabType", "现浇板120", slab, "FLOOR")
        self._material("混凝土C30", slab)
        self.contained[number].append(slab)

    def _wall(self, number: int, name: str, at: Any, x: float, y: float, dx: float, dy: float, *, outer: bool) -> Any:
        title = "" if "nameless" in self.faults and not outer else name
        wall = self.root(
            "IfcWall",
            f"wall/{name}",
            Name=title,
            ObjectPlacement=self.at(x, y, 0, at),
            Representation=self.shape(self.box(0, 0, 0, dx, dy, 2.88, "墙")),
        )
        values: dict[str, Any] = {"IsExternal": outer, "LoadBearing": outer, "FireRating": "2.00h"}
        if "no_fire_rating" in self.faults:
            del values["FireRating"]
            del values["LoadBearing"]
        self.pset(f"wall/{name}", wall, "Pset_WallCommon", values)
        if outer:
            length = max(dx, dy)
            self.qto(f"wall/{name}", wall, "Qto_WallBaseQuantities", [
                ("Length", "Length", length * 1000), ("Area", "GrossSideArea", round(length * 2.88, 4)), ("Volume", "GrossVolume", round(dx * dy * 2.88, 4)),
            ])  # fmt: skip
        self._typed(
            "IfcWallType", "外墙240" if outer else "内墙200", wall, "STANDARD" if self.schema == "IFC2X3" else "SOLIDWALL"
        )
        self._material("加气混凝土砌块", wall)
        if not ("lost_element" in self.faults and number == 0 and not outer):
            self.contained[number].append(wall)
        return wall

    def _opening(
        self,
        number: int,
        kind: str,
        name: str,
        at: Any,
        wall: Any,
        x: float,
        y: float,
        dx: float,
        dy: float,
        z: float,
        dz: float,
        *,
        exit: bool = False,
    ) -> None:
        hole_at = self.at(x, y, z, at)
        hole = self.root(
            "IfcOpeningElement",
            f"hole/{name}",
            Name=f"{name}洞口",
            ObjectPlacement=hole_at,
            Representation=self.shape(self.box(0, 0, 0, dx, dy, dz)),
        )
        self.root("IfcRelVoidsElement", f"voids/{name}", RelatingBuildingElement=wall, RelatedOpeningElement=hole)
        along = dx >= dy or exit
        wide, thick = (dx, dy) if along else (dy, dx)
        title = "门" if kind == "IfcDoor" else "窗"
        solid = (
            self.box(0, dy / 2 - 0.03, 0, dx, 0.06, dz, title) if along else self.box(dx / 2 - 0.03, 0, 0, 0.06, dy, dz, title)
        )
        leaf = self.root(
            kind, f"leaf/{name}", Name=name, ObjectPlacement=self.at(0, 0, 0, hole_at), Representation=self.shape(solid), OverallHeight=dz * 1000,
            OverallWidth=wide * 1000,
        )  # fmt: skip
        self.root("IfcRelFillsElement", f"fills/{name}", RelatingOpeningElement=hole, RelatedBuildingElement=leaf)
        if kind == "IfcDoor":
            outside = exit and number == 0
            values: dict[str, Any] = {"FireRating": "无" if not exit else "乙级", "FireExit": exit, "IsExternal": outside}
            self.pset(f"door/{name}", leaf, "Pset_DoorCommon", values)
            self.pset(
                f"clear/{name}",
                leaf,
                "Pset_DoorClearance",
                {"ClearWidth": ("IfcPositiveLengthMeasure", round((wide - 0.05) * 1000, 1))},
            )
            self._typed(
                "IfcDoorStyle" if self.schema == "IFC2X3" else "IfcDoorType", f"平开门{wide * 1000:.0f}×2100", leaf, "DOOR"
            )
        else:
            self._typed("IfcWindowStyle" if self.schema == "IFC2X3" else "IfcWindowType", "推拉窗1500×1500", leaf, "WINDOW")
        if thick:
            self.contained[number].append(leaf)

    def _stair(self, number: int, title: str, at: Any) -> None:
        riser = 0.19 if "steep_stair" in self.faults else 0.1667
        steps = [self.box(8.0, 5.0 + step * 0.26, 0, 1.2, 0.26, riser * (step + 1), "楼梯") for step in range(9)]
        stair_at = self.at(0, 0, 0, at)
        stair = self.root("IfcStair", f"stair/{number}", Name=f"{title}楼梯LT1", ObjectPlacement=stair_at)
        flight = self.root(
            "IfcStairFlight",
            f"flight/{number}",
            Name=f"{title}梯段",
            ObjectPlacement=self.at(0, 0, 0, stair_at),
            Representation=self.shape(*steps),
        )
        self.whole(f"stair/{number}", stair, [flight])
        self.pset(f"stair/{number}", stair, "Pset_StairCommon", {
            "FireExit": True, "RiserHeight": ("IfcPositiveLengthMeasure", riser * 1000), "TreadLength": ("IfcPositiveLengthMeasure", 260.0),
        })  # fmt: skip
        self.pset(f"stairclear/{number}", stair, "Pset_StairClearance", {"ClearWidth": ("IfcPositiveLengthMeasure", 1150.0)})
        self.contained[number].append(stair)

    def _rooms(self, number: int, title: str, at: Any, floor: Any, rooms: int) -> None:
        made = []
        corners = [(0.24, 0.24), (6.2, 0.24), (0.24, 4.6), (6.2, 4.6)]
        for place in range(rooms):
            x, y = corners[place % 4]
            use = ROOMS[place % 4]
            room = self.root(
                "IfcSpace", f"room/{number}/{place}", Name=f"{number + 1}{place + 1:02d}", LongName=use, ObjectPlacement=self.at(x, y, 0, at),
                Representation=self.shape(self.box(0, 0, 0, 5.5, 4.1, 2.88)), CompositionType="ELEMENT",
            )  # fmt: skip
            self.pset(f"room/{number}/{place}", room, "Pset_SpaceFireSafetyRequirements", {"FireCompartment": "防火分区1"})
            made.append(room)
        self.whole(f"rooms/{number}", floor, made)

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

    def text(self) -> bytes:
        """The file, with everything tied together."""
        self.whole("building", self.building, self.floors)
        for number, elements in self.contained.items():
            self.root(
                "IfcRelContainedInSpatialStructure",
                f"contains/{number}",
                RelatedElements=tuple(elements),
                RelatingStructure=self.floors[number],
            )
        for name, (kind, elements) in self.types.items():
            self.root("IfcRelDefinesByType", f"typed/{name}", RelatedObjects=tuple(elements), RelatingType=kind)
        for name, (material, elements) in self.materials.items():
            self.root("IfcRelAssociatesMaterial", f"of/{name}", RelatedObjects=tuple(elements), RelatingMaterial=material)
        if "duplicate_id" in self.faults:
            walls = self.file.by_type("IfcWall")
            walls[1].GlobalId = walls[0].GlobalId
        header = self.file.header
        header.file_name.name = f"{self.name}.ifc"
        header.file_name.time_stamp = "2026-01-01T08:00:00"
        header.file_name.originating_system = "示例建模软件 1.0"
        return str(self.file.to_string()).encode()
