"""Demo data: three deliverables through the real pipeline. One stands on the city model, one was sent back and has come again, one waits."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.base import ContentFile

from zhujian.foundation.bim import samples, services
from zhujian.foundation.bim.intake.lane import run
from zhujian.foundation.bim.models import Version
from zhujian.foundation.bim.services.process import version_of
from zhujian.foundation.cim import services as cim
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Post
from zhujian.foundation.kernel import geo, scope
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects

REGION = "420111000000"
AT = (114.3868, 30.4846)  # beside the demo district
GROUND = 28.4
FAULTS = ("narrow_door", "no_fire_rating", "lost_element")


def load() -> str:
    """Load them; the last two checks are left to the worker, so that the demonstration shows them running."""
    firm = _scope(Post.objects.filter(organisation__trades__contains=["DES"]))
    east, north = geo.project(*AT, 4547)
    code = _house(east, north)
    place = samples.Place(easting=east, northing=north, height=GROUND, angle=20.0)
    home = {"discipline": "arch", "region_code": REGION}
    with scope.acting(firm):
        first = services.do_submit(
            {**home, "name": "光谷一路住宅3号楼 建筑模型", "building_code": code, "note": "施工图阶段"},
            _file("光谷一路住宅3号楼.ifc", "IFC4", name="光谷一路住宅3号楼", place=place),
        )
        school = services.do_submit(
            {**home, "name": "流芳小学教学楼 建筑模型", "note": "初步设计"},
            _file("流芳小学教学楼.ifc", "IFC4X3", name="流芳小学教学楼", faults=FAULTS, place=_beside(east, north, 40)),
        )
    while run(lambda: False):
        pass
    _do(first, "review", "pass", comment="模型完整，构件信息满足交付要求，同意。")
    _do(first, "publish", "publish", building_code=code)
    with scope.acting(firm):
        services.do_new_version(
            first.model,
            _file("光谷一路住宅3号楼-变更.ifc", "IFC4", name="光谷一路住宅3号楼", place=place, moved=0.6, extra=2),
            note="设计变更：内墙移位，增加构造柱",
        )
        services.do_new_version(
            school.model,
            _file("流芳小学教学楼-修改.ifc", "IFC4X3", name="流芳小学教学楼", faults=FAULTS[1:2], place=_beside(east, north, 40)),
            note="按问题清单修改门宽",
        )
    return "2 个模型 4 个版本：1 个已入CIM，1 个退回后重新提交，2 个版本由后台检查"


def _beside(east: float, north: float, metres: float) -> samples.Place:
    return samples.Place(easting=east, northing=north + metres, height=GROUND, angle=20.0)


def _file(file_name: str, schema: str, **given: Any) -> ContentFile:
    return ContentFile(samples.building(schema, **given), name=file_name)


def _house(east: float, north: float) -> str:
    """The building that the first model belongs to: its outline is that of the model."""
    import math

    c, s = math.cos(math.radians(20)), math.sin(math.radians(20))
    ring = [
        geo.unproject(east + x * c - y * s, north + x * s + y * c, 4547) for x, y in ((0, 0), (12, 0), (12, 9), (0, 9), (0, 0))
    ]
    building = cim.register_building(
        region_code=REGION, outline=MultiPolygon(Polygon(ring, srid=4490), srid=4490), name="光谷一路住宅3号楼", address="洪山区光谷一路",
        use="10", structure="2", floors_above=3, height_m=9, base_m=GROUND, area_m2=324, cim_level=6, status="in_use", source="bim", on=date(2025, 6, 1),
    )  # fmt: skip
    return building.code


def _scope(posts: Any) -> scope.Scope:
    post = posts.filter(valid_to__isnull=True).select_related("account", "organisation").order_by("id")[0]
    return identity.scope_for(post.account, post)


def _do(version: Version, node: str, outcome: str, **data: Any) -> None:
    """Somebody who may do the open task does it."""
    task = next(one for one in subjects.open_tasks(version.model.subject) if one.node == node)
    if version_of(task.instance).pk != version.pk:
        raise LookupError(f"{version}: another version is being worked on")
    comment = data.pop("comment", "核对无误。")
    for post in (
        Post.objects.filter(organisation=task.org_id, roles__contains=[task.role])
        .select_related("account", "organisation")
        .order_by("id")
    ):
        who = identity.scope_for(post.account, post)
        if subjects.may_act(task, who):
            with scope.acting(who):
                workflow.do_complete(task.pk, outcome=outcome, data=data, comment=comment)
            return
    raise LookupError(f"nobody may do {task.title}")
