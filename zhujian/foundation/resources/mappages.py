"""Bulk import of files with geometry: which column is which field, in which frame and height datum; and the preview on the map.

The file stays as it was brought; what is decided here is kept with it and applied each time it is read (`sources.plans`).
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal
from zhujian.foundation.resources import importing, places, progress, registry, sheets, sources
from zhujian.foundation.resources.background import asking
from zhujian.foundation.resources.forms import Control, widget_for
from zhujian.foundation.resources.kinds import Labels
from zhujian.foundation.resources.links import Link, Shape
from zhujian.foundation.resources.models import ImportBatch, ImportProfile
from zhujian.foundation.resources.sheets import Table
from zhujian.foundation.resources.sources import Source, frames, mapping, outline, plans, shaping

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

PREVIEWED = 3000
GOOD, BAD = "可以导入", "有问题"
USUAL = ("region_code", "valid_from", "source", "status", "batch")  # asked first; the rest is folded away
_limit = asking.number


def needed(resource: Resource, data: bytes, name: str) -> bool:
    """Whether a file has to be mapped: it carries geometry, or its headings are not the template's."""
    if sources.looks_spatial(data, name):
        return True
    table = sheets.read(data, name, most_rows=_limit("import_max_features"))
    try:
        importing.match_heads(resource, table.heads)
    except Refusal as refusal:
        strange = all(reason.code in ("import.unknown_column", "import.missing_column") for reason in refusal.reasons)
        # A table in which not one heading means anything is no list of this register at all.
        return strange and bool(table.rows) and bool(mapping.guess(table.heads, _names(resource), {}))
    return False


def keep(resource: Resource, batch: ImportBatch, *, layer: str = "", large: bool = False) -> None:
    """A file with a first guess of how it is to be read; of a `large` one an outline is kept too. Refusal when it cannot be read."""
    source = sources.read(bytes(batch.content), batch.file_name, most=_limit("import_max_features"), layer=layer)
    batch.options, batch.total, batch.state = guessed(resource, source), len(source.rows), "mapping"
    batch.outline = outline.of(source, batch.options["columns"]).kept() if large else {}
    batch.save(update_fields=["options", "total", "state", "outline"])


def outline_of(batch: ImportBatch, layer: str | None = None, columns: dict[str, str] | None = None) -> outline.Outline:
    """The file in short: as it was kept when it is large, else read again."""
    if batch.outline:
        return outline.kept(batch.outline)
    return outline.of(source_of(batch, layer), batch.options.get("columns", {}) if columns is None else columns)


def source_of(batch: ImportBatch, layer: str | None = None) -> Source:
    """The batch's file, read again; `layer` instead of the one decided."""
    chosen = batch.options.get("layer", "") if layer is None else layer
    return sources.read(bytes(batch.content), batch.file_name, most=_limit("import_max_features"), layer=chosen)


def table_of(resource: Resource, batch: ImportBatch) -> tuple[Table, plans.Plan | None]:
    """The batch's file as a table of fields; with its plan when it was mapped."""
    if not batch.options:
        return sheets.read(bytes(batch.content), batch.file_name, most_rows=_limit("import_max_rows")), None
    return plans.table_of(resource, source_of(batch), batch.options)


def brought(resource: Resource, batch: ImportBatch) -> tuple[Table, list[str]]:
    """The file's table as it was brought, and the heading of the field behind each column (empty list: by the template)."""
    if not batch.options:
        return sheets.read(bytes(batch.content), batch.file_name, most_rows=_limit("import_max_rows")), []
    source = source_of(batch)
    columns = batch.options.get("columns", {})
    labels = [
        resource.field(name).heading if (name := columns.get(head, "")) in resource.fields else head for head in source.heads
    ]
    return Table(source.heads, source.rows), labels


# Guessing ----------------------------------------------------------------------------------------------------------


def _names(resource: Resource) -> dict[str, tuple[str, ...]]:
    """Field → the names it goes by, without the position."""
    fields = [item for item in importing.columns(resource) if not isinstance(item.kind, Shape)]
    return {item.name: (item.name, item.label, item.heading, *resource.aliases.get(item.name, ())) for item in fields}


