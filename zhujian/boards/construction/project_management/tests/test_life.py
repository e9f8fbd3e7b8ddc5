"""Whole lives through the real engine, handler, forms, papers and permits: every type, in cities with and without a variant."""

from __future__ import annotations

import pytest

from zhujian.boards.construction.project_management.models import Building, Participation, Permit, Project, StepRecord, Timer
from zhujian.boards.construction.project_management.tests.world import World
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.documents.models import Document
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db
ALWAYS = {"A02", "B02", "C04", "C07", "D01", "E06", "E08", "F01", "G07", "G10"}
LIVES = [
    ("xiangyang", "T1", {"A05", "B03", "C01", "C03", "E04"}), ("yichang", "T2", {"A05", "B03", "C01"}),
    ("wuhan", "T3", {"A07", "B01", "B06", "C09", "D03", "D06", "D07", "E03", "E09"}), ("yichang", "T4", {"A07", "C02"}),
    ("xiangyang", "T5", {"A07", "A12"}), ("xiangyang", "T6", {"A07", "B01"}),
]  # fmt: skip


@pytest.mark.parametrize("city, kind, steps", LIVES, ids=[f"{kind}-{city}" for city, kind, _ in LIVES])
def test_a_project_lives_from_code_to_extinction(request, city: str, kind: str, steps: set[str]) -> None:
    world: World = request.getfixturevalue(city)
    project = world.register(kind)
    walker = world.walker(project)
    walker.run()
    with scope.system("test"):
        project.refresh_from_db()
        assert project.status == Project.Status.EXTINCT and project.extinct_on is not None
        assert not Building.objects.filter(project=project).exclude(status="extinct").exists()
        done = dict(StepRecord.objects.filter(project=project).values_list("step", "status"))
        assert ALWAYS | steps <= set(done)
        assert set(done.values()) <= {"passed", "recorded", "promised"}
        permit = Permit.objects.get(project=project)
        assert permit.number[:6] == project.region_code[:6] and permit.started_on
        assert Timer.objects.filter(project=project, kind="warranty").count() >= 4
        roles = set(Participation.objects.filter(project=project).values_list("role", flat=True))
        assert {"DEV", "CON", "SUP"} <= roles
        papers = Document.objects.filter(subject=project.subject)
        assert papers.filter(title="受理通知书").exists() and papers.filter(title="竣工验收报告").exists()
        numbers = [n for n in papers.values_list("number", flat=True) if n and "受字" in n]
        assert len(numbers) == len(set(numbers))
        assert Certificate.objects.filter(subject=project.subject, type__key="construction_permit").count() == 1
        names = set(Event.objects.filter(subject=project.subject).values_list("name", flat=True))
        assert {"permit.issued", "acceptance.passed", "building.extinct", "project.extinct"} <= names
        kinds = set(Entry.objects.filter(object_id=project.subject).values_list("kind", flat=True))
        assert {"project.registered", "step.C07", "step.G10"} <= kinds
    # 灭失后只读: nothing is accepted any more, everything stays readable.
    assert walker.open() == []
    from zhujian.boards.construction.project_management.services import permits, sharing

    with world.as_("HUD"), pytest.raises(Refusal) as told:
        permits.do_change(permit.pk, {"contract_wan": 1}, reason="变更")
    assert told.value.code == "project.readonly"
    with world.as_("HUD"), pytest.raises(Refusal) as told:
        sharing.do_join(project, "LAB", world.orgs["other"].code, world.orgs["other"].name, project.extinct_on)
    assert "project.readonly" in {reason.code for reason in told.value.reasons}
