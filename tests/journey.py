"""What the browser journeys share: the demo's people and firms in the test database, and the hands of a person at the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction

from zhujian.boards.construction.project_management import demo
from zhujian.boards.construction.project_management.demo.walk import Walker, sample_pdf
from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import demo as people
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow.models import OPEN, Task


@contextmanager
def everything() -> Iterator[None]:
    """A transaction that sees the whole province."""
    with transaction.atomic(), scope.system("test"):
        yield


def settle() -> None:
    """Offices, officials and firms of the demo."""
    with everything():
        people.load()


def account(name: str) -> Account:
    """One of the demo's people by login name."""
    return Account.objects.get(username=name)


def registered(username: str, values: dict[str, Any], *, region: str = "420106000000", **more: Any) -> Project:
    """A project that the firm's person has registered."""
    with everything():
        who = account(username)
        post = identity.posts_of(who)[0]
        firm = post.organisation
        base = {
            "region_code": region,
            "developer_code": firm.code,
            "developer_name": firm.name,
            "conditions": ["utilities_needed"],
        }
        with scope.acting(identity.scope_for(who, post)):
            return do_register({**values, **base, "address": "武昌区中南路1号", **more})


def places(project: Project) -> set[tuple[str, str]]:
    """(step, node) of the open tasks."""
    with everything():
        return set(Task.objects.filter(subject=project.subject, status__in=OPEN).values_list("step", "node"))


def walker(project: Project) -> Walker:
    """Does the rest of a project's tasks the way the people would."""
    with everything():
        return Walker(project, demo.team(project.region_code))


def walk(project: Project, *, until: Any) -> None:
    """Do open tasks until `until(task)` holds for all that are left."""
    with everything():
        walker(project).run(until=until)


def task(project: Project, step: str, node: str) -> Task:
    """The open task of a place; fails when there is none."""
    with everything():
        return Task.objects.get(subject=project.subject, step=step, node=node, status__in=OPEN, asked_by=None)


def paper(folder: Path, title: str) -> Path:
    """A real PDF on disk."""
    path = folder / f"{title}.pdf"
    path.write_bytes(sample_pdf(title).read())
    return path


def open_task(page: Any, project: Project, step: str, node: str) -> None:
    """Go to the page of an open task."""
    page.goto(f"/workflow/tasks/{task(project, step, node).pk}/")


def fill_empty(page: Any, folder: Path, text: str = "符合要求", *, number: str = "1200") -> None:
    """Fill every required control of the form that is still empty, as its kind asks."""
    form = page.locator("main form:has(button[name=outcome])")
    for control in form.locator("input:not([type=hidden]), select, textarea").all():
        kind, name = (
            control.get_attribute("type") or control.evaluate("e => e.tagName.toLowerCase()"),
            control.get_attribute("name"),
        )
        if name == "comment" or control.evaluate("e => !!e.closest('.field')?.querySelector('.optional')"):
            continue
        if kind == "file":
            if "已上传" not in control.evaluate("e => e.closest('.field').innerText"):
                control.set_input_files(paper(folder, f"材料{name}"))
        elif kind == "checkbox":
            control.check()
        elif control.input_value():
            continue
        elif kind == "select":
            control.select_option(index=1)
        elif kind == "date":
            control.fill("2026-11-20")
        elif kind == "number" or control.get_attribute("inputmode") in ("decimal", "numeric"):
            control.fill(number)
        else:
            control.fill(text)


def press(page: Any, label: str, comment: str = "") -> None:
    """Give the opinion and press the outcome's button."""
    if comment:
        page.locator("#id_comment").fill(comment)
    page.locator("#id_outcome").get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state()
    assert not page.locator("[data-error-summary]").count(), page.locator("[data-error-summary]").inner_text()
