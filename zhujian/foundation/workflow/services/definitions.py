"""Publishing definitions: from modules' files, and a city's variants from the editor page."""

from __future__ import annotations

import re
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from zhujian.foundation.identity.roles import roles
from zhujian.foundation.kernel import access, scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.kernel.registry import Module
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import lint, store
from zhujian.foundation.workflow.diagram import cached_decision, cached_process
from zhujian.foundation.workflow.handlers_api import known_forms
from zhujian.foundation.workflow.models import Definition
from zhujian.foundation.worktime.rules import UNITS

FILE = re.compile(r"^(?P<key>[A-Za-z][A-Za-z0-9_]*)(?:@(?P<region>\d{2,12}))?\.(?P<kind>bpmn|dmn)$")


def install(mod: Module) -> int:
    """Publish the files of a module's ``processes/`` folder whose content is new; how many.

    Two passes by the caller are not needed: whether called processes exist is checked by `check_closures` after all modules.
    """
    count = 0
    for path in sorted((mod.path / "processes").glob("*")):
        named = FILE.match(path.name)
        if named is None:
            continue
        xml = path.read_text(encoding="utf-8")
        region = (named["region"] or "").ljust(12, "0") if named["region"] else ""
        count += _install_one(mod, path, xml, named["key"], region)
    return count


def _install_one(mod: Module, path: Path, xml: str, key: str, region: str) -> int:
    sha = store.sha_of(xml)
    rows = Definition.objects.filter(key=key, region_code=region)
    if rows.filter(sha=sha).exists():
        return 0
    kind, inner, name, calls, decisions = store.read(xml)
    if inner != key:
        raise Refusal("workflow.definition.key", f"{path.name}：文件名与流程标识 {inner} 不一致。")
    now = timezone.now()
    # A variant that an official has published since stays in force; the file's new version waits as a draft.
    edited = rows.filter(status="published", published_by__isnull=False).exists()
    if not edited:
        rows.filter(status="published").update(status="retired")
    Definition.objects.create(
        key=key, kind=kind, region_code=region, number=(rows.aggregate(n=Max("number"))["n"] or 0) + 1, name=name, module=mod.code,
        xml=xml, sha=sha, calls=calls, decisions=decisions, status="draft" if edited else "published", note="随模块发布",
        published_at=None if edited else now,
    )  # fmt: skip
    return 1


def findings(xml: str, region_code: str = "", *, complete: bool = True) -> list[lint.Finding]:
    """Everything lint says about a file meant for `region_code`; a file that cannot be read gives one finding."""
    try:
        kind, key, _, _, _ = store.read(xml)
    except Refusal as refusal:
        return [lint.Finding(refusal.code, refusal.message)]
    if kind == "dmn":
        return lint.lint_decision(cached_decision(xml))
    process = cached_process(xml)
    default = None
    if region_code:
        row = Definition.objects.filter(key=key, region_code="", status="published").first()
        default = cached_process(row.xml) if row else None
    found = lint.lint(process, known(region_code, key) if complete else lint.Known(), default)
    if default is not None:
        found += list(lint.bypassed(process, default))
    return found


def known(region_code: str, key: str) -> lint.Known:
    """What a definition for the region may refer to."""
    codes = store.covering(region_code)
    rows = Definition.objects.filter(status="published", region_code__in=codes).values_list("key", "kind")
    return lint.Known(
        roles=frozenset(roles()), forms=known_forms() or None, limits=frozenset(_limit_keys()),
        processes={k for k, kind in rows if kind == "bpmn"} | {key}, decisions={k for k, kind in rows if kind == "dmn"},
    )  # fmt: skip


def _limit_keys() -> list[str]:
    """Keys of parameters that are time limits."""
    names = parameters.keys()
    return [key for key in names if any(p.unit in UNITS for p in parameters.versions(key))]


def editor_lists(region_code: str) -> dict[str, list[tuple[str, str]]]:
    """(code, label) lists for the editor's forms, as they stand for the region."""
    rows = Definition.objects.filter(status="published", region_code__in=store.covering(region_code)).order_by(
        "key", "region_code"
    )
    names = {(kind, key): name for key, name, kind in rows.values_list("key", "name", "kind")}
    limits = []
    for key in sorted(_limit_keys()):
        shown = parameters.versions(key)[-1]
        limits.append((key, shown.title))
    return {
        "roles": [(role.code, role.title) for role in roles().values()], "forms": [(key, key) for key in sorted(known_forms())],
        "limits": limits, "processes": [(key, name) for (kind, key), name in names.items() if kind == "bpmn"],
        "decisions": [(key, name) for (kind, key), name in names.items() if kind == "dmn"],
    }  # fmt: skip


