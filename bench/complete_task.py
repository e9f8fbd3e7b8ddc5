"""Complete one human task (state, task rows, history, event, evidence, one commit) beside SpiffWorkflow alone with its state in PostgreSQL.

The limit reads its state ``FOR UPDATE``, completes the task, runs the engine and writes the state back in one commit: nothing
else, no right checked, no row for anybody's list. Both keep the specification outside the state.

* one approval: the state is one process of four tasks on both sides;
* a project: seven stages of ten parallel approvals, half done. SpiffWorkflow keeps it as one tree; ours loads only the part.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import orjson
import psycopg
from django.db import connection, transaction
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from bench.frame import Row, app_url, owner_url

REGION = "420106000000"
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zj="urn:zhujian:bpmn:1" targetNamespace="urn:bench">'
)
STAGES, STEPS = 7, 10
HALF = STAGES // 2 * STEPS * 4
PREPARED = 700


def _process(key: str, nodes: str, flows: list[tuple[str, str]]) -> str:
    lines = "".join(f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows)
    return f'{HEAD}<process id="{key}" name="{key}" isExecutable="true"><startEvent id="s"/>{nodes}{lines}<endEvent id="e"/></process></definitions>'


def diagrams() -> list[str]:
    """An approval of four tasks, a stage of ten approvals side by side, a project of seven stages."""
    tasks = ["apply", "accept", "review", "decide"]
    nodes = "".join(f'<userTask id="{t}" name="{t}" zj:role="reviewer" zj:authority="HUD"/>' for t in tasks)
    approval = _process("bench_approval", nodes, list(zip(["s", *tasks], [*tasks, "e"], strict=True)))
    calls = [f"c{n}" for n in range(STEPS)]
    nodes = '<parallelGateway id="f"/><parallelGateway id="j"/>' + "".join(
        f'<callActivity id="{c}" name="{c}" calledElement="bench_approval" zj:step="{c}"/>' for c in calls
    )
    stage = _process("bench_stage", nodes, [("s", "f"), *(("f", c) for c in calls), *((c, "j") for c in calls), ("j", "e")])
    stages = [f"p{n}" for n in range(STAGES)]
    nodes = "".join(f'<callActivity id="{p}" name="{p}" calledElement="bench_stage"/>' for p in stages)
    project = _process("bench_project", nodes, list(zip(["s", *stages], [*stages, "e"], strict=True)))
    return [approval, stage, project]


# -- ours -----------------------------------------------------------------------------------------------------------------


def publish() -> None:
    """The three processes, once per content."""
    from zhujian.foundation.workflow import store
    from zhujian.foundation.workflow.models import Definition

    for xml in diagrams():
        kind, key, name, calls, decisions = store.read(xml)
        rows = Definition.objects.filter(key=key, region_code="")
        if rows.filter(sha=store.sha_of(xml), status="published").exists():
            continue
        rows.filter(status="published").update(status="retired")
        Definition.objects.create(
            key=key, kind=kind, number=rows.count() + 1, name=name, module="workflow", xml=xml, sha=store.sha_of(xml), calls=calls,
            decisions=decisions, status="published",
        )  # fmt: skip


def reviewer() -> object:
    """The scope of one reviewer of the county's office, made once."""
    from datetime import date

    from zhujian.foundation.identity import selectors
    from zhujian.foundation.identity.models import Account, Organisation, Post

    office, _ = Organisation.objects.get_or_create(
        code="11420106MB1234567X",
        defaults={"name": "武昌区基准局", "kind": "department", "authorities": ["HUD"], "region_code": REGION},
    )
    account = Account.objects.filter(username="bench_reviewer").first() or Account.objects.create_user(
        "bench_reviewer", name="基准", kind="official"
    )
    Post.objects.get_or_create(
        account=account, organisation=office, defaults={"title": "审查", "roles": ["reviewer"], "valid_from": date(2020, 1, 1)}
    )
    return selectors.scope_for(account, selectors.posts_of(account)[0])


def fresh(who: object) -> Iterator[int]:
    """First tasks of fresh approvals."""
    from zhujian.foundation.kernel import scope
    from zhujian.foundation.workflow import services
    from zhujian.foundation.workflow.models import Task

    with transaction.atomic(), scope.acting(who):
        made = [
            services.start("bench_approval", subject=f"bench.a:{uuid.uuid4()}", region_code=REGION, title="基准").pk
            for _ in range(PREPARED)
        ]
        return iter(list(Task.objects.filter(instance__in=made, node="apply").values_list("pk", flat=True)))


def _complete(who: object, task_id: int) -> None:
    """One completion in one transaction, as a request does it."""
    from zhujian.foundation.kernel import scope
    from zhujian.foundation.workflow import services

    with transaction.atomic():
        scope.enter(who)
        services.do_complete(task_id, outcome="done", expected_version=1)
    scope.leave()


