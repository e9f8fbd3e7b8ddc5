"""Moving a version from state to state, each step with its event and evidence."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from zhujian.foundation.bim import rules
from zhujian.foundation.bim.models import Version
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects

SERVICE_KEY = "service:bim"
State = Version.State


def service_scope() -> scope.Scope:
    """The scope in which the automatic check does its task."""
    return scope.Scope(
        kind="system", region_lo=scope.EVERYTHING[0], region_hi=scope.EVERYTHING[1], keys=(SERVICE_KEY,), actor_name="BIM 自动检查",
        roles=frozenset({"system"}), reason="BIM 自动检查",
    )  # fmt: skip


def move(version: Version, state: str, *, fields: tuple[str, ...] = ()) -> None:
    """Write the new state; Conflict when it may not follow."""
    if not rules.may_follow(version.state, state):
        was, after = version.get_state_display(), State(state).label
        raise Conflict("bim.state", f"这个版本目前是“{was}”，不能改为“{after}”。请刷新页面查看最新进度。")
    version.state = State(state)
    version.save_version(version.version, fields=["state", *fields])


def tell(act: str, version: Version, **more: Any) -> None:
    """Event and evidence of one step."""
    facts = {
        "model": version.model_id, "name": version.model.name, "number": version.number, "state": str(version.state), "sm3": version.file.sm3,
        "building": version.model.building_code, "project": version.model.project_code, **more,
    }  # fmt: skip
    common: dict[str, Any] = {"region_code": version.region_code, "parties": version.parties, "payload": facts}
    events.publish(f"bim.{act}", subject=version.subject, **common)
    evidence.record(f"bim.{act}", object_id=version.subject, object_hash=version.result_sm3 or version.file.sm3, **common)


def checked(version: Version) -> None:
    """The automatic check has ended (its results are saved): state, evidence, and the process goes on."""
    again = version.state == State.REVIEW  # checked once more while a person reviews
    good = version.errors_count == 0
    if not again:
        move(version, State.REVIEW if good else State.FAILED_CHECK)
    tell("checked", version, verdict=version.verdict_code, errors=version.errors_count, warnings=version.warnings_count)
    if again:
        return
    task = next((t for t in subjects.open_tasks(version.model.subject) if t.node == "check"), None)
    if task is not None:
        try:
            with scope.acting(service_scope()):
                workflow.do_complete(task.pk, outcome="pass" if good else "fail", comment=version.verdict)
        except Refusal:  # somebody has suspended or ended the process; the results stay
            return
    if not good:
        notify(version, f"{version} 自动检查未通过", version.verdict, "warn")


def notify(version: Version, title: str, body: str, level: str) -> None:
    """Tell whoever handed it in."""
    keys = list(version.parties) or ([f"person:{version.created_by}"] if version.created_by else [])
    if keys:
        link = reverse("bim:version", args=[version.pk])
        dedupe = f"bim:{version.pk}:{version.state}:{timezone.now():%Y%m%d%H%M%S}"
        messages.send(keys, title=title[:120], body=body[:500], link=link, level=level, dedupe=dedupe)
