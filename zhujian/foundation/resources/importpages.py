"""Bulk import, part two: upload → report → import all, or the good rows with the bad ones handed back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal
from zhujian.foundation.resources import importing, mappages, progress, registry, sheets, templating
from zhujian.foundation.resources.background import asking
from zhujian.foundation.resources.downloads import XLSX, attachment
from zhujian.foundation.resources.importing import Checked, Fault, Line
from zhujian.foundation.resources.models import ImportBatch, ImportJob

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

SHOWN = 200


_limit = asking.number


def upload_page(request: HttpRequest, resource: Resource) -> HttpResponse:
    """What to do and where to put the file; POST checks it and leads to the report."""
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            batch = receive(resource, request.FILES.get("file"))
        except Refusal as refusal:
            reasons = refusal.reasons
        else:
            return HttpResponseRedirect(_next(resource, batch))
    context = {
        "resource": resource, "reasons": reasons, "most_rows": _limit("import_max_rows"), "most_megabytes": _limit("import_max_megabytes"),
        "layered": resource.shape is not None, "most_features": _limit("import_max_features"),
        "most_layer_megabytes": _limit("import_max_layer_megabytes"),
        "columns": [(item, templating.hint_of(item)) for item in importing.columns(resource)],
    }  # fmt: skip
    return render(request, "resources/import.html", context, status=422 if reasons else 200)


def _next(resource: Resource, batch: ImportBatch) -> str:
    """Where the person goes on from here."""
    return registry.route(resource, "import_mapping" if batch.state == "mapping" else "import_report", batch.pk)


def receive(resource: Resource, upload: UploadedFile | None) -> ImportBatch:
    """Check an uploaded table and keep it with its report; a file with geometry is kept until its columns and frame are decided.

    A large file is only kept here: the worker reads it (`background`). Refusal when it is neither table nor layer.
    """
    if upload is None:
        raise Refusal("import.no_file", "请选择要导入的文件。", "file")
    layered = resource.shape is not None and not (upload.name or "").lower().endswith((".xlsx", ".csv"))
    most = _limit("import_max_layer_megabytes" if layered else "import_max_megabytes")
    if (upload.size or 0) > most * 1024 * 1024:
        raise Refusal("import.too_large", f"文件超过 {most} MB，请拆成几个文件分别导入。", "file")
    data = upload.read()
    with transaction.atomic():  # a file that cannot be read leaves nothing
        batch = ImportBatch.objects.create(
            resource=resource.key, file_name=(upload.name or "")[-200:], content=data, digest=sm3_hex(data), parties=_mine()
        )
        if asking.heavy(data):
            asking.ask(batch, "read")
        else:
            read_into(resource, batch)
    return batch


def read_into(resource: Resource, batch: ImportBatch, *, layer: str = "", background: bool = False) -> None:
    """Read a kept file: one to be mapped gets a first guess, a table by the template is checked (many rows by the worker)."""
    data, name = bytes(batch.content), batch.file_name
    if resource.shape is not None and mappages.needed(resource, data, name):
        mappages.keep(resource, batch, layer=layer, large=background)
        return
    batch.total = len(sheets.read(data, name, most_rows=_limit("import_max_rows")).rows)
    batch.save(update_fields=["total"])
    if not background and asking.many(batch.total):
        asking.ask(batch, "check")
    else:
        check_into(resource, batch)


def check_into(resource: Resource, batch: ImportBatch) -> None:
    """Check a table by the template and keep the report. Refusal when there is nothing in it."""
    table = sheets.read(bytes(batch.content), batch.file_name, most_rows=_limit("import_max_rows"))
    keep_report(batch, importing.check(resource, table))
    if not batch.total:
        raise Refusal("import.empty", "表格里没有要导入的数据，请从第2行开始填写。", "file")


def keep_report(batch: ImportBatch, checked: Checked) -> None:
    """The batch with what its check found."""
    batch.state, batch.total, batch.faults = "checked", checked.total, [fault.as_list() for fault in checked.faults]
    batch.created, batch.updated, batch.skipped = len(checked.create), len(checked.update), len(checked.skip)
    batch.refused = len(checked.bad_rows)
    batch.save(update_fields=["state", "total", "faults", "created", "updated", "skipped", "refused"])


def _mine() -> list[str]:
    return [f"person:{scope.current().actor_id}"]


def _batch(resource: Resource, pk: int, *, lock: bool = False) -> ImportBatch:
    rows = ImportBatch.objects.filter(pk=pk, resource=resource.key).defer("content", "preview")
    batch = (rows.select_for_update() if lock else rows).first()
    if batch is None:
        raise NotFound("import.not_found", "没有找到这次导入，报告可能已过保存期，请重新上传文件。")
    return batch


def report_page(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """The report, or how far the work is; POST imports as the person chose: ``all`` or ``good``."""
    if request.method == "POST":
        do_import(resource, pk, request.POST.get("choice", "all"))
        return HttpResponseRedirect(registry.route(resource, "import_report", pk))
    batch = _batch(resource, pk)
    if batch.state == "mapping":
        return HttpResponseRedirect(registry.route(resource, "import_mapping", pk))
    faults = [Fault(*fault) for fault in batch.faults]
    context = {
        **progress_of(resource, batch), "faults": faults[:SHOWN], "more": max(0, len(faults) - SHOWN), "good": batch.created + batch.updated,
    }  # fmt: skip
    return render(request, "resources/import_report.html", context)


def progress_of(resource: Resource, batch: ImportBatch) -> dict[str, Any]:
    """What the progress part shows."""
    running = batch.state in asking.RUNNING.values()
    job = ImportJob.objects.filter(batch=batch).first() if running else None
    return {"resource": resource, "batch": batch, "job": job, "running": running}


def progress_part(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """How far a large import is; asked for again every second while it runs, then the page is loaded anew."""
    context = progress_of(resource, _batch(resource, pk))
    response = render(request, "resources/import_progress.html", context)
    if not context["running"]:
        response["HX-Refresh"] = "true"
    return response


def cancel(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Call a running import off."""
    asking.do_cancel(_batch(resource, pk))
    return HttpResponseRedirect(registry.route(resource, "import_report", pk))


