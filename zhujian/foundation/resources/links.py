"""Kinds of value that point at something else: a region, another record, a place on the map."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.gis.geos import GEOSGeometry, Point
from django.db.models import Model, QuerySet

from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.kinds import Bad, Kind, plain

KEYS = 5_000  # values of one statement: PostgreSQL takes at most 65,535
SRID = 4490  # CGCS2000; within display accuracy the same as WGS 84


T = TypeVar("T")


def pieces(values: Sequence[T], size: int = KEYS) -> Iterator[Sequence[T]]:
    """`values` in pieces of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


class Place(Kind):
    """A 12-digit region code, shown by name, read from a code or a name inside the actor's own range."""

    name = "region"
    control = "region"

    def show(self, value: Any) -> str:
        if not value:
            return ""
        from zhujian.foundation.regions import selectors

        return selectors.name(value)

    def parse(self, raw: Any) -> str | None:
        text = plain(raw)
        if not text:
            return None
        code = self._code(text)
        who = scope.current()
        if who.kind == "official" and not who.region_lo <= code < who.region_hi:
            raise Bad("region_scope", f"“{self.show(code)}”不在您的管辖范围内，只能填本辖区的行政区划。")
        return code

    def _code(self, text: str) -> str:
        from zhujian.foundation.regions import selectors

        if text.isascii() and text.isdigit() and len(text) in (2, 4, 6, 9, 12):
            code = text.ljust(12, "0")
            if selectors.exists(code):
                return code
            raise Bad("region", f"没有区划代码 {text}，或它已停用，请核对。")
        who = scope.current()
        within = who.region_code if who.kind == "official" else ""
        found = selectors.find(text, within=within) or selectors.find(text)
        exact = [division for division in found if text in (division.name, selectors.full_name(division.code))]
        found = exact or found
        if not found:
            raise Bad("region", f"没有找到行政区划“{text[:20]}”，请填全称（如武汉市武昌区）或代码（如420106）。")
        highest = [
            division for division in found if len(scope.region_prefix(division.code)) == len(scope.region_prefix(found[0].code))
        ]
        if len(highest) > 1:
            names = "、".join(f"{selectors.full_name(one.code)}（{scope.region_prefix(one.code)}）" for one in highest[:3])
            raise Bad("region_many", f"有多个“{text[:20]}”：{names}，请填区划代码。")
        return highest[0].code

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^\\d{12}$", "description": "12位行政区划代码"}

    def example(self) -> str:
        return self.show(scope.current().region_code) or "武昌区"

    def hint(self) -> str:
        return "行政区划名称或代码"


class ByCounty(dict[str, int]):
    """Ids of what one code names, by county (six digits): the code counts within each."""

    text = ""


