"""Demo data: last months of the demo district are frozen, a comprehensive evaluation is under way; deterministic beside the cases."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.evaluation.models import Campaign
from zhujian.boards.city_management.evaluation.rules import periods
from zhujian.boards.city_management.evaluation.services import campaigns, freezing
from zhujian.foundation.cim import generator
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow import services as processes

PROVINCE, CITIES = "420000000000", ("420100000000", "420500000000", "420600000000")
MONTHS = 3


def load() -> str:
    """Freeze what has ended, and send one task to three cities; returns what there is."""
    county = generator.DEMO.region_code
    today = timezone.localdate()
    frozen = 0
    if Case.objects.filter(region_code__startswith=county[:6]).exists():
        for period in periods.back(periods.containing("month", today).previous, MONTHS):
            freezing.do_freeze(county, period)
            frozen += 1
    year = periods.containing("year", today).previous
    campaign = campaigns.do_start(
        title=f"{year.label}城市运行管理服务综合评价", period=year.key, cities=CITIES, file_by=today + timedelta(days=20), region_code=PROVINCE,
        requirement="请各市按指标口径填报，逐项上传统计年报等佐证材料；省级随后随机抽取点位实地检查，并开展公众问卷调查。",
    )  # fmt: skip
    _send(campaign)
    return f"{frozen} 个冻结周期，1 项综合评价任务"


def _send(campaign: Campaign) -> None:
    """The first step, done as the system does it."""
    task = workflow.open_tasks_of(campaign.subject)[0]
    processes.do_complete(task.pk, outcome="issue", comment="演示任务")
