"""Walks a project through its life the way people would: each open task is done by somebody who may do it.

Used by the demonstration data and by tests; it goes through the same services as the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.forms.steps import prefill, stage_fields, stage_of, stage_values
from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.selectors import latest_steps
from zhujian.boards.construction.project_management.services import materials, records
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account, Organisation, Post
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects
from zhujian.foundation.workflow.models import Task

Choose = Callable[[Task], str]
OPINIONS = {
    "accept": "材料齐全，符合法定形式，予以受理。",
    "review": "经审查，符合规定，建议准予。",
    "decide": "同意。",
    "confirm": "核对无误。",
}


SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


def sample_pdf(title: str) -> ContentFile:
    """A small real PDF that says what it stands for."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": title})
    stream = BytesIO()
    writer.write(stream)
    return ContentFile(stream.getvalue(), name=f"{title[:40]}.pdf")


def value_for(spec: steps.Field, project: Project, firms: Mapping[str, Organisation]) -> Any:
    """A believable value for a field nobody has filled yet."""
    today = timezone.localdate()
    if spec.type == "date":
        return today.isoformat()
    if spec.type == "bool":
        return True
    if spec.type == "choice":
        return spec.choices[0][0]
    if spec.type == "money":
        return str(project.total_investment_wan or 1000)
    if spec.type == "area":
        return str(project.gfa_m2 or 1000)
    if spec.type == "number":
        return "2"
    if spec.type == "org":
        firm = firms.get(spec.key) or firms["other"]
        return f"{firm.name}（{firm.code}）"
    return person(project, spec.key) if spec.type == "person" else f"{spec.label}：符合要求"


def person(project: Project, key: str) -> str:
    """A name for a person in charge: the same for one project and duty, another for the next (one manager, one project)."""
    number = (project.pk or 0) * 7 + sum(map(ord, key))
    return (
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"[number % 20]
        + ("建国", "志强", "晓峰", "文斌", "思远", "海燕", "明辉")[number % 7]
    )


def straight(task: Task) -> str:
    """The favourable outcome; a loop is closed as soon as it holds what it must."""
    codes = [code for code, _ in task.outcomes]
    if "close" not in codes:
        return codes[0]
    project = Project.objects.get(pk=int(task.subject.rpartition(":")[2]))
    return "close" if records.entries(project, task.step) >= steps.step(task.step, project.region_code).at_least else codes[0]


def story(today: date) -> dict[str, dict[str, Any]]:
    """Values by step where today would break the law: bids take twenty days, the station is told seven working days before …"""

    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    return {
        "C01": {"notice_on": ago(60), "opened_on": ago(35), "published_until": ago(30)}, "C07": {"phase": "W", "safety_officers": "3"},
        "C06": {"safety_officers": "3"}, "D10": {"is_major": False, "back_to": "不需要"}, "E06": {"notified_on": ago(20)}, "G01": {"households": "40"},
        "G02": {"published_on": ago(45), "closed_on": ago(10)}, "G07": {"filed_on": ago(40), "planned_start": ago(20)},
    }  # fmt: skip


class Walker:
    """Drives one project. `choose` picks an outcome per task (default: `straight`)."""

    def __init__(
        self, project: Project, firms: Mapping[str, Organisation], choose: Choose | None = None, with_files: bool = True
    ) -> None:
        self.project, self.firms, self.with_files = project, firms, with_files
        self.choose = choose or straight
        self.done: list[Task] = []
        self.values = story(timezone.localdate())

    def person_for(self, task: Task) -> scope.Scope:
        """Somebody who may do the task."""
        if task.assignee:
            return self._scope(identity.account(task.assignee))
        if task.party_keys:
            codes = [key[4:] for key in task.party_keys if key.startswith("org:")]
            posts = (
                Post.objects.filter(organisation__code__in=codes, valid_to__isnull=True)
                .select_related("account", "organisation")
                .order_by("id")
            )
        else:
            posts = Post.objects.filter(
                organisation=task.org_id, roles__contains=[task.role], valid_to__isnull=True
            ).select_related("account", "organisation")
        for post in posts.order_by("id"):
            found = self._scope(post.account, post)
            if subjects.may_act(task, found):
                return found
        raise LookupError(
            f"nobody may do {task.step} {task.title} ({task.role} {task.org_name or task.authority} {task.party_keys})"
        )

    def _scope(self, account: Account | None, post: Post | None = None) -> scope.Scope:
        if account is None:
            raise LookupError("no such account")
        posts = identity.posts_of(account)
        return identity.scope_for(account, post or (posts[0] if posts else None))

    def form_of(self, task: Task) -> dict[str, Any]:
        """Values of the task's form: given ones, prefilled ones, believable ones."""
        project = Project.objects.get(pk=self.project.pk)
        done = latest_steps(project)
        if task.form == "stage_application":
            fields: Any = stage_fields(project, stage_of(task))
        elif task.step:
            fields = steps.step(task.step, project.region_code).fields
        else:
            return {}
        given = self.values.get(task.step, {})
        common = stage_values(project, steps.step(task.step).stage) if task.step else {}
        form = {}
        for spec in fields:
            start = given.get(spec.key, prefill(spec, project, done, common))
            if start == "" and spec.key in given:
                continue  # left empty on purpose
            start = value_for(spec, project, self.firms) if start in (None, "") else start
            form[spec.key] = start if isinstance(start, bool) else str(start)
        return form

    def do(self, task: Task, outcome: str | None = None, comment: str = "") -> Task:
        """Complete one task."""
        who = self.person_for(task)
        with scope.system("演示数据"):
            chosen = outcome or self.choose(task)
        with scope.acting(who):
            form = self.form_of(task) if task.form else {}
            if self.with_files and task.form == "step":
                self._hand_in(task)
            found = workflow.do_complete(
                task.pk,
                outcome=chosen,
                data={"form": form},
                expected_version=task.version,
                comment=comment or OPINIONS.get(task.node, ""),
            )
        self.done.append(found)
        return found

    def _hand_in(self, task: Task) -> None:
        project = Project.objects.get(pk=self.project.pk)
        have = materials.present(project, task.step)
        for item in steps.step(task.step, project.region_code).materials:
            if item.required and item.to_upload and item.due_at(task.node) and item.code not in have:
                materials.do_attach(project, task.step, item.code, item.title, sample_pdf(item.title))

    def open(self) -> list[Task]:
        """Open tasks of the project."""
        with scope.system("演示数据"):
            return subjects.open_tasks(self.project.subject)

    def run(self, until: Callable[[Task], bool] | None = None, most: int = 600) -> list[Task]:
        """Do open tasks, oldest first, until none is left or `until(task)` holds for every open one."""
        for _ in range(most):
            todo = [task for task in self.open() if not (until and until(task))]
            if not todo:
                return self.done
            self.do(min(todo, key=lambda task: (task.asked_by_id is None, task.pk)))  # opinions first: a review waits for them
        raise RuntimeError(f"{self.project.code}: not finished after {most} tasks")
