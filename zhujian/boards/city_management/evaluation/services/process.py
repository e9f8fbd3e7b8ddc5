"""What the processes ``evaluation_campaign`` and ``evaluation_city`` do to the task and to each city's part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import Campaign, CityTask
from zhujian.boards.city_management.evaluation.services import campaigns, fieldwork, scoring, surveys
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow.handlers_api import Assignment, Node
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

# Where a city's part stands when a task of its process is open, and after it.
STATES = {
    "file": CityTask.State.FILING, "city_review": CityTask.State.CITY_REVIEW, "province_review": CityTask.State.PROVINCE_REVIEW,
    "field": CityTask.State.FIELD, "survey": CityTask.State.SURVEY,
}  # fmt: skip


def _key(subject: str) -> int:
    return int(subject.rpartition(":")[2])


def campaign_of(subject: str) -> Campaign:
    """The task behind a subject key."""
    found = Campaign.objects.filter(pk=_key(subject)).first()
    if found is None:
        raise NotFound("campaign.missing", "没有找到这项综合评价任务，可能不在您的管辖范围内。")
    return found


def city_task_of(subject: str) -> CityTask:
    """The city's part behind a subject key."""
    found = CityTask.objects.filter(pk=_key(subject)).first()
    if found is None:
        raise NotFound("city_task.missing", "没有找到这座城市的评价任务，可能不在您的管辖范围内。")
    return campaigns.with_campaign(found)


def _said(data: Mapping[str, Any]) -> str:
    return str(data.get("comment") or "").strip()


class CampaignHandler(ProcessHandler):
    """The province's side: send, calculate, publish, archive."""

    key = campaigns.PROCESS

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """A refusal says why; nothing is calculated while a city is not ready; archived only after the days of publicity."""
        campaign = campaign_of(task.subject)
        if outcome in ("return", "recalculate") and not _said(data):
            return [Reason("campaign.comment", "请在“办理意见”中写明原因。", "comment")]
        if outcome == "calculate":
            done = (CityTask.State.DONE, CityTask.State.SCORED)
            waiting = list(campaign.tasks.exclude(state__in=done).order_by("region_code").values_list("city_name", flat=True)[:6])
            return [Reason("campaign.waiting", f"{'、'.join(waiting)}还没有完成，全部完成后才能计算。")] if waiting else []
        if outcome == "archive" and campaign.publish_until and timezone.localdate() <= campaign.publish_until:
            return [Reason("campaign.publicity", f"公示期到{campaign.publish_until}为止（含当日），期满后才能归档。")]
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Take effect."""
        campaign = campaign_of(task.subject)
        if outcome == "issue":
            campaigns.issue(campaign)
        elif outcome == "calculate":
            scoring.calculate(campaign)
        elif outcome == "publish":
            self._publish(campaign)
        elif outcome in ("return", "recalculate"):
            _move(campaign, Campaign.State.ISSUED)
        return {}

    def finished(self, instance: Any) -> None:
        """Nothing changes any more."""
        campaign = campaign_of(instance.subject)
        _move(campaign, Campaign.State.ARCHIVED)
        campaigns.tell("evaluation.archived", campaign.subject, campaign.region_code, {"number": campaign.number})

    def _publish(self, campaign: Campaign) -> None:
        campaign.state, campaign.published_at = Campaign.State.PUBLISHED, timezone.now()
        campaign.publish_until = _last_day(campaign.region_code)
        campaign.save_version(campaign.version, fields=["state", "published_at", "publish_until"])
        standings = [[task.city_name, str(task.score), task.rank] for task in campaign.tasks.order_by("rank", "region_code")]
        payload = {"number": campaign.number, "until": str(campaign.publish_until), "standings": standings}
        campaigns.tell("evaluation.published", campaign.subject, campaign.region_code, payload)


def _move(campaign: Campaign, state: str) -> None:
    campaign.state = state
    campaign.save_version(campaign.version, fields=["state"])


def _last_day(region_code: str) -> date:
    """Last day of the publicity, counted in working days from tomorrow."""
    days = int(parameters.value("evaluation.publicity_days", on=timezone.localdate(), region=region_code).value)
    try:
        end = worktime.deadline(timezone.localtime(), worktime.Limit(days, "working_day"), calendars.calendar(region_code))
    except worktime.CalendarMissing:
        raise Refusal("campaign.calendar", "公示期跨到下一年，但下一年的节假日安排还没有导入，请先导入工作日历。") from None
    return timezone.localdate(end)


class CityHandler(ProcessHandler):
    """A city's side and the province's reviews of it."""

    key = campaigns.CITY_PROCESS

    def assign(self, node: Node, instance: Any) -> Assignment:
        """The city's management department (its housing department where there is none); the province's for its own steps."""
        if node.id in ("file", "city_review"):
            office = identity.organisation_for("UMB", instance.region_code)
            own = office is not None and office.region_code == instance.region_code
            return Assignment(role=node.role, authority="UMB" if own else "HUD", title=node.name)
        campaign = city_task_of(instance.subject).campaign
        return Assignment(role=node.role, authority=node.authority, title=node.name, region_code=campaign.region_code)

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """Each step must be complete before the next."""
        city = city_task_of(task.subject)
        if outcome == "return" and not _said(data):
            return [Reason("city_task.comment", "退回的请在“办理意见”中写明需要修改的内容。", "comment")]
        if task.node == "file":
            return campaigns.missing(city)
        if task.node == "field":
            return fieldwork.missing(city)
        if task.node == "survey":
            return surveys.missing(city)
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Remember what has to be changed."""
        if outcome == "return":
            city = city_task_of(task.subject)
            city.returned = _said(data)[:600]
            city.save_version(city.version, fields=["returned"])
        return {}

    def opened(self, task: Any) -> None:
        """The city's part stands where its open task is."""
        if task.asked_by_id is None and task.node in STATES:
            city = city_task_of(task.subject)
            city.state = STATES[task.node]
            city.save_version(city.version, fields=["state"])

    def finished(self, instance: Any) -> None:
        """Ready to be calculated."""
        city = city_task_of(instance.subject)
        city.state = CityTask.State.DONE
        city.save_version(city.version, fields=["state"])