def do_import(resource: Resource, pk: int, choice: str) -> ImportBatch:
    """Import a checked batch, a large one by the worker. Done twice it refuses the second time."""
    batch = _batch(resource, pk, lock=True)
    if batch.state != "checked":
        raise Conflict("import.done", "这个文件已经导入过了，或还没有检查，不必重复提交。")
    if asking.many(batch.total):
        asking.ask(batch, "save", {"choice": "good" if choice == "good" else "all"})
        return batch
    return save_into(resource, batch, choice)


def save_into(resource: Resource, batch: ImportBatch, choice: str) -> ImportBatch:
    """Save a batch: it is checked again, because the register may have moved on; all of it or nothing of it is saved.

    `choice` ``all`` needs every row to be right; ``good`` leaves the faulty rows out.
    """
    with progress.part(0, 10, "读取文件"):
        table, plan = mappages.table_of(resource, batch)
    with progress.part(10, 50):
        checked = importing.check(resource, table, trial=False, plan=plan)
    created: list[models.Model] = []
    updated: list[models.Model] = []
    if choice == "good" or not checked.faults:
        with transaction.atomic(), progress.part(50, 95, "存入登记簿"):
            created, updated = _save(resource, checked)
            if checked.faults and choice != "good":
                transaction.set_rollback(True)
    faults = [fault.as_list() for fault in checked.faults]
    if checked.faults and choice != "good":
        if not batch.refused:  # the register has moved on since the check: show what stands in the way now
            batch.faults, batch.refused = faults, len(checked.bad_rows)
        batch.state = "checked"
        batch.save(update_fields=["state", "faults", "refused"])
        return batch
    batch.faults = faults
    if not resource.own_create:
        resource.stored(created)
    resource.imported(created, updated)
    batch.state, batch.done_at = "imported", timezone.now()
    batch.created, batch.updated = len(created), len(updated)
    batch.skipped, batch.refused = len(checked.skip), len(checked.bad_rows)
    batch.save(update_fields=["state", "done_at", "faults", "created", "updated", "skipped", "refused"])
    registry.audit("import", resource.key, file=batch.file_name, digest=batch.digest, created=len(created), updated=len(updated))
    return batch


def _save(resource: Resource, checked: Checked) -> tuple[list[models.Model], list[models.Model]]:
    """Write the good rows; what is still refused joins the faults."""
    if not resource.own_create:
        return importing.save_good(resource, checked)
    created, new, checked.create = [], checked.create, []
    updated = importing.save_good(resource, checked)[1]
    for line in new:
        try:
            with transaction.atomic():
                created.append(resource.create(line.values))
        except Refusal as refusal:
            checked.faults += [importing.fault(resource, line, reason) for reason in refusal.reasons]
    return created, updated


def template_file(request: HttpRequest, resource: Resource) -> HttpResponse:
    """The template to fill in."""
    return attachment(templating.workbook(resource), f"{resource.title}导入模板.xlsx", XLSX)


def faults_file(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """The faulty rows as they were brought, faulty cells marked, with a last column that says why; ready to mend and upload."""
    batch = _batch(resource, pk)
    table, headings = mappages.brought(resource, batch)
    by_row: dict[int, list[Fault]] = {}
    for raw in batch.faults:
        by_row.setdefault(raw[0], []).append(Fault(*raw))
    book = sheets.Workbook(write_only=True)
    sheet = book.create_sheet(sheets.safe_title(resource.title))
    sheet.freeze_panes = "A2"
    sheets.set_widths(sheet, [18] * len(table.heads) + [60, 10])
    sheet.append([sheets.cell(sheet, head, sheets.HEAD) for head in (*table.heads, "问题", "原行号")])
    labels = headings or [_heading(resource, head) for head in table.heads]
    for line in (Line(number, {"cells": cells}) for number, cells in table.rows if number in by_row):
        faults = by_row[line.number]
        wrong = {fault.column for fault in faults}
        cells = [
            sheets.cell(sheet, _native(value), sheets.FAULT if label in wrong else None)
            for label, value in zip(labels, line.values["cells"], strict=True)
        ]
        words = "；".join(f"{fault.column}：{fault.reason}" if fault.column else fault.reason for fault in faults)
        sheet.append([*cells, sheets.cell(sheet, words, sheets.FAULT), line.number])
    return attachment(sheets.saved(book), f"{resource.title}问题清单.xlsx", XLSX)


def _heading(resource: Resource, head: str) -> str:
    head = head.rstrip("*＊ ").strip()
    return next((item.heading for item in importing.columns(resource) if head in (item.name, item.label, item.heading)), head)


def _native(value: Any) -> Any:
    return value if isinstance(value, (int, float, str)) or hasattr(value, "isoformat") else str(value)
