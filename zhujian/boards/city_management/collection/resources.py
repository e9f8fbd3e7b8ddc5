"""Declarations: patrol plans, the duty roster, shifts."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from zhujian.boards.city_management.collection.models import Duty, PatrolPlan, Shift
from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.selectors import open_posts
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Action, Catalogue, Group, Layer, Resource, Share, Update
from zhujian.foundation.resources.kinds import Bad
from zhujian.foundation.resources.links import Link


class Inspectors(Link):
    """A link to an account, of which only the inspectors of the actor's place may be chosen."""

    def candidates(self) -> QuerySet[Account]:
        """Accounts whose open posts give the role of an inspector there."""
        who = scope.current()
        posts = open_posts().filter(roles__contains=["inspector"])
        if not who.is_system:
            posts = posts.filter(organisation__region_code__gte=who.region_lo, organisation__region_code__lt=who.region_hi)
        return Account.objects.filter(pk__in=posts.values("account"))

    def parse(self, raw: Any) -> int | None:
        """As any link; somebody who is no inspector is told apart from nobody."""
        found = super().parse(raw)
        if found is not None and not self.candidates().filter(pk=found).exists():
            raise Bad("duty.inspector", "请选择本辖区监督中心的监督员。")
        return found


def beat_reasons(values: dict[str, Any]) -> list[Reason]:
    """Only a patrol beat is patrolled."""
    beat = CompositeGrid.objects.filter(pk=values.get("beat") or 0).first()
    if beat is not None and beat.kind != CompositeGrid.Kind.DUTY:
        return [Reason("beat.kind", "请选择责任网格；评价网格、管理网格不用于巡查。", "beat")]
    return []


class PatrolPlanResource(Resource):
    """巡查计划. How often the grids of a beat are visited (GB/T 30428.7)."""

    model = PatrolPlan
    label = "beat"
    columns = ("beat", "days_1", "days_2", "days_3", "region_code", "valid_from", "valid_to")
    filters = ("region_code", "valid_from")
    sorts = ("valid_from",)
    groups = (Group("计划", "beat", "days_1", "days_2", "days_3", "note"), Group("适用", "region_code", "valid_from", "valid_to"))
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.IRREGULAR)
    empty = "没有专门计划的责任网格按参数“各管理等级网格的巡查间隔”巡查。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A beat, not another composite grid."""
        return beat_reasons(values)


class DutyResource(Resource):
    """排班表. Who patrols which beat on which day."""

    model = Duty
    label = "day"
    columns = ("day", "inspector", "beat", "starts", "ends", "region_code")
    filters = ("day", "region_code")
    sorts = ("day",)
    groups = (Group("排班", "day", "inspector", "beat", "starts", "ends", "region_code"),)
    kinds = {"inspector": Inspectors(Account)}
    natural_key = ("inspector", "day", "starts")
    on_duplicate = "update"
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.DAILY)
    empty = "没有排班的监督员按其持有的责任网格巡查；也可以批量导入一个月的排班。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """A beat, not another composite grid."""
        return beat_reasons(values)


class ShiftResource(Resource):
    """值班记录. Shifts of inspectors with coverage and last position."""

    model = Shift
    label = "inspector_name"
    columns = (
        "inspector_name",
        "day",
        "beat",
        "started_at",
        "ended_at",
        "visited_count",
        "planned_count",
        "coverage",
        "region_code",
    )
    filters = ("day", "beat", "coverage", "region_code")
    sorts = ("started_at",)
    order = "-started_at"
    groups = (
        Group("班次", "inspector_name", "beat", "day", "started_at", "ended_at", "end_kind"),
        Group("巡查", "visited_count", "planned_count", "coverage", "valid_points", "dropped_points", "walked_m", "gap_count", "gap_s", "last_at",
              "last_location"),
    )  # fmt: skip
    units = {"coverage": "%"}
    code_lists = {"end_kind": "collection.end_kind"}
    layer = Layer("last_location", min_zoom=10, group="监管采集")
    own_page = "collection:track_page"
    actions = (Action("轨迹与覆盖", "collection:track_page", access=("collection.shift", "view")),)
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市管理用途", update=Update.REALTIME)
    empty = "监督员在采集终端上岗后出现在这里。"