class Project:
    """One project whose first half is done; gives its open tasks one after the other."""

    def __init__(self, who: object) -> None:
        from zhujian.foundation.kernel import scope
        from zhujian.foundation.workflow import services

        self.who, self.ids = who, iter(())
        with transaction.atomic(), scope.acting(who):
            self.pk = services.start("bench_project", subject=f"bench.p:{uuid.uuid4()}", region_code=REGION, title="基准").pk
        for _ in range(HALF):
            _complete(who, next(self))

    def __iter__(self) -> Project:
        return self

    def __next__(self) -> int:
        """The next open task."""
        from zhujian.foundation.kernel import scope
        from zhujian.foundation.workflow.models import OPEN, Task

        found = next(self.ids, None)
        if found is None:
            with transaction.atomic(), scope.acting(self.who):
                self.ids = iter(
                    list(Task.objects.filter(instance=self.pk, status__in=OPEN).order_by("id").values_list("pk", flat=True))
                )
            found = next(self.ids)
        return found


# -- the limit ------------------------------------------------------------------------------------------------------------


class _WithoutSpec(BpmnWorkflowConverter):
    """SpiffWorkflow's own converter, but the specification stays in memory."""

    known: tuple = ()

    def to_dict(self, workflow: BpmnWorkflow) -> dict:
        dct = super(BpmnWorkflowConverter, self).to_dict(workflow)
        dct["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
        dct["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
        return dct

    def from_dict(self, dct: dict) -> BpmnWorkflow:
        from uuid import UUID

        spec, subs = type(self).known
        workflow = self.target_class(spec, subs, deserializing=True)
        workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks.get(UUID(dct["root"]))
        self.set_default_attributes(workflow, dct)
        self.subprocesses_from_dict(dct["subprocesses"], workflow)
        workflow.bpmn_events = self.registry.restore(dct.pop("bpmn_events", []))
        return workflow


class Alone:
    """SpiffWorkflow with its state in one table."""

    def __init__(self, key: str) -> None:
        parser = BpmnParser()
        for xml in diagrams():
            parser.add_bpmn_str(xml.encode())
        _WithoutSpec.known = (parser.get_spec(key), parser.get_subprocess_specs(key))
        registry = BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: _WithoutSpec})
        self.serializer = BpmnWorkflowSerializer(registry)
        with psycopg.connect(owner_url(), autocommit=True) as owner:
            owner.execute("DROP TABLE IF EXISTS bench_spiff")
            owner.execute("CREATE TABLE IF NOT EXISTS bench_spiff (id bigserial PRIMARY KEY, state jsonb NOT NULL)")
            owner.execute("GRANT ALL ON bench_spiff TO zhujian_app")
            owner.execute("GRANT USAGE ON SEQUENCE bench_spiff_id_seq TO zhujian_app")
        self.db = psycopg.connect(app_url())

    def begin(self, advance: int = 0) -> int:
        """Store a fresh workflow, advanced by so many tasks; its id."""
        workflow = BpmnWorkflow(*_WithoutSpec.known)
        workflow.do_engine_steps()
        for _ in range(advance):
            self.step(workflow)
        state = orjson.dumps(self.serializer.to_dict(workflow)).decode()
        return self.db.execute("INSERT INTO bench_spiff (state) VALUES (%s::jsonb) RETURNING id", [state]).fetchone()[0]

    @staticmethod
    def step(workflow: BpmnWorkflow) -> None:
        """Complete the first ready task."""
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data["outcome"] = "done"
        task.run()
        workflow.do_engine_steps()

    def complete(self, row: int) -> None:
        """Read, complete, write, commit."""
        with self.db.transaction():
            (state,) = self.db.execute("SELECT state::text FROM bench_spiff WHERE id = %s FOR UPDATE", [row]).fetchone()
            workflow = self.serializer.from_dict(orjson.loads(state))
            self.step(workflow)
            self.db.execute(
                "UPDATE bench_spiff SET state = %s::jsonb WHERE id = %s",
                [orjson.dumps(self.serializer.to_dict(workflow)).decode(), row],
            )

    def rows(self, count: int) -> Iterator[int]:
        """Fresh workflows."""
        with self.db.transaction():
            made = [self.begin() for _ in range(count)]
        return iter(made)


def in_turns(ours: Callable[[], object], limit: Callable[[], object], *, turns: int, each: int) -> tuple[float, float]:
    """Acts per second of both, taken in turns so that what else the machine does falls on both alike."""
    spent = [0.0, 0.0]
    for act in (ours, limit):
        act()
    for _ in range(turns):
        for side, act in enumerate((ours, limit)):
            began = time.perf_counter()
            for _ in range(each):
                act()
            spent[side] += time.perf_counter() - began
    return turns * each / spent[0], turns * each / spent[1]


def run() -> list[Row]:
    """Both pairs."""
    from zhujian.foundation.kernel import scope

    with transaction.atomic(), scope.system("基准"):
        publish()
        who = reviewer()
    tasks, alone = fresh(who), Alone("bench_approval")
    rows = alone.rows(PREPARED)
    single = in_turns(lambda: _complete(who, next(tasks)), lambda: alone.complete(next(rows)), turns=25, each=20)
    project, alone = Project(who), Alone("bench_project")
    with alone.db.transaction():
        row = alone.begin(HALF)
    whole = in_turns(lambda: _complete(who, next(project)), lambda: alone.complete(row), turns=10, each=4)
    connection.close()
    return [
        Row("办结一个任务：80 步项目办到一半", *whole, 0.5, note="另一侧只有 SpiffWorkflow 和它的状态"),
        Row("办结一个任务：单个审批", *single, 0.5, note="另一侧不查权限、不写任务、事件和证据"),
    ]
