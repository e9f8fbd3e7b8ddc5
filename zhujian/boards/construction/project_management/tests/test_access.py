"""Who sees a project: the place's officials, its firms from the day they join — and nobody else, by whatever way they ask."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from zhujian.boards.construction.project_management.models import Material, Participation, Project, StepRecord, Timer
from zhujian.boards.construction.project_management.services.sharing import do_join
from zhujian.boards.construction.project_management.tests.world import World, codes_of, run_to
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.documents.models import Document, StoredFile
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity import testing as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.models import History
from zhujian.foundation.workflow.models import Instance, Part, Task

pytestmark = pytest.mark.django_db
NAME = "武昌滨江保密项目"
MODELS = (
    Project,
    StepRecord,
    Material,
    Participation,
    Timer,
    Document,
    Certificate,
    StoredFile,
    Task,
    Instance,
    Part,
    Event,
    History,
)


@pytest.fixture
def project(wuhan: World) -> Project:
    """A Wuchang project with papers, a certificate and a place on the map."""
    from django.contrib.gis.geos import Point

    walker = wuhan.walker(wuhan.register("T5", name=NAME, location=Point(114.31, 30.55, srid=4490)))
    run_to(walker, "B02", "apply")
    with scope.system("test"):
        project = Project.objects.get(pk=walker.project.pk)
        Timer.objects.create(
            project=project,
            region_code=project.region_code,
            parties=project.parties,
            kind="duty",
            code="x",
            title="x",
            starts_on=date(2026, 3, 1),
        )
        assert (
            Certificate.objects.filter(subject=project.subject).exists()
            and Document.objects.filter(subject=project.subject).exists()
        )
    return project


def addresses(project: Project) -> list[str]:
    """Every way to one project by its id."""
    with scope.system("test"):
        record = StepRecord.objects.filter(project=project).first()
        task = Task.objects.filter(subject=project.subject).first()
        document = Document.objects.filter(subject=project.subject).first()
        certificate = Certificate.objects.filter(subject=project.subject).first()
        material = Material.objects.filter(project=project).first()
    base = f"/project-management/{project.pk}/"
    return [
        base, *(f"{base}?tab={tab}" for tab in ("steps", "diagram", "papers", "firms", "timers", "links", "trace")),
        f"/project-management/steps/{record.pk}/", f"/workflow/tasks/{task.pk}/", f"/workflow/instances/{project.process_id}/",
        f"/workflow/instances/{project.process_id}/diagram.json", f"/api/v1/project_management/project/{project.pk}",
        reverse("documents:document", args=[document.pk]), reverse("documents:file", args=[material.file_id]),
        reverse("certificates:certificate", args=[certificate.pk]),
    ]  # fmt: skip


def lists() -> list[str]:
    """Every list that could name it."""
    return [
        "/r/project_management/project/?q=" + NAME, "/api/v1/project_management/project", "/r/project_management/step_record/",
        "/api/v1/project_management/project/items.geojson?bbox=114,30,115,31", "/r/project_management/project/export/?format=csv",
        "/r/project_management/participation/", "/r/project_management/timer/", reverse("workbench:search") + "?q=" + NAME, "/workflow/todo/",
    ]  # fmt: skip


def text_of(answer) -> str:
    return b"".join(answer.streaming_content).decode("utf-8", "replace") if answer.streaming else answer.text


def test_an_official_of_another_city_sees_nothing(project: Project, yichang: World) -> None:
    with scope.system("test"):
        viewer = people.make_official(
            "420502", "HUD", ("viewer", "window", "reviewer", "approver", "supervisor", "data_admin"), name="西陵全能"
        )
    with scope.acting(people.scope_of(viewer)):
        for model in MODELS:
            rows = model.objects.filter(region_code__startswith="4201")
            assert rows.count() == 0, model
        with connection.cursor() as cursor:
            for table in (m._meta.db_table for m in MODELS):
                cursor.execute(f"SELECT count(*) FROM \"{table}\" WHERE region_code LIKE '4201%'")
                assert cursor.fetchone()[0] == 0, table
            cursor.execute("UPDATE project_management_project SET name = 'x' WHERE id = %s", [project.pk])
            assert cursor.rowcount == 0
    client = Client()
    people.login(client, viewer)
    for address in addresses(project):
        answer = client.get(address)
        assert answer.status_code == 404, f"{address}: {answer.status_code}"
        assert NAME not in answer.text
    for address in lists():
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        said = text_of(answer).replace(f'value="{NAME}"', "").replace(f"“{NAME}”", "")
        assert project.code not in said and f"/project-management/{project.pk}/" not in said, address
    tile = client.get("/tiles/project_management/project/10/837/420.mvt")
    assert tile.status_code in (200, 204) and NAME.encode() not in tile.content


def test_an_official_of_the_place_sees_all_of_it(project: Project, wuhan: World) -> None:
    with scope.system("test"):
        viewer = people.make_official("420106", "HUD", ("viewer", "reviewer", "data_admin"), name="武昌住建")
    client = Client()
    people.login(client, viewer)
    for address in addresses(project):
        assert client.get(address).status_code == 200, address
    assert NAME in client.get(lists()[0]).text
    assert NAME in text_of(client.get(lists()[4]))
    assert NAME in client.get(lists()[3]).text


def test_a_second_firm_sees_it_only_from_the_day_it_joined_and_then_everything(project: Project, wuhan: World) -> None:
    firm = wuhan.orgs["contractor"]
    account = wuhan.officials["contractor"]
    client = Client()
    people.login(client, account)
    for address in addresses(project):
        assert client.get(address).status_code == 404, address
    with scope.acting(people.scope_of(account)):
        assert not any(model.objects.exists() for model in MODELS if model is not History)
        with pytest.raises(Refusal):
            do_join(project, "CON", firm.code, firm.name, date(2026, 3, 10))
    with scope.acting(people.scope_of(wuhan.developer)):
        do_join(project, "CON", firm.code, firm.name, date(2026, 3, 10), manager_name="王建国")
        with pytest.raises(Refusal) as told:
            do_join(project, "XXX", "91420106MA4K2B7T5A", " ", date(2026, 3, 10))
        assert {"participation.role", "participation.name", "uscc.check"} <= codes_of(told.value)
    with scope.system("test"):
        everything = {
            model: model.objects.filter(region_code__startswith="4201").count()
            for model in (StepRecord, Material, Document, Certificate, Task)
        }
    with scope.acting(people.scope_of(account)):
        for model, count in everything.items():
            assert model.objects.count() == count, model
    for address in addresses(project):
        assert client.get(address).status_code == 200, address
    trace = client.get(f"/project-management/{project.pk}/?tab=trace").text
    assert "项目登记" in trace or "办结任务" in trace, "also what was before it joined"


def test_a_firm_that_only_takes_part_cannot_hand_in_for_the_developer(project: Project, wuhan: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from zhujian.boards.construction.project_management.demo.walk import sample_pdf

    firm, account = wuhan.orgs["other"], wuhan.officials["other"]
    with scope.acting(people.scope_of(wuhan.developer)):
        do_join(project, "LAB", firm.code, firm.name, date(2026, 3, 10))
    with scope.system("test"):
        task = Task.objects.get(subject=project.subject, step="B02", node="apply", status="ready")
        before = Material.objects.filter(project=project).count()
    client = Client()
    people.login(client, account)
    forged = SimpleUploadedFile("假申请表.pdf", sample_pdf("假申请表").read(), content_type="application/pdf")
    answer = client.post(f"/workflow/tasks/{task.pk}/", {"outcome": "submit", "version": task.version, "m_B02-01": forged})
    assert answer.status_code in (403, 422)
    with scope.system("test"):
        assert Material.objects.filter(project=project).count() == before, "nobody hands in for somebody else"


def test_the_public_learns_progress_but_no_persons_and_no_amounts(project: Project) -> None:
    client = Client()
    answer = client.get("/public/progress/", {"number": project.code}, follow=True)
    assert answer.status_code == 200 and NAME in answer.text and "建设用地规划许可证" in answer.text
    assert "NRP承办" not in answer.text and "窗口受理" not in answer.text and "32000" not in answer.text
    assert client.get(f"/project-management/{project.pk}/").status_code in (302, 403, 404)