def _mine() -> list[str]:
    """Whose decision it is: the organisation's; without one, the person's."""
    who = scope.current()
    firm = [key for key in who.keys if key.startswith("org:")]
    return firm[:1] or [f"person:{who.actor_id}"]


def _remembered(resource: Resource, source: Source) -> ImportProfile | None:
    return ImportProfile.objects.filter(resource=resource.key, signature=mapping.signature(source.heads), parties=_mine()).first()


def local_longitude() -> float:
    """Longitude of the actor's region, to tell the central meridian that surveys there use."""
    from zhujian.foundation.regions.models import RegionBoundary

    code = scope.current().region_code
    above = [code[:size].ljust(12, "0") for size in (12, 9, 6, 4, 2)]
    found = {row.code: row.centre.x for row in RegionBoundary.objects.filter(code__in=above).only("code", "centre")}
    return next((found[one] for one in above if one in found), 114.0)


def guessed(resource: Resource, source: Source) -> dict[str, Any]:
    """How a file is probably to be read; what is not certain is left to the person."""
    known = _remembered(resource, source)
    columns = mapping.guess(source.heads, _names(resource), known.columns if known else {})
    found = outline.of(source, columns).guess(local_longitude())
    frame = str(found.epsg) if found.epsg else known.frame if known else ""
    region = scope.current().region_code
    fixed = {
        "region_code": region if len(scope.region_prefix(region)) >= 6 else plans.BY_PLACE,
        "valid_from": timezone.localdate().isoformat(),
    }
    return {
        "layer": source.layer, "columns": columns, "frame": frame, "datum": "", "level": "",
        "fixed": {name: text for name, text in fixed.items() if name in resource.form_names and name not in columns.values()},
    }  # fmt: skip


# Pages -------------------------------------------------------------------------------------------------------------


class FixedForm(forms.Form):
    """Values that hold for the whole file, for fields without a column."""

    def __init__(self, resource: Resource, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="id_%s", label_suffix="", prefix="fixed", initial=initial)
        for item in importing.columns(resource):
            if isinstance(item.kind, (Shape, Labels)) or item.name in resource.natural_key or item.name in resource.elevations:
                continue
            if isinstance(item.kind, Link) and item.name not in ("batch",):
                continue
            control = Control(item, widget_for(item))
            control.required = False
            if item.name == "region_code":
                control.widget = forms.Select(choices=[(plans.BY_PLACE, "按位置判定县（市、区）"), *places.options()])
            self.fields[item.name] = control

    def parts(self, resource: Resource, taken: set[str]) -> tuple[list[forms.BoundField], list[forms.BoundField]]:
        """(what is usually needed, the rest) of the fields that no column gives."""
        free = [name for name in self.fields if name not in taken and name != resource.datum]
        first = [name for name in free if name in USUAL or resource.field(name).required]
        return [self[name] for name in first], [self[name] for name in free if name not in first]


