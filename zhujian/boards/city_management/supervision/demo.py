"""Demo: a provincial task at every stage, an opinion, an emergency, cameras; made by the services, in the names of the demo people."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Camera, Opinion, SupervisionTask
from zhujian.boards.city_management.supervision.services import emergencies, opinions, tasks
from zhujian.foundation.cim import generator
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account, Post
from zhujian.foundation.kernel import scope

PROVINCE, CITIES = "420000000000", ("420100000000", "420500000000", "420600000000", "421000000000")


def _someone(region: str, authorities: tuple[str, ...], *roles: str) -> tuple[Account, Post] | None:
    """Somebody in post in the region who has one of the roles."""
    rows = identity.open_posts().filter(
        organisation__region_code=region, organisation__authorities__overlap=list(authorities), roles__overlap=list(roles)
    )
    post = rows.order_by("pk").first()
    return (post.account, post) if post else None


def load() -> str:
    """Make what the demo people can; returns what there is."""
    issuer = _someone(PROVINCE, ("HUD",), "superviser", "supervisor")
    offices = [
        org
        for region in CITIES
        if (org := identity.organisation_for("UMB", region) or identity.organisation_for("HUD", region))
        and org.region_code == region
    ]
    if issuer and offices:
        with scope.acting(identity.scope_for(*issuer)):
            _tasks([org.code for org in offices])
            _opinion()
        _answers()
    cameras = _cameras()
    _emergency()
    return f"{SupervisionTask.objects.count()} 项监督任务、{cameras} 台摄像机"


def _tasks(codes: list[str]) -> None:
    common = {"limit_days": 10, "receivers": codes}
    for kind, title, words, key in (
        ("special", "窨井盖安全专项治理", "全面排查窨井盖病害隐患，建立台账，限期整改，报送治理情况。", True),
        ("daily", "城市运行管理服务平台数据交换情况自查", "核对每日对账结果，对退回记录逐条更正。", False),
    ):
        made = tasks.do_draft({"kind": kind, "title": title, "requirement": words, "is_key": key, **common})
        tasks.do_issue(made.pk)
    tasks.do_draft({"kind": "patrol", "title": "城区易涝点排查", "requirement": "汛期前完成易涝点排水设施排查。", **common})


def _opinion() -> None:
    url = "https://news.example.cn/2026/03/wuchang-manhole"
    row = Opinion(title="市民反映雄楚大道一处井盖破损", media="荆楚网", url=url, url_hash=opinions.hash_of(url), published_at=timezone.now() - timedelta(hours=6),
                  summary="市民在留言板反映井盖破损，存在安全隐患。", region_code=generator.DEMO.region_code)  # fmt: skip
    row.save()
    opinions.do_judge(row.pk, sentiment="negative")


def _answers() -> None:
    """Wuhan's desk signs for the first task and answers it."""
    desk = _someone(CITIES[0], ("UMB",), "department_desk", "superviser", "reviewer", "supervisor")
    if desk is None:
        return
    with scope.acting(identity.scope_for(*desk)):
        task = SupervisionTask.objects.filter(kind="special").first()
        unit = task.units.filter(org_code=desk[1].organisation.code).first() if task else None
        if unit is not None:
            tasks.do_act(unit.pk, "receive", "receive")
            tasks.do_act(unit.pk, "arrange", "self")
            tasks.do_act(unit.pk, "handle", "feedback", comment="已排查窨井盖 12,860 处，整改隐患 373 处，其余列入三月整改计划。")


def _emergency() -> None:
    county = generator.DEMO.region_code
    desk = _someone(county, ("UMB", "UMC", "HUD"), "department_desk", "dispatcher", "superviser", "supervisor")
    if desk is None:
        return
    with scope.acting(identity.scope_for(*desk)):
        emergencies.do_report({
            "title": "珞喻路供水管道破裂积水", "kind": "water", "level": "4", "occurred_at": timezone.now() - timedelta(minutes=20), "address": "珞喻路鲁磨路口",
            "lon": generator.DEMO.lon, "lat": generator.DEMO.lat, "text": "供水管道破裂，路面积水约80平方米，已设置围挡。", "measures": "通知供水单位关阀抢修。",
        })  # fmt: skip


def _cameras() -> int:
    county, places = (
        generator.DEMO.region_code,
        ("珞喻路鲁磨路口", "雄楚大道民族大道口", "关山大道光谷大道口", "虎泉街口", "卓刀泉北路口", "珞狮路口"),
    )
    rows = [
        Camera(
            device_id=f"{county[:6]}01001320{number:06d}",
            name=name,
            kind="132",
            location=Point(114.395 + number * 0.004, 30.495 + number * 0.002, srid=4490),
            address=name,
            owner="区城市管理执法局",
            status="offline" if number == 4 else "online",
            region_code=county,
        )  # fmt: skip
        for number, name in enumerate(places, 1)
    ]
    return len(Camera.objects.bulk_create(rows))
