"""A building of a few storeys, drawn with a `Pen`."""

from __future__ import annotations

import math
from typing import Any

from zhujian.foundation.bim.samples.pen import Pen, Place

ROOMS = ("客厅", "主卧室", "厨房", "楼梯间")


class House(Pen):
    """Slabs, walls with openings, doors, windows, rooms, stairs, a roof; with the faults it was told to have."""

    def __init__(self, schema: str, name: str, place: Place, faults: frozenset[str], moved: float) -> None:
        super().__init__(schema, name, place, faults, moved)
        self._spatial()

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