class Link(Kind):
    """A reference to a record of `target`: shown by its label, read from its key, its label or its id.

    SQL gives two columns (id, label); a shown value is that pair, or a model instance.
    """

    name = "link"
    control = "link"
    width = 2
    json_types = (int,)

    def __init__(self, target: type[Model]) -> None:
        self.target = target

    @property
    def label_field(self) -> str:
        """The target's field that people know it by."""
        from zhujian.foundation.resources import registry

        return registry.label_field(self.target)

    @property
    def key_fields(self) -> tuple[str, ...]:
        """Fields a person may type to name the target: its unique texts, then its label."""
        unique = [
            f.name
            for f in self.target._meta.concrete_fields
            if f.unique and not f.primary_key and f.get_internal_type() == "CharField"
        ]
        return tuple(dict.fromkeys([*unique, self.label_field]))

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, Model):
            return str(getattr(value, self.label_field))
        key, label = value
        return "" if key is None else str(label) if label is not None else "（不在您的查看范围内）"

    def candidates(self) -> QuerySet[Any]:
        """Rows that may be chosen or named: the present ones. A subclass may narrow them."""
        from zhujian.foundation.resources import periods

        return periods.present_rows(self.target, self.target._default_manager.all())

    @property
    def counted(self) -> bool:
        """Whether the target's codes are unique within a county only."""
        from zhujian.foundation.resources import registry

        resource = registry.of_model(self.target)
        return resource is not None and resource.key_in_county

    def resolve(self, texts: Iterable[str], *, by_county: bool = False) -> dict[str, int | Bad | ByCounty]:
        """Ids of the records named by `texts`, a few thousand at a time; what is not found or not unique becomes `Bad`.

        Of a thing with versions, a name means the present one. `by_county`: what is counted by county gives its id in each county.
        """
        split = by_county and self.counted
        wanted = {text for text in texts if text}
        found: dict[str, int | Bad | ByCounty] = {}
        rows = self.candidates()
        for name in self.key_fields:
            for some in pieces(sorted(wanted - found.keys())):
                named = rows.filter(**{f"{name}__in": some})
                for key, pk, county in named.values_list(name, "pk", "county_key" if split else "pk"):
                    _note(found, key, pk, county if split else "")
        title = self.target._meta.verbose_name
        for text in wanted - found.keys():
            found[text] = Bad("link", f"没有找到{title}“{text[:30]}”，请核对，或先登记该{title}。")
        return found

    def parse(self, raw: Any) -> int | None:
        if isinstance(raw, int) and not isinstance(raw, bool):
            if not 0 < raw < 2**63 or not self.target._default_manager.filter(pk=raw).exists():
                raise Bad("link", f"没有找到这条{self.target._meta.verbose_name}，请重新选择。")
            return raw
        text = plain(raw)
        if not text:
            return None
        if text.startswith("#") and text[1:].isascii() and text[1:].isdigit():  # what the form's select sends
            return self.parse(int(text[1:]))
        value = self.resolve([text])[text]
        if isinstance(value, Bad):
            raise value
        return value

    def json(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return value[0]
        return value.pk if isinstance(value, Model) else value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": 2**63 - 1, "description": f"{self.target._meta.verbose_name}的id"}

    def hint(self) -> str:
        return f"{self.target._meta.verbose_name}的编码或名称"


def _note(found: dict[str, int | Bad | ByCounty], key: str, pk: int, county: str) -> None:
    """Enter one record found by `key`; two of the same name (in the same county) are not told apart."""
    many = Bad("link_many", f"有多条“{key}”，请改填编码。")
    known = found.get(key)
    if not county:
        found[key] = pk if known in (None, pk) else many
    elif known is None or isinstance(known, ByCounty):
        place = known if known is not None else ByCounty()
        place.text = key
        found[key] = place if place.setdefault(county, pk) == pk else many


@dataclass(frozen=True)
class Unfit:
    """A shape of a file that cannot be taken, with the reason; stands in the table in place of a geometry."""

    code: str
    message: str

    def __str__(self) -> str:
        return ""


class Shape(Kind):
    """A geometry in CGCS2000. A point is typed as longitude,latitude; other shapes as GeoJSON."""

    name = "shape"
    control = "shape"
    json_types = (dict,)

    def __init__(self, geometry: str = "POINT") -> None:
        self.geometry = geometry

    def show(self, value: Any) -> str:
        if value in (None, ""):
            return ""
        shape = json.loads(value.json if isinstance(value, GEOSGeometry) else value)
        if shape["type"] == "Point":
            return "{:.6f}, {:.6f}".format(*shape["coordinates"][:2])
        return {"LineString": "线", "MultiLineString": "线", "Polygon": "范围", "MultiPolygon": "范围"}.get(shape["type"], "图形")

    def parse(self, raw: Any) -> GEOSGeometry | None:
        if isinstance(raw, GEOSGeometry):  # from a file with geometry: already in this frame, of this type, and valid
            return raw
        if isinstance(raw, Unfit):
            raise Bad(raw.code, raw.message)
        if isinstance(raw, dict):
            return self._from_geojson(raw)
        text = plain(raw).replace("，", ",")
        if not text:
            return None
        if text.startswith("{"):
            try:
                return self._from_geojson(json.loads(text))
            except (ValueError, RecursionError):
                raise Bad("shape", "不是有效的 GeoJSON，请核对。") from None
        parts = [part for part in text.replace(",", " ").split() if part]
        try:
            lon, lat = (float(part) for part in parts)
        except ValueError:
            raise Bad("shape", "位置应填写“经度,纬度”，例如 114.305,30.593。") from None
        if self.geometry not in ("POINT", "GEOMETRY"):
            raise Bad("shape", "这里需要线或面，请粘贴 GeoJSON。")
        return self._checked(Point(lon, lat, srid=SRID), [(lon, lat)])

    def _from_geojson(self, raw: dict[str, Any]) -> GEOSGeometry:
        from shapely import wkb
        from shapely.geometry import shape

        try:
            made = shape(raw)
            points = [(p[0], p[1]) for p in _flat(raw.get("coordinates"))]
        except Exception:  # shapely raises many kinds for foreign input; all mean the same to the person
            raise Bad("shape", "不是有效的 GeoJSON 图形，请核对。") from None
        if made.geom_type.upper() != self.geometry and self.geometry != "GEOMETRY":
            raise Bad("shape_type", f"图形类型应为 {self.geometry}，收到的是 {made.geom_type}。")
        if made.is_empty or not made.is_valid:
            raise Bad("shape_valid", "图形无效（为空或边线自相交），请在制图软件中修正后再提交。")
        return self._checked(GEOSGeometry(memoryview(wkb.dumps(made, output_dimension=2)), srid=SRID), points)

    @staticmethod
    def _checked(made: GEOSGeometry, points: Iterable[tuple[float, float]]) -> GEOSGeometry:
        for lon, lat in points:
            if not (math.isfinite(lon) and math.isfinite(lat)):
                raise Bad("shape", "坐标应为数字。")
            if 73 <= lat <= 136 and 3 <= lon <= 54:
                raise Bad("shape_swapped", "经度和纬度似乎写反了，应先写经度再写纬度。")
            if not (73 <= lon <= 136 and 3 <= lat <= 54):
                raise Bad("shape_range", "坐标不在中国范围内，请使用 CGCS2000 经纬度（十进制度）。")
        return made

    def json(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        return json.loads(value.json if isinstance(value, GEOSGeometry) else value)

    def schema(self) -> dict[str, Any]:
        names = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon",
                 "MULTILINESTRING": "MultiLineString", "MULTIPOINT": "MultiPoint"}  # fmt: skip
        kind = {"const": names[self.geometry]} if self.geometry in names else {"type": "string"}
        coordinates: dict[str, Any] = {"type": "array"}
        if self.geometry == "POINT":
            sides = [{"type": "number", "minimum": 73, "maximum": 136}, {"type": "number", "minimum": 3, "maximum": 54}]
            coordinates |= {"prefixItems": sides, "items": False, "minItems": 2, "maxItems": 2}
        return {"type": "object", "required": ["type", "coordinates"], "properties": {"type": kind, "coordinates": coordinates}}

    def example(self) -> str:
        return "114.305,30.593" if self.geometry in ("POINT", "GEOMETRY") else ""

    def hint(self) -> str:
        return "经度,纬度（CGCS2000）" if self.geometry == "POINT" else "GeoJSON（CGCS2000）"


def _flat(coordinates: Any) -> Iterable[Any]:
    """Positions inside nested GeoJSON coordinates."""
    if coordinates and isinstance(coordinates[0], (int, float)):
        yield coordinates
        return
    for part in coordinates or ():
        yield from _flat(part)
