"""Census batches: started, sampled, concluded, published; as-built surveys with their clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import AsBuilt, CensusBatch, CensusSample
from zhujian.boards.urban_rural.municipal_assets.rules import census as rules
from zhujian.boards.urban_rural.municipal_assets.selectors import census as selectors
from zhujian.boards.urban_rural.municipal_assets.services.numbering import module_codes
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.handlers_api import Node

PROCESS = "asset_census"
STATES = {
    "plan": "planned", "survey": "survey", "internal": "internal", "supervised": "supervised", "accept": "supervised", "publish": "accepted",
    "maintain": "published",
}  # fmt: skip


def parameter(name: str, region: str) -> Any:
    """The module's parameter as it stands today in a region."""
    return parameters.value(f"municipal_assets.{name}", on=timezone.localdate(), region=region)


def subject(batch: CensusBatch) -> str:
    """Subject key of a batch."""
    return f"municipal_assets.census_batch:{batch.pk}"


def batch_of(key: str) -> CensusBatch:
    """The batch a subject key names."""
    found = CensusBatch.objects.filter(pk=int(key.rpartition(":")[2])).first()
    if found is None:
        raise NotFound("census.not_found", "没有找到这个普查批次，可能不在您的管辖范围内。")
    return found


@transaction.atomic
def begin(batch: CensusBatch) -> CensusBatch:
    """Give a new batch its number and start its process."""
    if not batch.code:
        batch.code = module_codes(batch.region_code, "PC", 1)[0]
    batch.state, batch.state_since = "planned", timezone.now()
    CensusBatch.objects.filter(pk=batch.pk).update(code=batch.code, state=batch.state, state_since=batch.state_since)
    workflow.start(PROCESS, subject=subject(batch), region_code=batch.region_code, title=batch.name, parties=batch.parties)
    return batch


def draw_sample(batch: CensusBatch) -> int:
    """Draw the facilities to be surveyed again; former draws stay as numbers in `discrepancy`. How many were drawn.

    Refusal ``census.empty`` when nothing was imported for the batch.
    """
    strata = {key: [str(one) for one in ids] for key, ids in selectors.members(batch).items()}
    if not any(strata.values()):
        raise Refusal("census.empty", "这个批次还没有导入任何成果，请在导入时选择本批次。")
    share = parameter("resurvey_share", batch.region_code)
    rounds = [*batch.discrepancy.get("rounds", []), *_concluded(batch)]
    seed = f"{batch.code}-{len(rounds) + 1}"
    drawn = rules.draw(strata, seed, Decimal(str(share.value)))
    CensusSample.objects.filter(batch=batch).delete()
    places = selectors.places(drawn)
    CensusSample.objects.bulk_create(
        CensusSample(
            batch=batch, number=number, resource=key, feature_id=feature, label=places[key, feature][0], geom=places[key, feature][1],
            region_code=batch.region_code, parties=batch.parties, created_by=scope.current().actor_id,
        )
        for number, (key, feature) in enumerate(drawn, 1)
    )  # fmt: skip
    batch.sample_seed, batch.sample_share, batch.sample_rule = seed, Decimal(str(share.value)), f"{share.key}#{share.version_id}"
    batch.discrepancy = {"rounds": rounds}
    batch.save(update_fields=["sample_seed", "sample_share", "sample_rule", "discrepancy"])
    evidence.record(
        "municipal_assets.sample_drawn", object_id=subject(batch), region_code=batch.region_code, parties=batch.parties,
        payload={"seed": seed, "share": str(share.value), "drawn": len(drawn), "of": sum(map(len, strata.values()))},
    )  # fmt: skip
    return len(drawn)


def _concluded(batch: CensusBatch) -> list[dict[str, Any]]:
    """The running draw as numbers, when it was surveyed at least in part."""
    found = selectors.rates(batch)
    if not found.surveyed:
        return []
    return [
        {**asdict(found), "bad_share": str(found.bad_share), "seed": batch.sample_seed, "on": timezone.localdate().isoformat()}
    ]


