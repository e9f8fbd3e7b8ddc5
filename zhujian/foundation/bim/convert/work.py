"""The whole way of one file: unpack, open, check, draw, count, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from zhujian.foundation.bim.convert import checks, geometry, georef, ids, properties, quantities, tiles
from zhujian.foundation.bim.convert.glb import Drawing
from zhujian.foundation.bim.convert.reading import Item, Model, open_model, structure
from zhujian.foundation.bim.convert.report import Findings, Refused, write_rows
from zhujian.foundation.bim.convert.unpack import header, plain

Say = Callable[[int, str], None]
LEVEL_SPACES, LEVEL_PARTS = 5, 6


@dataclass(frozen=True)
class Job:
    """What the platform asks for. Sizes in bytes; `hand`: a position given by a person (lon, lat, height, rotation)."""

    most_bytes: int
    ratio: int
    most_elements: int
    most_findings: int
    packs: tuple[ids.Pack, ...] = ()
    hand: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Job:
        """The job as the platform wrote it."""
        raw = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        packs = tuple(
            ids.Pack(
                p["key"], p["title"], p["edition"], folder / p["file"], frozenset(p["advisory"]), p["basis"], p["confidence"]
            )
            for p in raw.pop("packs")
        )
        return cls(packs=packs, **raw)


def convert(source: Path, folder: Path, job: Job, say: Say) -> dict[str, Any]:
    """Do all of it; returns what stands in ``result.json``. Refused when the file is no readable model."""
    say(1, "检查文件")
    path = plain(source, folder, most=job.most_bytes, ratio=job.ratio)
    head = header(path)
    say(3, f"读取 {head.title} 文件")
    model = open_model(path)
    findings = Findings(job.most_findings)
    structure(model, job.most_elements)
    offset = geometry.offset_of(model)
    place = _place(model, offset, job)
    say(8, f"检查结构、单位和地理参考（{len(model.items)} 个构件）")
    checks.all_checks(model, head, place, findings)
    for number, pack in enumerate(job.packs):
        say(15 + number * 5, f"按规则包检查：{pack.title}")
        ids.apply(model, pack, findings)
    drawn = _Drawn(model, offset, folder, say)
    elements = write_rows(
        folder / "elements.ndjson", ({**row, "checked": row["global_id"] in findings.touched} for row in drawn.rows())
    )
    checks.shapes(drawn.failed, drawn.tried, findings)
    write_rows(folder / "quantities.ndjson", drawn.counter.rows())
    write_rows(folder / "findings.ndjson", ({**asdict(f), "element": _index(model, f.global_id)} for f in findings.faults))
    if drawn.tiles:
        matrix = tiles.transform(place.lon or 0.0, place.lat or 0.0, place.height, place.rotation) if place.placed else None
        tiles.write(folder / "tileset.json", drawn.tiles, matrix)
    say(99, "整理结果")
    spaces = sum(1 for item in model.items if item.ifc_class == "IfcSpace")
    parts = len(model.items) - spaces
    return {
        "schema": model.file.schema_identifier, "schema_title": head.title, "header": asdict(head), "georef": place.as_dict(), "offset": offset,
        "unit": model.scale, "elements": elements, "spaces": spaces, "triangles": drawn.triangles, "checks": findings.rows(),
        "level": level(len(model.storeys), spaces, parts), "storeys": drawn.storeys, "findings": sum(c.failed for c in findings.checks),
    }  # fmt: skip


def level(storeys: int, spaces: int, parts: int) -> int:
    """CIM level that the content supports: storeys and spaces make CIM5, components besides CIM6, else CIM4 (CJJ/T 315-2022)."""
    if not storeys or not spaces:
        return 4
    return LEVEL_PARTS if parts else LEVEL_SPACES


def _index(model: Model, global_id: str) -> int | None:
    item = model.by_global_id.get(global_id) if global_id else None
    return item.index if item else None


def _place(model: Model, offset: tuple[float, float, float], job: Job) -> georef.Georef:
    found = georef.read_apart(model, offset)
    if found.placed or not job.hand:
        return found
    hand = job.hand
    return georef.Georef(
        "hand", 4490, "人工填写", lon=hand["lon"], lat=hand["lat"], height=hand["height"], rotation=hand["rotation"]
    )


class _Drawn:
    """Goes through the storeys: draws, counts and describes every element; keeps sums, never a second storey."""

    def __init__(self, model: Model, offset: tuple[float, float, float], folder: Path, say: Say) -> None:
        self.model, self.offset, self.folder, self.say = model, offset, folder, say
        self.counter = quantities.Counter(model)
        self.tiles: list[tiles.Tile] = []
        self.storeys: list[dict[str, Any]] = []
        self.failed: list[tuple[str, str, str]] = []
        self.tried = self.triangles = self.done = 0
        (folder / "storeys").mkdir(exist_ok=True)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows of elements, storey by storey."""
        for storey in self.model.storeys:
            items = self.model.in_storey(storey.number)
            drawing = Drawing()
            yield from self._storey(storey.name, items, drawing)
            uri = ""
            if drawing.table:
                uri = f"storeys/{storey.number}.glb"
                drawing.write(self.folder / uri)
                low, high = (tuple(float(v) for v in corner) for corner in (drawing.low, drawing.high))
                self.tiles.append(tiles.Tile(uri, low, high))  # type: ignore[arg-type]
                self.triangles += drawing.triangles
            self.storeys.append(
                {
                    "number": storey.number, "id": storey.global_id, "name": storey.name, "elevation": storey.elevation, "glb": uri,
                    "elements": len(items), "low": drawing.low.tolist() if uri else None, "high": drawing.high.tolist() if uri else None,
                }
            )  # fmt: skip

    def _storey(self, name: str, items: list[Item], drawing: Drawing) -> Iterator[dict[str, Any]]:
        by_step = {item.entity.id(): item for item in items}
        wanted = [item for item in items if geometry.solid(item)]
        missing = {item.entity.id() for item in wanted}
        self.tried += len(wanted)
        for shape in geometry.shapes(self.model, wanted):
            if shape.step not in missing:
                continue
            item = by_step[shape.step]
            missing.discard(shape.step)
            vertices, normals = shape.placed(self.offset)
            if item.ifc_class != "IfcSpace":
                row = (item.global_id, item.ifc_class, item.name)
                drawing.add(item.index, row, vertices, normals, shape.faces, shape.materials, shape.colours)
            box = [round(float(v), 3) for v in (*vertices.min(axis=0), *vertices.max(axis=0))]
            yield self._row(item, name, shape, box)
        for item in items:
            if item.entity.id() in missing:
                self.failed.append((item.ifc_class, item.name, item.global_id))
            if item.entity.id() in missing or not geometry.solid(item):
                yield self._row(item, name, None, None)

    def _row(self, item: Item, storey: str, shape: geometry.Shape | None, box: list[float] | None) -> dict[str, Any]:
        found = properties.of(item)
        amount = self.counter.from_sets(found)
        if shape is None:
            digests = (properties.digest_of_placement(properties.matrix_of(item.entity, self.model.scale)), properties.NO_SHAPE)
        else:
            amount = quantities.complete(amount, shape.vertices, shape.faces)
            digests = (properties.digest_of_placement(shape.matrix), properties.digest_of_shape(shape.vertices, shape.faces))
        self.counter.add(item, amount)
        self.done += 1
        if self.done % 50 == 0 or self.done == len(self.model.items):
            self.say(
                30 + int(68 * self.done / len(self.model.items)), f"生成三维：{storey}（{self.done}/{len(self.model.items)}）"
            )
        return {
            "index": item.index, "global_id": item.global_id, "ifc_class": item.ifc_class, "name": item.name, "storey": item.storey,
            "type_name": item.type_name, "properties": found, "digest": properties.digest_of_properties(item, found, storey) + "".join(digests),
            "box": box, "amount": [amount.length, amount.area, amount.volume, *amount.sources],
        }  # fmt: skip


def refused(error: Refused) -> dict[str, Any]:
    """What stands in ``result.json`` when there is no model."""
    return {"refused": {"code": error.code, "message": error.message}}