def _require_right(region_code: str, who: scope.Scope) -> None:
    access.require("workflow.definition", "change")
    target = region_code or (who.region_code[:2] + "0000000000" if who.region_code else "")
    if not who.is_system and not who.region_lo <= target < who.region_hi:
        raise NotAllowed("workflow.definition.region", "只能修改本地区的流程变体；省级流程由省级流程管理员修改。")


@transaction.atomic
def do_save_draft(
    xml: str, *, region_code: str, note: str = "", draft_id: int | None = None
) -> tuple[Definition, list[lint.Finding]]:
    """Save a draft (a new one, or over `draft_id`) and what lint says; only unreadable files are refused."""
    who = scope.current()
    _require_right(region_code, who)
    kind, key, name, calls, decisions = store.read(xml)
    default = Definition.objects.filter(key=key, region_code="").order_by("-number").first()
    if default is None or default.kind != kind:
        raise NotFound(
            "workflow.definition.unknown", f"平台没有标识为 {key} 的流程，变体须在省级流程基础上修改，请保持流程标识不变。"
        )
    found = findings(xml, region_code)
    values = {
        "name": name, "xml": xml, "sha": store.sha_of(xml), "calls": calls, "decisions": decisions, "note": note.strip()[:300],
        "created_by": who.actor_id, "created_by_name": who.actor_name,
    }  # fmt: skip
    if draft_id is not None:
        row = Definition.objects.select_for_update().filter(pk=draft_id, key=key, region_code=region_code, status="draft").first()
        if row is None:
            raise Conflict("workflow.definition.not_draft", "这个版本已发布或已停用，不能再改，请另存为新草稿。")
        for field_name, value in values.items():
            setattr(row, field_name, value)
        row.save()
        return row, found
    rows = Definition.objects.filter(key=key, region_code=region_code)
    number = (rows.aggregate(n=Max("number"))["n"] or 0) + 1
    row = Definition.objects.create(key=key, kind=kind, region_code=region_code, number=number, module=default.module, **values)
    return row, found


def check_publish(row: Definition) -> list[Reason]:
    """Reasons against publishing a draft: every error that lint finds, and processes it needs that are not published."""
    reasons = []
    if row.status != Definition.Status.DRAFT:
        reasons.append(Reason("workflow.definition.not_draft", f"这个版本{row.get_status_display()}，只有草稿可以发布。"))
    reasons += [Reason(f.code, f.message, f.element or None) for f in findings(row.xml, row.region_code) if f.level == "error"]
    if not reasons:
        try:
            rows = store.closure(row.key, row.region_code, instead=[row])
            store.compile_definitions(row.key, [row if d.key == row.key else Definition.objects.get(pk=d.pk) for d in rows])
        except Refusal as refusal:
            reasons += refusal.reasons
        except Exception as error:  # SpiffWorkflow raises many kinds when it cannot build a process
            reasons.append(Reason("workflow.definition.compile", f"流程无法装入引擎：{error}"))
    return reasons


@transaction.atomic
def do_publish(definition_id: int) -> Definition:
    """Publish a draft; the version in force before is retired, running instances stay on theirs."""
    who = scope.current()
    row = Definition.objects.select_for_update().filter(pk=definition_id).first()
    if row is None:
        raise NotFound("workflow.definition.missing", "没有找到这个流程版本。")
    _require_right(row.region_code, who)
    refuse_if(check_publish(row))
    Definition.objects.filter(key=row.key, region_code=row.region_code, status="published").update(status="retired")
    row.status, row.published_at, row.published_by = Definition.Status.PUBLISHED, timezone.now(), who.actor_id
    try:
        with transaction.atomic():
            row.save(update_fields=["status", "published_at", "published_by"])
    except IntegrityError:
        raise Conflict("workflow.definition.raced", "他人刚刚发布了同一流程的另一版本，请刷新页面核对。") from None
    return row


@transaction.atomic
def do_retire(definition_id: int) -> Definition:
    """Take a city's variant out of force: new instances use the wider region's version again."""
    who = scope.current()
    row = Definition.objects.select_for_update().filter(pk=definition_id).first()
    if row is None:
        raise NotFound("workflow.definition.missing", "没有找到这个流程版本。")
    _require_right(row.region_code, who)
    if row.status != Definition.Status.PUBLISHED or not row.region_code:
        raise Conflict("workflow.definition.not_variant", "只能停用已发布的地方变体；省级流程请发布新版本替换。")
    row.status = Definition.Status.RETIRED
    row.save(update_fields=["status"])
    return row


def check_closures() -> list[str]:
    """Published processes whose called processes or decisions are missing, in words (after all modules are installed)."""
    missing = []
    for row in Definition.objects.filter(status="published").defer("xml"):
        try:
            store.closure(row.key, row.region_code)
        except NotFound as refusal:
            missing.append(f"{row.key}：{refusal.message}")
    return missing
