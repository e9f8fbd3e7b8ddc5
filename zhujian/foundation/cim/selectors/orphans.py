"""What stands alone: buildings, projects, models, devices without their counterpart, both ways; each with what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import timezone

from zhujian.foundation.cim import sources
from zhujian.foundation.cim.models import Building, Link
from zhujian.foundation.cim.services import levels
from zhujian.foundation.cim.sources import Orphan
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry

CHUNK, MOST_READ = 2_000, 100_000
LINK_NEXT = {
    "project": "核对项目代码；项目已终止的，删去或改正关联",
    "ifc": "核对 GlobalId；模型换了版本的，按新版本重新关联",
    "sensor": "核对设备编码；设备已拆除的，删去关联，未接入的先在感知平台登记",
    "facility": "核对部件代码，或先登记这处设施",
}


@dataclass(frozen=True)
class Section:
    """One way in which things stand alone, with at most so many of them (`more`: there are others)."""

    key: str
    title: str
    says: str
    rows: list[Orphan]
    more: bool


def _building(one: Building, problem: str, next_step: str) -> Orphan:
    return Orphan(one.code, one.name, problem, next_step, registry.url_for(one), one.region_code)


def without_project(most: int) -> list[Orphan]:
    """Present and planned buildings since the projects have national codes, of which none is named."""
    today = timezone.localdate()
    since = date.fromisoformat(str(parameters.value("cim.project_since", on=today).value))
    tied = Link.objects.filter(building=OuterRef("pk"), kind=Link.Kind.PROJECT)
    rows = (
        Building.objects.filter(present(today), project_code="", built_on__gte=since).exclude(Exists(tied)).order_by("-id")[:most]
    )
    step = "在房屋的“修改”中补充项目代码；确实没有立项的，请核实是否违法建设"
    return [_building(one, f"{one.built_on:%Y年} 建成，没有项目代码", step) for one in rows]


def unknown_project(most: int) -> list[Orphan]:
    """Buildings whose project code no register of projects knows."""
    if not sources.of("project"):
        return []
    found: list[Orphan] = []
    last = read = 0
    while len(found) < most and read < MOST_READ:
        rows = list(Building.objects.filter(valid_to=None, pk__gt=last).exclude(project_code="").order_by("pk")[:CHUNK])
        if not rows:
            break
        last, read = rows[-1].pk, read + len(rows)
        known = sources.find("project", {row.project_code for row in rows})
        step = "核对项目代码，或请项目所在地登记该项目"
        found += [_building(row, f"项目代码 {row.project_code} 没有登记", step) for row in rows if row.project_code not in known]
    return found[:most]


def missing_targets(most: int) -> list[Orphan]:
    """Links whose other end is not there (as of the last daily check, or when the link was made)."""
    rows = Link.objects.filter(found=False, building__valid_to=None).select_related("building").order_by("-id")[:most]
    return [
        Orphan(
            row.target, f"{row.building.name}（{row.building.code}）", f"{row.get_kind_display()} {row.label or row.target} 不存在或看不到",
            LINK_NEXT[row.kind], registry.url_for(row), row.region_code,
        )
        for row in rows
    ]  # fmt: skip


def no_model(most: int) -> list[Orphan]:
    """Buildings declared to hold components (CIM6 and above) without a published model."""
    rows = list(Building.objects.filter(valid_to=None, cim_level__gte=6).order_by("-id")[:CHUNK])
    models = levels.published(one.code for one in rows)
    return [
        _building(one, f"申报 CIM{one.cim_level}，没有已发布的 BIM 构件", "提交 IFC 成果并通过审查、发布，或改正申报级别")
        for one in rows
        if not models.get(one.code, {}).get("components")
    ][:most]


def _of_sources(kind: str) -> Callable[[int], list[Orphan]]:
    def read(most: int) -> list[Orphan]:
        found: list[Orphan] = []
        for source in sources.of(kind):
            if source.without_building and len(found) < most:
                found += source.without_building(most - len(found))
        return found

    return read


KINDS: dict[str, tuple[str, str, Callable[[int], list[Orphan]]]] = {
    "building_project": ("有房屋，没有项目", "近年建成、却没有填写项目代码的房屋。", without_project),
    "project_unknown": ("房屋填写的项目不存在", "房屋填写的项目代码在项目库中找不到，或不在您的管辖范围内。", unknown_project),
    "project_building": ("有项目，没有房屋", "在建、竣工的房屋建筑项目，地图上没有它的房屋。", _of_sources("project")),
    "model_building": ("有 BIM 成果，没有房屋", "BIM 成果没有对应到房屋。", _of_sources("ifc")),
    "building_model": ("申报了构件级，没有 BIM 成果", "申报 CIM6 及以上，但没有已发布的 BIM 版本。", no_model),
    "facility_building": ("市政设施指向的房屋不存在", "设施、设备登记的房屋在地图上找不到。", _of_sources("facility")),
    "sensor_building": ("感知设备指向的房屋不存在", "设备登记的房屋在地图上找不到。", _of_sources("sensor")),
    "link_missing": ("关联的对象不存在", "房屋关联的项目、构件、设备或设施查不到，每日核对一次。", missing_targets),
}


def sections(most: int, only: str = "") -> list[Section]:
    """Every way of standing alone (or the one called `only`) with at most `most` rows each."""
    found = []
    for key, (title, says, read) in KINDS.items():
        if only and key != only:
            continue
        rows = read(most + 1)
        found.append(Section(key, title, says, rows[:most], len(rows) > most))
    return found


__all__ = ["KINDS", "Section", "sections"]