class CensusHandler(ProcessHandler):
    """planned → survey → internal → supervised → accepted → published → maintained."""

    key = PROCESS

    def opened(self, task: Any) -> None:
        """The batch is in the state of the task that waits."""
        self._state(batch_of(task.subject), STATES.get(task.node, ""))

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """Facilities before a check, a ledger before acceptance, every sample surveyed before a conclusion, a reason for a return."""
        batch = batch_of(task.subject)
        if outcome == "return" and not str(data.get("comment") or "").strip():
            return [Reason("census.comment", "请在“办理意见”中写明退回的理由。", "comment")]
        if task.node == "plan" and not batch.ledger.exists():
            return [Reason("census.no_ledger", "请先登记台账长度，没有台账就算不出完整率。")]
        if task.node in ("survey", "internal") and outcome != "return" and not any(selectors.members(batch).values()):
            return [Reason("census.empty", "这个批次还没有导入任何成果，请在导入时选择本批次。")]
        if task.node == "supervised":
            return rules.supervision_reasons(
                selectors.rates(batch), outcome, Decimal(str(parameter("resurvey_bad_most", batch.region_code).value))
            )
        return []

    def act(self, node: Node, instance: Any) -> dict[str, Any]:
        """Draw the sample."""
        return {"drawn": draw_sample(batch_of(instance.subject))}

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Conclusions are kept with their parameter; publication is announced."""
        batch = batch_of(task.subject)
        if task.node == "supervised":
            found = selectors.rates(batch)
            most = parameter("resurvey_bad_most", batch.region_code)
            batch.discrepancy = {**batch.discrepancy, "last": {**asdict(found), "bad_share": str(found.bad_share), "most": str(most.value),
                                 "parameter": f"{most.key}#{most.version_id}", "outcome": outcome}}  # fmt: skip
            batch.save(update_fields=["discrepancy"])
        if task.node == "publish":
            batch.published_on = timezone.localdate()
            batch.save(update_fields=["published_on"])
            rows, whole = selectors.completeness(batch)
            events.publish(
                "census.published", subject=task.subject, region_code=batch.region_code, parties=batch.parties,
                payload={"code": batch.code, "completeness": str(whole), "km": {row.kind: str(row.surveyed_km) for row in rows}},
            )  # fmt: skip
        return {}

    def finished(self, instance: Any) -> None:
        """From now on the census is kept up to date by as-built surveys and patrols."""
        self._state(batch_of(instance.subject), "maintained")

    @staticmethod
    def _state(batch: CensusBatch, state: str) -> None:
        if not state or batch.state == state:
            return
        before, batch.state, batch.state_since = batch.state, state, timezone.now()
        batch.save(update_fields=["state", "state_since"])
        common = {"region_code": batch.region_code, "parties": batch.parties}
        payload = {"code": batch.code, "from": before, "to": state}
        events.publish("census.advanced", subject=subject(batch), payload=payload, **common)
        evidence.record("municipal_assets.census_advanced", object_id=subject(batch), payload=payload, **common)


# As-built surveys -------------------------------------------------------------------------------------------------

STEPS = {
    "deliver": ("due", "delivered", "delivered_on"),
    "check": ("delivered", "checked", "checked_on"),
    "store": ("checked", "stored", ""),
}


@transaction.atomic
def register_asbuilt(row: AsBuilt) -> AsBuilt:
    """Give a new as-built survey its number and the last day to push it."""
    days = int(parameter("asbuilt_push_days", row.region_code).value)
    row.number = row.number or module_codes(row.region_code, "JG", 1)[0]
    row.due_on = rules.push_due(row.completed_on, days)
    AsBuilt.objects.filter(pk=row.pk).update(number=row.number, due_on=row.due_on)
    return row


@transaction.atomic
def advance_asbuilt(row: AsBuilt, step: str, expected: int) -> AsBuilt:
    """竣工测量提交→质检→入库 (§20c). Conflict when the survey is not in the state before, or somebody was faster."""
    before, after, column = STEPS[step]
    if row.state != before:
        raise Conflict("asbuilt.state", "这项竣工测量已经不在这一步了，请刷新页面查看。")
    row.state = after
    names = ["state"]
    if column:
        setattr(row, column, timezone.localdate())
        names.append(column)
    row.save_version(expected, fields=names)
    if step == "deliver":
        events.publish(
            "asbuilt.delivered", subject=f"municipal_assets.as_built:{row.pk}", region_code=row.region_code, parties=row.parties,
            payload={"number": row.number, "late": bool(row.due_on and timezone.localdate() > row.due_on)},
        )  # fmt: skip
    return row