def mapping_page(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Decide how the file is read; POST checks it and leads to the report."""
    batch = _open(resource, pk)
    reasons: tuple[Reason, ...] = (Reason("import.not_done", batch.verdict),) if batch.verdict else ()
    options = batch.options
    if request.method == "POST":
        options = _chosen(resource, request, batch)
        if options["layer"] != batch.options.get("layer", ""):
            if batch.outline:
                asking.ask(batch, "read", {"layer": options["layer"]})
            else:
                keep(resource, batch, layer=options["layer"])
            step = "import_report" if batch.state == "reading" else "import_mapping"
            return HttpResponseRedirect(registry.route(resource, step, pk))
        try:
            with transaction.atomic():
                _decide(resource, batch, options, confirmed="confirmed" in request.POST)
            return HttpResponseRedirect(registry.route(resource, "import_report", pk))
        except Refusal as refusal:
            reasons = refusal.reasons
    return render(
        request,
        "resources/import_mapping.html",
        _context(resource, batch, options, reasons),
        status=422 if reasons and request.method == "POST" else 200,
    )


def _open(resource: Resource, pk: int) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=pk, resource=resource.key).first()
    if batch is None or not batch.options:
        raise NotFound("import.not_found", "没有找到这次导入，文件可能已过保存期，请重新上传。")
    if batch.state == "imported":
        raise Conflict("import.done", "这个文件已经导入过了，如需再次导入请重新上传。")
    if batch.state not in ("mapping", "checked"):
        raise Conflict("import.running", "这个文件正在后台处理，请等处理结束后再继续。")
    return batch


def _chosen(resource: Resource, request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """What the form says, kept to known fields and sizes."""
    post = request.POST
    asked = post.get("layer") or None
    source = outline_of(batch, asked)
    targets = {*_names(resource), mapping.X, mapping.Y, mapping.WKT}
    columns = {head: target for at, head in enumerate(source.heads) if (target := post.get(f"column-{at}", "")) in targets}
    fixed = {name: post[f"fixed-{name}"][:400] for name in resource.form_names if post.get(f"fixed-{name}")}
    frame = (post.get("frame_other", "").strip() or post.get("frame", ""))[:10]
    return {
        "layer": asked if batch.outline and asked in source.layers else source.layer,
        "columns": columns,
        "frame": frame.upper().removeprefix("EPSG:").strip().lower(), "datum": post.get("datum", "")[:12],
        "level": post.get("level", "")[:40], "fixed": fixed,
    }  # fmt: skip


def _decide(resource: Resource, batch: ImportBatch, options: dict[str, Any], *, confirmed: bool) -> None:
    """Check the file as decided, keep report and decision; many rows are checked by the worker.

    Refusal when the decision is incomplete or contradicts itself.
    """
    reasons = decision_reasons(resource, options, confirmed=confirmed)
    if reasons:
        raise Refusal(reasons=reasons)
    shape = resource.shape
    heads = [target for target in options["columns"].values() if target in resource.fields] + ([shape.name] if shape else [])
    given = {*heads, *plans.plan_of(resource, options, heads).fixed}
    missing = [item for item in importing.columns(resource) if item.required and item.name not in given]
    if missing:
        names = "、".join(f"“{item.label}”" for item in missing)
        raise Refusal(
            "import.missing_column", f"必填的{names}还没有对应的列，请选择列，或在“全部要素相同的值”里填写。", "columns"
        )
    if asking.many(batch.total):
        if options["frame"]:
            shaping.mover(options["frame"])  # an impossible frame is told at once
        batch.options = options
        batch.save(update_fields=["options"])
        asking.ask(batch, "check", {"decision": options})
    else:
        check_decided(resource, batch, options)


def check_decided(resource: Resource, batch: ImportBatch, options: dict[str, Any], *, background: bool = False) -> None:
    """Check a file as a person decided it is to be read, keep the report, and remember the decision for the organisation."""
    from zhujian.foundation.resources.importpages import keep_report

    with progress.part(0, 10, "读取文件和换算坐标"):
        source = source_of(batch, options["layer"])
        table, plan = plans.table_of(resource, source, options)
    with progress.part(10, 98):
        checked = importing.check(resource, table, plan=plan)
    batch.options = options
    keep_report(batch, checked)
    batch.preview = preview_of(resource, batch, table) if background else None
    batch.save(update_fields=["options", "preview"])
    everything = {head: options["columns"].get(head, "") for head in source.heads}
    ImportProfile.objects.update_or_create(
        resource=resource.key, signature=mapping.signature(source.heads), parties=_mine(),
        defaults={"columns": everything, "frame": options["frame"] if source.epsg is None and not source.wkt else ""},
    )  # fmt: skip


def decision_reasons(resource: Resource, options: dict[str, Any], *, confirmed: bool) -> list[Reason]:
    """What is missing from a decision: columns used twice, frame, its confirmation, height datum."""
    found = []
    targets = list(options["columns"].values())
    if twice := {target for target in targets if targets.count(target) > 1}:
        labels = "、".join(resource.field(name).label if name in resource.fields else name for name in sorted(twice))
        found.append(Reason("import.repeated_column", f"有两列都对应“{labels}”，请只保留一列。", "columns"))
    ended = bool(resource.ends) and set(resource.ends) <= set(targets) and not {mapping.X, mapping.WKT} & set(targets)
    if not options["frame"] and not ended:
        found.append(Reason("import.frame", "请选择坐标系。", "frame"))
    if not confirmed:
        found.append(Reason("import.confirm", "请核对坐标系与成果说明一致，并勾选确认。", "confirmed"))
    used = {*targets, options["level"]} & set(resource.elevations)
    if used and not options["datum"] and resource.datum not in targets:
        found.append(Reason("import.datum", "文件里有高程，请指明高程基准（深度和高程不能混用）。", "datum"))
    return found


def _context(resource: Resource, batch: ImportBatch, options: dict[str, Any], reasons: tuple[Reason, ...]) -> dict[str, Any]:
    columns = options.get("columns", {})
    source = outline_of(batch, options.get("layer"), columns)
    found = source.guess(local_longitude())
    names = _names(resource)
    position = (
        []
        if source.shaped
        else [(mapping.X, "〔位置〕东坐标或经度"), (mapping.Y, "〔位置〕北坐标或纬度"), (mapping.WKT, "〔位置〕WKT 图形")]
    )
    targets = [("", "不导入"), *position, *((name, resource.field(name).heading) for name in names)]
    middle = 3 * round(local_longitude() / 3)
    choices = frames.options((middle - 6, middle - 3, middle, middle + 3))
    frame = options.get("frame", "")
    if found.epsg and str(found.epsg) not in dict(choices):
        choices.insert(0, (str(found.epsg), frames.title(found.epsg)))
    datum = resource.datum and resource.fields[resource.datum].kind.options()  # type: ignore[attr-defined]
    return {
        "resource": resource, "batch": batch, "source": source, "reasons": reasons, "types": source.types,
        "rows": [(at, head, source.samples[at], columns.get(head, "")) for at, head in enumerate(source.heads)],
        "targets": targets, "frames": choices, "frame": frame, "other": frame if frame and frame not in dict(choices) else "",
        "guess": found, "guess_title": frames.title(found.epsg) if found.epsg else "",
        "datum_options": datum or [], "datum": options.get("datum", ""),
        "levels": [(n, resource.field(n).label) for n in resource.elevations] if source.levels else [], "level": options.get("level", ""),
        "fixed": FixedForm(resource, initial=options.get("fixed", {})).parts(resource, set(columns.values())),
    }  # fmt: skip


def preview(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Features of a checked file as they would be saved, before they are: good ones and those with a problem."""
    batch = _open(resource, pk)
    if batch.preview is not None:
        return HttpResponse(gzip.decompress(bytes(batch.preview)), content_type="application/geo+json")
    table, _ = plans.table_of(resource, source_of(batch), batch.options)
    return HttpResponse(gzip.decompress(preview_of(resource, batch, table)), content_type="application/geo+json")


def preview_of(resource: Resource, batch: ImportBatch, table: Table) -> bytes:
    """The preview of a checked file as compressed GeoJSON: of many features a fair part, and those with a problem."""
    bad = {fault[0]: fault[3] for fault in reversed(batch.faults)}
    name = resource.label_name
    label = table.heads.index(name) if name in table.heads else None
    step = max(1, len(table.rows) // PREVIEWED)
    features = []
    for number, cells in [row for at, row in enumerate(table.rows) if at % step == 0 or row[0] in bad][: PREVIEWED * 2]:
        shape = cells[-1]
        if isinstance(shape, shaping.Unfit):
            continue
        features.append({
            "type": "Feature", "id": number, "geometry": json.loads(shape.json),
            "properties": {
                "row": number, "label": str(cells[label] or "") if label is not None else f"第{number}行",
                "state": BAD if number in bad else GOOD, "problem": bad.get(number, ""),
            },
        })  # fmt: skip
    return gzip.compress(json.dumps({"type": "FeatureCollection", "features": features}).encode(), 1)
