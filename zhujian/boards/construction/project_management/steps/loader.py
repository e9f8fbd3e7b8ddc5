"""Reads the step files and a city's profile, merges and checks them. Everything wrong is reported at once, with the step's id."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from zhujian.boards.construction.project_management.steps import model
from zhujian.boards.construction.project_management.steps.model import Field, Material, Output, Profile, Step

HERE = Path(__file__).resolve().parent
PROFILES = HERE.parent / "profiles"
PARAMETERS = HERE.parent / "parameters.toml"
PREFIX = "project_management."
PLACEHOLDERS = frozenset(
    {"short", "region6", "year", "date8", "seq", "seq2", "seq3", "seq4", "seq5", "project_code", "specialty"}
)  # fmt: skip
STEP_KEYS = frozenset(Step.__dataclass_fields__) - {"stage", "promised", "enabled", "merge_into", "merged"}
PROFILE_STEP_KEYS = frozenset(
    {"enabled", "merge_into", "authority", "authority_level", "promise_allowed", "promised", "limit", "condition", "stage",
     "materials_drop", "materials_add", "mandatory"}
)  # fmt: skip


class BadSteps(ValueError):
    """The step files or a profile do not keep their contract; the message lists every fault."""


@cache
def parameter_keys() -> frozenset[str]:
    """Keys (without the module's prefix) that ``parameters.toml`` declares for the whole province."""
    raw = tomllib.loads(PARAMETERS.read_text(encoding="utf-8"))
    return frozenset(p["key"].removeprefix(PREFIX) for p in raw["parameter"] if not p.get("region"))


@cache
def code_lists() -> dict[str, tuple[tuple[str, str], ...]]:
    """Code lists of ``parameters.toml`` by full key."""
    raw = tomllib.loads(PARAMETERS.read_text(encoding="utf-8"))
    return {c["key"]: tuple((code, label) for code, label in c["items"]) for c in raw["code_list"]}


def _material(raw: dict[str, Any], code: str) -> Material:
    return Material(
        code=raw.get("code", code), title=raw["title"], required=raw.get("required", True), when=raw.get("when", ""),
        source=tuple(raw["from"].split("|")) if raw.get("from") else (), task=raw.get("task", ""),
    )  # fmt: skip


def _field(raw: dict[str, Any]) -> Field:
    options = raw.get("options", ())
    if isinstance(options, str):
        return Field(**raw, choices=code_lists().get(options, ()))
    return Field(**{**raw, "options": tuple(options)}, choices=tuple((o, o) for o in options))


def _step(raw: dict[str, Any]) -> Step:
    if unknown := set(raw) - STEP_KEYS:
        raise BadSteps(f"{raw.get('id')}: unknown {', '.join(sorted(unknown))}")
    values = dict(raw)
    for name in ("joint", "signers", "depends", "consumers", "clauses"):
        values[name] = tuple(raw.get(name, ()))
    values["limit_variants"] = tuple((v["when"], v["limit"]) for v in raw.get("limit_variants", ()))
    values["materials"] = tuple(_material(m, f"{raw['id']}-{n:02d}") for n, m in enumerate(raw["materials"], 1))
    values["fields"] = tuple(_field(f) for f in raw["fields"])
    values["output"] = Output(**raw["output"])
    return Step(stage=model.STAGE_OF_LETTER[raw["id"][0]], **values)


@cache
def base_steps() -> dict[str, Step]:
    """The provincial steps by id, in order, checked; raises `BadSteps`."""
    steps: dict[str, Step] = {}
    for path in sorted(HERE.glob("p?.toml")):
        for raw in tomllib.loads(path.read_text(encoding="utf-8"))["step"]:
            if raw["id"] in steps:
                raise BadSteps(f"{raw['id']}: declared twice")
            steps[raw["id"]] = _step(raw)
    if faults := _faults(steps):
        raise BadSteps("；\n".join(faults))
    return steps


def _faults(steps: dict[str, Step]) -> list[str]:
    found: list[str] = []
    seen: dict[str, frozenset[str]] = {}
    limits, lists = parameter_keys(), code_lists()
    for step in steps.values():
        at = step.id
        wrong = [
            (not re.fullmatch(r"[A-G]\d\d", at), "id"),
            (step.kind not in model.KINDS, "kind"),
            (step.authority not in model.AUTHORITIES, "authority"),
            (step.applicant not in {**model.PARTIES, **model.AUTHORITIES}, "applicant"),
            (bool(step.confirmer) and step.confirmer not in model.PARTIES, "confirmer"),
            (any(a not in model.AUTHORITIES for a in step.joint), "joint"),
            (any(p not in model.PARTIES for p in step.signers), "signers"),
            (bool(step.limit) and step.limit not in limits, f"limit {step.limit}"),
            (bool(step.shadow_limit) and step.shadow_limit not in limits, f"shadow_limit {step.shadow_limit}"),
            (bool(step.output.validity) and step.output.validity not in limits, f"validity {step.output.validity}"),
            (any(key not in limits for _, key in step.limit_variants), "limit_variants"),
            (step.output.kind not in model.OUTPUT_KINDS, "output.kind"),
            ((step.output.kind == "certificate") is not bool(step.output.certificate), "output.certificate"),
            (bool(set(re.findall(r"{(\w+)}", step.output.number)) - PLACEHOLDERS), "output.number"),
            (not step.clauses, "clauses"),
            (not 2 <= len(step.materials) <= 8, "materials: 2 to 8"),
            (not 3 <= len(step.fields) <= 10, "fields: 3 to 10"),
            (len({f.key for f in step.fields}) != len(step.fields), "a field twice"),
        ]
        found += [f"{at}: {what}" for bad, what in wrong if bad]
        for one in step.fields:
            found += _field_faults(at, one, seen, lists)
        for material in step.materials:
            found += [f"{at}: {material.code} from {s}" for s in material.source if s != "certificate" and s not in steps]
        seen[at] = frozenset(f.key for f in step.fields) | frozenset(model.OUTPUT_FIELDS)
    return found


def _field_faults(
    at: str, one: Field, seen: dict[str, frozenset[str]], lists: dict[str, tuple[tuple[str, str], ...]]
) -> list[str]:
    found = []
    if one.type not in model.FIELD_TYPES:
        found.append(f"{at}.{one.key}: type {one.type}")
    if (one.type == "choice") is not bool(one.options):
        found.append(f"{at}.{one.key}: options")
    if isinstance(one.options, str) and one.options not in lists:
        found.append(f"{at}.{one.key}: code list {one.options}")
    if one.prefill:
        where, _, what = one.prefill.partition(".")
        known = model.PROJECT_ATTRIBUTES if where == "project" else seen.get(where, frozenset())
        if what not in known:
            found.append(f"{at}.{one.key}: prefill {one.prefill}")
    return found


@cache
def profile_regions() -> tuple[str, ...]:
    """Regions (12 digits) that have a profile of their own."""
    return tuple(p.stem.ljust(12, "0") for p in sorted(PROFILES.glob("[0-9]*.toml")))


def _profile_path(region: str) -> Path:
    for size in (9, 6, 4):
        path = PROFILES / f"{region[:size].ljust(6, '0')}.toml"
        if len(region) >= size and path.exists():
            return path
    return PROFILES / "default.toml"


@cache
def merged(path: Path) -> tuple[Profile, dict[str, Step]]:
    """Profile of a file and the steps as changed by it; raises `BadSteps`."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    profile = Profile(
        region=raw.get("region", ""), title=raw["title"], cap_days=raw["cap_days"], basis=raw["basis"],
        confidence=raw["confidence"], stage_days=raw["stage_days"], differences=tuple(raw.get("differences", ())),
    )  # fmt: skip
    steps = dict(base_steps())
    for key, change in raw.get("step", {}).items():
        if key not in steps or (unknown := set(change) - PROFILE_STEP_KEYS):
            raise BadSteps(f"{path.name}: {key} {', '.join(sorted(unknown)) if key in steps else 'is no step'}")
        steps[key] = _changed(steps[key], change)
    for step in list(steps.values()):
        if step.merge_into:
            target = steps.get(step.merge_into)
            if target is None or target.merge_into or not target.enabled:
                raise BadSteps(f"{path.name}: {step.id} is merged into {step.merge_into}, which is not done on its own")
            steps[target.id] = _absorb(target, step)
    if bad := [s.id for s in steps.values() if s.limit and s.limit not in parameter_keys()]:
        raise BadSteps(f"{path.name}: limit of {', '.join(bad)} is no parameter")
    return profile, steps


def _changed(step: Step, change: dict[str, Any]) -> Step:
    plain = {k: v for k, v in change.items() if not k.startswith("materials_")}
    drop = set(change.get("materials_drop", ()))
    if missing := drop - {m.code for m in step.materials}:
        raise BadSteps(f"{step.id}: no material {', '.join(sorted(missing))}")
    kept = tuple(m for m in step.materials if m.code not in drop)
    added = tuple(_material(m, "") for m in change.get("materials_add", ()))
    return replace(step, materials=kept + added, **plain)


def _absorb(target: Step, step: Step) -> Step:
    """`target` with the materials and fields of `step`, which is applied for together with it."""
    titles, keys = {m.title for m in target.materials}, {f.key for f in target.fields}
    materials = tuple(m for m in step.materials if m.title not in titles and target.id not in m.source)
    fields = tuple(f for f in step.fields if f.key not in keys)
    return replace(
        target, materials=target.materials + materials, fields=target.fields + fields, merged=(*target.merged, step.id),
        joint=tuple(dict.fromkeys((*target.joint, *((step.authority,) if step.authority != target.authority else ())))),
    )  # fmt: skip


def catalogue_path(region: str) -> Path:
    """The profile file that serves `region` (12 digits; county, else city, else the province's default)."""
    return _profile_path(region) if region else PROFILES / "default.toml"
