"""Tasks of the comprehensive evaluation: set, frozen and sent, filed with evidence, calculated, published, archived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import Campaign, CityTask, Filing, FilingFile, Indicator
from zhujian.boards.city_management.evaluation.rules import periods
from zhujian.boards.city_management.evaluation.selectors import definitions
from zhujian.foundation.documents import services as documents
from zhujian.foundation.documents.services import Numbering
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Reason, Refusal, refuse_if
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.workflow import services as workflow

PROCESS, CITY_PROCESS = "evaluation_campaign", "evaluation_city"
FILES = ("pdf", "jpeg", "png", "xlsx", "docx", "ofd")
MOST = Decimal(10) ** 12


def check_start(title: str, period: str, cities: Sequence[str], file_by: date, region_code: str) -> list[Reason]:
    """Reasons against a new task."""
    reasons = []
    if not title.strip():
        reasons.append(Reason("campaign.title", "请填写任务名称。", "title"))
    try:
        periods.parse(period)
    except Refusal as refusal:
        reasons += refusal.reasons
    units = {one.code for one in regions.reporting_units()}
    if not cities or set(cities) - units:
        reasons.append(Reason("campaign.cities", "请选择本省的参评城市。", "cities"))
    if file_by < timezone.localdate():
        reasons.append(Reason("campaign.file_by", "填报截止日期不能早于今天。", "file_by"))
    division = regions.region(region_code)
    if division is None or division.level != "province":
        raise NotAllowed("campaign.province", "综合评价任务由省级建立。")
    return reasons


@transaction.atomic
def do_start(
    *, title: str, period: str, cities: Sequence[str], file_by: date, requirement: str = "", region_code: str = ""
) -> Campaign:
    """A new task of the province, with its process; indicators are frozen when it is sent."""
    region_code = region_code or scope.current().region_code
    refuse_if(check_start(title, period, cities, file_by, region_code))
    year = periods.parse(period).start.year
    series = Numbering("ZHPJ", region_code, year, pattern="ZHPJ{region}{year}{number:03d}")
    campaign = Campaign.objects.create(
        number=documents.issue_number(series, region_code=region_code).text, title=title.strip(), period=periods.parse(period).key,
        cities=sorted(set(cities)), file_by=file_by, requirement=requirement.strip(), region_code=region_code, created_by=scope.current().actor_id,
    )  # fmt: skip
    workflow.start(PROCESS, subject=campaign.subject, region_code=region_code, title=campaign.title)
    return campaign


def issue(campaign: Campaign) -> list[CityTask]:
    """Freeze the version of every indicator and give each city its part; in the transaction of the act, in a system scope."""
    period = periods.parse(campaign.period)
    chosen = [
        one for one in definitions.indicators(campaign.family, on=period.start, region_code=campaign.region_code) if one.formula
    ]
    if not chosen:
        raise Refusal("campaign.indicators", "没有施行中的综合评价指标，请先登记指标。")
    campaign.indicators = [{"id": one.pk, "code": one.code, "version": one.number, "full": str(one.full)} for one in chosen]
    campaign.state = Campaign.State.ISSUED
    campaign.save_version(campaign.version, fields=["indicators", "state"])
    made = []
    for code in campaign.cities:
        task = CityTask.objects.create(campaign=campaign, city_name=regions.name(code), region_code=code)
        Filing.objects.bulk_create(Filing(task=task, indicator=one, region_code=code) for one in chosen if one.source == "filed")
        workflow.start(CITY_PROCESS, subject=task.subject, region_code=code, title=f"{task.city_name}：{campaign.title}")
        made.append(task)
    tell("evaluation.issued", campaign.subject, campaign.region_code, {
        "number": campaign.number, "cities": campaign.cities, "indicators": [[one["code"], one["version"]] for one in campaign.indicators],
    })  # fmt: skip
    return made


def with_campaign(task: CityTask) -> CityTask:
    """The city's part with the task it belongs to: the province's row, of which a city sees what was sent to it."""
    with scope.system("城市查看下发的评价任务"):
        task.campaign = Campaign.objects.get(pk=task.campaign_id)
    return task


def check_inputs(indicator: Indicator, values: Mapping[str, str]) -> tuple[dict[str, str], list[Reason]]:
    """(values as they are kept, reasons against them): every input a number that is not negative."""
    kept: dict[str, str] = {}
    reasons = []
    for name, label in indicator.inputs.items():
        text = str(values.get(name) or "").strip().replace(",", "").replace("，", "")
        try:
            number = Decimal(text)
            if not number.is_finite() or number < 0 or number > MOST or -(number.normalize().as_tuple().exponent or 0) > 4:  # type: ignore[operator]
                raise InvalidOperation
        except InvalidOperation:
            reasons.append(Reason("filing.number", f"“{label}”请填写不小于0的数字，最多4位小数。", name))
        else:
            kept[name] = format(number, "f")
    return kept, reasons


@transaction.atomic
def do_file(
    filing_id: int, values: Mapping[str, str], *, source_note: str, files: Iterable[File] = (), expected: int | None = None
) -> Filing:
    """File the values of one indicator with their evidence, while the city's part is being filled in."""
    filing = Filing.objects.select_for_update(of=("self",)).select_related("task", "indicator").get(pk=filing_id)
    if filing.task.state != CityTask.State.FILING:
        raise Conflict("filing.closed", "填报已经提交，不能再修改。需要修改的请由审核人员退回。")
    kept, reasons = check_inputs(filing.indicator, values)
    if not source_note.strip():
        reasons.append(Reason("filing.source", "请写明数据出处，例如统计年报名称和页码。", "source_note"))
    refuse_if(reasons)
    filing.inputs, filing.source_note = kept, source_note.strip()[:300]
    filing.save_version(expected or filing.version, fields=["inputs", "source_note"])
    for upload in files:
        stored = documents.store(upload, allowed=FILES, region_code=filing.region_code, parties=())
        FilingFile.objects.create(filing=filing, file=stored, region_code=filing.region_code)
    tell(
        "evaluation.filed",
        f"evaluation.filing:{filing.pk}",
        filing.region_code,
        {"indicator": filing.indicator.code, "inputs": kept},
    )
    return filing


def missing(task: CityTask) -> list[Reason]:
    """Reasons against handing in: an indicator without its values or without evidence."""
    reasons = []
    for filing in task.filings.select_related("indicator").prefetch_related("files").order_by("indicator__order"):
        if not filing.inputs:
            reasons.append(Reason("filing.missing", f"“{filing.indicator.name}”还没有填报。"))
        elif not filing.files.all():
            reasons.append(Reason("filing.evidence", f"“{filing.indicator.name}”还没有上传佐证材料。"))
    return reasons


def tell(name: str, subject: str, region_code: str, payload: dict[str, Any]) -> None:
    """Publish and keep as evidence."""
    events.publish(name, subject=subject, region_code=region_code, payload=payload)
    evidence.record(name, object_id=subject, region_code=region_code, payload=payload)
