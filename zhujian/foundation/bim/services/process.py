"""What the intake process does at its tasks (``processes/bim_intake.bpmn``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from zhujian.foundation.bim.models import Element, Model, Version
from zhujian.foundation.bim.services import states, submit
from zhujian.foundation.cim import selectors as cim
from zhujian.foundation.cim import services as cim_services
from zhujian.foundation.cim.services import levels
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.workflow import subjects
from zhujian.foundation.workflow.handlers_api import Assignment, Node, ProcessHandler, default_assignment

State = Version.State


def version_of(instance: Any) -> Version:
    """The version that an instance of the process is at."""
    return Version.objects.select_related("model", "file").get(pk=instance.facts["version"])


def resubmit_task(model: Model) -> Any:
    """The open task 补正 of a model, if there is one."""
    return next((task for task in subjects.open_tasks(model.subject) if task.node == "resubmit"), None)


class IntakeHandler(ProcessHandler):
    """BIM 审查与入库."""

    key = submit.PROCESS

    def assign(self, node: Node, instance: Any) -> Assignment:
        """The check belongs to the platform, 补正 to whoever handed in, the rest to offices as the diagram says."""
        if node.id == "check":
            return Assignment(party_keys=(states.SERVICE_KEY,), title=node.name)
        if node.id == "resubmit" and not instance.parties and instance.facts.get("submitter"):
            return Assignment(assignee=instance.facts["submitter"], title=node.name)
        return default_assignment(node, instance)

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """A return says why; what goes onto the city model has a place and a building."""
        version = version_of(task.instance)
        if task.node == "review" and outcome == "return" and not data.get("comment"):
            return [Reason("bim.return_reason", "请在办理意见中写明退回原因和修改要求。", "comment")]
        if task.node == "review" and version.job.waiting:
            return [Reason("bim.recheck_running", "正在按新规则重新检查，请等检查完成后再审查。")]
        if task.node == "publish":
            code = data.get("building_code") or version.model.building_code
            if not version.placed:
                return [Reason("bim.not_placed", "这个版本没有地理参考，不能入CIM。请退回提交人补充。")]
            if not code:
                return [Reason("bim.building_missing", "请填写房屋代码，模型要关联到一幢已登记的房屋。", "building_code")]
            if cim.building(code) is None:
                return [Reason("bim.building", f"没有登记房屋代码 {code[:40]}，请先在房屋建筑中登记。", "building_code")]
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Take effect at a task."""
        version = version_of(task.instance)
        if task.node == "review":
            return _reviewed(version, outcome, str(data.get("comment") or ""))
        if task.node == "resubmit" and outcome == "submit":
            return _resubmitted(version, data)
        if task.node == "publish":
            _published(version, data.get("building_code") or version.model.building_code)
        return {}

    def act(self, node: Node, instance: Any) -> dict[str, Any]:
        """归档: the hashes of file and results are kept as evidence; from now on nothing of the version changes."""
        version = version_of(instance)
        version.archived_at = timezone.now()
        states.move(version, State.ARCHIVED, fields=("archived_at",))
        states.tell("archived", version, result=version.result_sm3, elements=version.elements_count)
        return {}


def _reviewed(version: Version, outcome: str, comment: str) -> dict[str, Any]:
    version.opinion = comment[:1000]
    if outcome == "pass":
        states.move(version, State.PASSED, fields=("opinion",))
        states.tell("passed", version, opinion=version.opinion)
        states.notify(version, f"{version} 审查通过", comment or "模型审查通过，已归档。", "info")
    else:
        states.move(version, State.REJECTED, fields=("opinion",))
        states.tell("returned", version, opinion=version.opinion)
        states.notify(version, f"{version} 被退回", comment, "warn")
    return {}


def _resubmitted(version: Version, data: Mapping[str, Any]) -> dict[str, Any]:
    model = submit.lock(version.model)
    file = submit.store(data["file"], region_code=model.region_code, parties=model.parties)
    fresh = submit._version(model, file, data.get("note") or "", submit.kept_hand(data.get("hand") or {}))
    return {"version": fresh.pk}


def _published(version: Version, code: str) -> None:
    model = version.model
    if model.building_code != code:
        model.building_code = code
        model.save_version(model.version, fields=["building_code"])
    building = cim.building(code)
    if building is None:
        return
    version.published_at = timezone.now()
    states.move(version, State.PUBLISHED, fields=("published_at",))
    rows = Element.objects.filter(version=version).order_by("feature_index").values_list("global_id", "name", "ifc_class")
    linked = cim_services.link_many(
        building, "ifc", {global_id: name or kind for global_id, name, kind in rows.iterator(chunk_size=2000)}
    )
    levels.verify([building.pk], timezone.localdate())  # the building's CIM level can now be checked against the model
    states.tell("published", version, building=code, level=version.level, linked=linked)
