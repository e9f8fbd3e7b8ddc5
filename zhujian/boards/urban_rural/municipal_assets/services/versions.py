"""Versions of a facility: what changed in the field becomes a new version, what was written wrongly is corrected; gone is retired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import models, transaction

from zhujian.boards.urban_rural.municipal_assets.models import Asset
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.resources import registry, writing

FIXED = ("code", "region_code")  # a facility keeps its code and county through all its versions


def _locked(record: Asset) -> Asset:
    found = type(record)._default_manager.select_for_update().filter(pk=record.pk).first()
    if found is None:
        raise NotFound("asset.not_found", "没有找到这处设施，可能不在您的管辖范围内。")
    if found.valid_to is not None:
        raise Conflict("asset.closed", "这是历史版本或已停用的设施，不能再变更。请打开现状版本。")
    return found


@transaction.atomic
def new_version(record: Asset, on: date, values: Mapping[str, Any], *, basis: str, expected: int | None = None) -> Asset:
    """The facility from the day `on` on, with `values` (by field); what it was until then stays as a closed row of its own.

    The present row keeps its id, so that pipes, covers, papers and addresses stay. Refusals: ``asset.closed``, ``asset.version_date``,
    ``asset.unchanged``, ``asset.basis``; Conflict ``edit.stale`` when somebody was faster than `expected`.
    """
    if not basis.strip():
        raise Refusal("asset.basis", "请写明变化的依据，例如竣工测量编号、改造工程名称。", "basis")
    row = _locked(record)
    resource = registry.of_model(type(row))
    if resource is None:
        raise LookupError(f"{type(row).__name__} has no resource")
    kept = {name: value for name, value in values.items() if name not in FIXED and name != "valid_from"}
    before = {name: getattr(row, resource.field(name).attname) for name in kept}
    draft = writing.apply(resource, type(row)._default_manager.get(pk=row.pk), dict(kept))
    changed = [name for name in kept if getattr(draft, resource.field(name).attname) != before[name]]
    if not changed:
        raise Conflict("asset.unchanged", "没有任何变化，不需要形成新版本。")
    if not row.planned and on <= row.valid_from:
        raise Conflict(
            "asset.version_date",
            f"新版本的启用日期应晚于现状版本的启用日期（{row.valid_from:%Y-%m-%d}）；只是改正登记错误，请用“修改”。",
            "valid_from",
        )
    if not row.planned:
        _keep(row, on)
    draft.valid_from, draft.planned = on, bool(kept.get("planned", False))  # type: ignore[attr-defined]
    draft.parties = list(
        dict.fromkeys([*resource.parties({n: getattr(draft, n) for n in ("owner_org", "maintainer_org", "regulator_org")})])
    )  # type: ignore[attr-defined]
    names = [resource.field(name).attname for name in changed]
    draft.save_version(row.version if expected is None else expected, fields=[*names, "valid_from", "planned", "parties"])  # type: ignore[attr-defined]
    _tell("asset.versioned", draft, {"changed": sorted(changed), "from": on.isoformat(), "basis": basis.strip()[:200]})
    return draft  # type: ignore[return-value]


def _keep(row: Asset, until: date) -> None:
    copy = type(row)._default_manager.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    copy.valid_to = until
    copy.save(force_insert=True)


@transaction.atomic
def retire(record: Asset, on: date, *, basis: str, status: str = "removed") -> Asset:
    """The facility is true until `on`; nothing is deleted. Refusals: ``asset.closed``, ``asset.retire_date``, ``asset.basis``."""
    if not basis.strip():
        raise Refusal("asset.basis", "请写明停用或拆除的依据。", "basis")
    row = _locked(record)
    if on <= row.valid_from:
        raise Conflict("asset.retire_date", f"停用日期应晚于启用日期（{row.valid_from:%Y-%m-%d}），请核对。", "on")
    row.valid_to, row.status = on, status
    row.save_version(row.version, fields=["valid_to", "status"])
    _tell("asset.retired", row, {"on": on.isoformat(), "status": status, "basis": basis.strip()[:200]})
    return row


def _tell(act: str, row: models.Model, more: dict[str, Any]) -> None:
    subject = registry.subject_of(row)
    payload = {"code": row.code, "feature_id": str(row.feature_id), **more}  # type: ignore[attr-defined]
    common = {"region_code": row.region_code, "parties": row.parties}  # type: ignore[attr-defined]
    events.publish(act, subject=subject, payload=payload, **common)
    evidence.record(f"municipal_assets.{act.partition('.')[2]}", object_id=subject, payload=payload, **common)


def tell_imported(resource: str, records: Sequence[models.Model], created: int, updated: int) -> None:
    """One event and one entry of evidence for a file, in the region most of its rows are in."""
    if not records:
        return
    region = Counter(row.region_code for row in records).most_common(1)[0][0]  # type: ignore[attr-defined]
    payload = {"resource": resource, "created": created, "updated": updated}
    subject = f"{resource}:{records[0].pk}"
    events.publish("asset.imported", subject=subject, payload=payload, region_code=region)
    evidence.record("municipal_assets.imported", object_id=subject, payload=payload, region_code=region)
