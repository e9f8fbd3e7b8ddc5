"""竣工测量 asked for by the completion filing of a project: delivered by the developer, checked, stored (urban-rural-construction.md §2, §20c)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import AsBuilt
from zhujian.boards.urban_rural.municipal_assets.services import census
from zhujian.boards.urban_rural.municipal_assets.services.census import parameter
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Reason
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow import services as workflow

PROCESS = "asset_as_built"
FILES = ("layerzip", "xlsx", "pdf", "docx")


def subject(row: AsBuilt) -> str:
    """Subject key of a survey."""
    return f"municipal_assets.as_built:{row.pk}"


def row_of(key: str) -> AsBuilt:
    """The survey a subject key names."""
    found = AsBuilt.objects.filter(pk=int(key.rpartition(":")[2])).first()
    if found is None:
        raise NotFound("asbuilt.not_found", "没有找到这项竣工测量，可能不在您的管辖范围内。")
    return found


@transaction.atomic
def open_for(payload: Mapping[str, Any], *, region_code: str, parties: Iterable[str]) -> AsBuilt | None:
    """Ask the developer of a project whose completion was filed for the as-built survey; None when none is owed.

    `payload` is that of the event ``filing.done``: projectCode, name, type, developer, developerName, occurredAt, told.accepted_on.
    A project that is filed anew keeps its survey; one that is still owed is counted from the new day.
    """
    code = str(payload.get("projectCode") or "")
    if not code or str(payload.get("type") or "") not in parameter("asbuilt_types", region_code).value:
        return None
    completed = _day(payload)
    known = AsBuilt.objects.select_for_update().filter(project_code=code).exclude(origin="manual", state="stored").first()
    if known is not None:
        if known.state == "due" and known.completed_on != completed:
            known.completed_on = completed
            known.save_version(known.version, fields=["completed_on"])
            census.register_asbuilt(known)
        return known
    developer = str(payload.get("developer") or "")
    keys = sorted({*(key for key in parties if key.startswith("org:")), *([f"org:{developer}"] if developer else [])})
    row = AsBuilt.objects.create(
        name=str(payload.get("name") or code)[:160], project_code=code[:40], builder_org=developer[:18],
        builder_name=str(payload.get("developerName") or "建设单位")[:120], completed_on=completed, origin="filing", region_code=region_code, parties=keys,
    )  # fmt: skip
    census.register_asbuilt(row)
    workflow.start(
        PROCESS, subject=subject(row), region_code=region_code, parties=keys, title=f"{row.name} 竣工测量成果",
        facts={"nothing": "no", "party_BUILDER": [f"org:{developer}"] if developer else keys},
    )  # fmt: skip
    facts = {"number": row.number, "project": code, "due": str(row.due_on)}
    events.publish("asbuilt.asked", subject=subject(row), region_code=region_code, parties=keys, payload=facts)
    evidence.record("asbuilt.asked", object_id=subject(row), region_code=region_code, parties=keys, payload=facts)
    messages.send(
        [f"org:{developer}"] if developer else [], title=f"请提交竣工测量成果：{row.name}"[:120], dedupe=f"asbuilt:{row.pk}",
        body=f"工程已竣工验收备案，请在 {row.due_on} 前提交地下管线和市政设施的竣工测量成果。", link=f"/r/municipal_assets/as_built/{row.pk}/",
    )  # fmt: skip
    return row


def _day(payload: Mapping[str, Any]) -> date:
    """The day of acceptance, else the day of the filing; never after today."""
    said = str((payload.get("told") or {}).get("accepted_on") or "")
    try:
        found = date.fromisoformat(said[:10])
    except ValueError:
        try:
            found = timezone.localtime(datetime.fromisoformat(str(payload.get("occurredAt") or ""))).date()
        except ValueError:
            found = timezone.localdate()
    return min(found, timezone.localdate())


def remind(today: date | None = None) -> int:
    """Job: tell builders, once, of surveys that are overdue since today; how many people were told."""
    day = today or timezone.localdate()
    told = 0
    for row in AsBuilt.objects.filter(state="due", due_on=day - timedelta(days=1)).exclude(builder_org="").order_by("id"):
        told += messages.send(
            [f"org:{row.builder_org}"], title=f"竣工测量逾期：{row.name}"[:120], body=f"应于 {row.due_on} 前提交竣工测量成果，现已逾期。",
            link=f"/r/municipal_assets/as_built/{row.pk}/", level="warn", dedupe=f"asbuilt-late:{row.pk}",
        )  # fmt: skip
    return told


class AsBuiltHandler(ProcessHandler):
    """The developer delivers, the department checks and stores; what is returned is delivered again."""

    key = PROCESS

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """What each step needs."""
        comment = str(data.get("comment") or "").strip()
        if task.node == "deliver" and outcome == "done":
            row = row_of(task.subject)
            found = []
            if not data.get("kinds"):
                found.append(Reason("asbuilt.kinds", "请选择本工程涉及的设施。", "kinds"))
            if not str(data.get("frame") or "").strip():
                found.append(
                    Reason(
                        "asbuilt.frame", "请写明坐标系和高程基准，例如 CGCS2000 3度带 中央经线114°，1985国家高程基准。", "frame"
                    )
                )
            if not data.get("files") and not row.files.exists():
                found.append(Reason("asbuilt.files", "请上传竣工测量成果文件。", "files"))
            return found
        if (task.node, outcome) == ("deliver", "none") and not comment:
            return [Reason("asbuilt.comment", "请在“办理意见”中说明本工程为什么没有市政设施。", "comment")]
        if outcome == "return" and not comment:
            return [Reason("asbuilt.comment", "请在“办理意见”中写明需要补测或更正的内容。", "comment")]
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """The survey moves on with its task."""
        row = AsBuilt.objects.select_for_update().get(pk=row_of(task.subject).pk)
        if task.node == "deliver":
            return self._delivered(row, outcome, data)
        if task.node == "check" and outcome == "return":
            row.state, row.note = "due", str(data.get("comment") or "")[:400]
            row.save_version(row.version, fields=["state", "note"])
            return {"nothing": "no"}
        if task.node == "check" and row.kinds:
            census.advance_asbuilt(row, "check", row.version)
        elif task.node == "store":
            census.advance_asbuilt(row, "store", row.version)
        return {}

    @staticmethod
    def _delivered(row: AsBuilt, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        row.kinds = list(data.get("kinds") or []) if outcome == "done" else []
        row.frame = str(data.get("frame") or "")[:80]
        row.note = str(data.get("comment") or "")[:400]
        row.save_version(row.version, fields=["kinds", "frame", "note"])
        stored = documents.receive(data.get("files") or [], allowed=FILES, region_code=row.region_code, parties=row.parties)
        row.files.add(*stored)
        census.advance_asbuilt(row, "deliver", row.version)
        who = scope.current()
        facts = {"number": row.number, "files": [file.sm3 for file in stored], "kinds": row.kinds, "by": who.actor_name}
        evidence.record(
            "asbuilt.delivered", object_id=subject(row), region_code=row.region_code, parties=row.parties, payload=facts
        )
        return {"nothing": "no" if outcome == "done" else "yes"}

    def finished(self, instance: Any) -> None:
        """A project without facilities owes nothing more."""
        if instance.result != "none":
            return
        row = AsBuilt.objects.select_for_update().get(pk=row_of(instance.subject).pk)
        row.state = "none"
        row.save_version(row.version, fields=["state"])
