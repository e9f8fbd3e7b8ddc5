"""The engine alone: small diagrams, no database."""

from __future__ import annotations

import json

import pytest
import time_machine

from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.workflow import engine, state
from zhujian.foundation.workflow.tests import samples


class Player:
    """Plays an instance in memory, writing every part to JSON and back between two acts, as the database does."""

    def __init__(self, compiled: object, facts: dict | None = None) -> None:
        self.compiled, self.facts = compiled, dict(facts or {})
        self.parts: dict[int, dict] = {}
        self.open: dict[tuple[int, str], str] = {}
        self.status = "running"
        self.ended: list[tuple[str, str]] = []
        self.last: engine.Run | None = None
        run = self.run()
        run.start()
        self.save(run)

    def run(self) -> engine.Run:
        return engine.Run(self.compiled, self.facts, ended=self._ended, load=self.load)

    def _ended(self, part: engine.Part) -> dict:
        self.ended.append((part.step, part.result))
        return {}

    def load(self, row: int) -> engine.Part:
        kept = self.parts[row]
        return engine.Part(
            kept["spec"], kept["path"], call_task=kept["call_task"], row=row, stored=json.loads(kept["state"]),
            parent_row=kept["parent"], call=self.compiled.call_of(kept["path"]),
        )  # fmt: skip

    def save(self, run: engine.Run) -> None:
        self.last = run
        for part in run.begun:
            if part.status != "cancelled":
                part.row = len(self.parts) + 1
                self.parts[part.row] = {"spec": part.spec, "path": part.path, "call_task": part.call_task, "status": "running",
                                        "parent": part.parent.row if part.parent else None}  # fmt: skip
        for part in run.touched:
            if part.row:
                self.parts[part.row]["state"] = json.dumps(state.dump(part.workflow))
                self.parts[part.row]["status"] = part.status
                if part.status != "running" and not part.path:
                    self.status = part.status
        for part, call in run.dropped:
            self.cancel(part.row, call)
        for part, token in run.closed:
            self.open.pop((part.row, token), None)
        for opened in run.opened:
            assert (opened.part.row, opened.task) not in self.open
            self.open[opened.part.row, opened.task] = opened.node.id

    def cancel(self, row: int, call: str | None) -> None:
        for child, kept in self.parts.items():
            if kept["parent"] == row and kept["status"] == "running" and call in (None, kept["call_task"]):
                kept["status"] = "cancelled"
                self.open = {k: v for k, v in self.open.items() if k[0] != child}
                self.cancel(child, None)

    def names(self) -> list[str]:
        return sorted(self.open.values())

    def key(self, node: str, step: str = "") -> tuple[int, str]:
        return next(k for k, v in self.open.items() if v == node and (not step or step in str(self.parts[k[0]]["path"])))

    def do(self, node: str, outcome: str = "done", call: str = "") -> None:
        row, token = self.key(node, call)
        run = self.run()
        run.complete(run._load(row), token, outcome)
        self.open.pop((row, token))
        self.save(run)

    def back(self, node: str, to: str) -> None:
        row, token = self.key(node)
        run = self.run()
        part = run._load(row)
        target = next(t for t, n in run.earlier(part, token) if n == to)
        run.back(part, target)
        self.open.pop((row, token))
        self.save(run)


def play(*xmls: str, root: str, **facts: object) -> Player:
    return Player(samples.compiled(*xmls, root=root), facts)


def test_sequence_ends() -> None:
    p = play(samples.SIMPLE, root="t_simple")
    assert p.names() == ["a"]
    p.do("a", "pass")
    assert p.names() == ["b"]
    p.do("b")
    assert p.status == "finished" and not p.open


@pytest.mark.parametrize(("outcome", "gfa", "to"), [("pass", 300, "yes"), ("pass", 299.9, "no"), ("reject", 5000, "no")])
def test_exclusive_gateway_reads_outcome_and_facts(outcome: str, gfa: float, to: str) -> None:
    p = play(samples.CHOICE, root="t_choice", gfa=gfa)
    p.do("a", outcome)
    assert p.names() == [to]


def test_a_threshold_is_never_guessed() -> None:
    p = play(samples.CHOICE, root="t_choice")
    with pytest.raises(Refusal) as caught:
        p.do("a", "pass")
    assert caught.value.code == "workflow.condition.fact"
    assert "gfa" in caught.value.message


def test_parallel_waits_for_all_and_keeps_each_result() -> None:
    p = play(samples.PARALLEL, root="t_parallel")
    assert p.names() == ["p1", "p2"]
    p.do("p2", "reject")
    assert p.names() == ["p1"]
    p.do("p1", "pass")
    assert p.names() == ["last"]
    assert p.facts == {"result_P1": "pass", "result_P2": "reject"}


def test_loop_opens_the_same_node_again() -> None:
    p = play(samples.LOOP, root="t_loop")
    for _ in range(3):
        p.do("apply")
        p.do("review", "supplement")
    p.do("apply")
    p.do("review", "pass")
    assert p.status == "finished"


def test_completing_a_task_that_is_not_ready_is_refused() -> None:
    p = play(samples.SIMPLE, root="t_simple")
    row, token = p.key("a")
    p.do("a")
    run = p.run()
    with pytest.raises(Conflict):
        run.complete(run._load(row), token, "done")


def test_return_undoes_what_came_after() -> None:
    p = play(samples.PARALLEL, root="t_parallel")
    p.do("p1", "pass")
    p.do("p2", "pass")
    p.back("last", "p2")
    assert p.names() == ["p2"]
    p.do("p2", "pass")
    p.do("last")
    assert p.status == "finished"


def test_called_process_is_its_own_part_and_gives_its_result() -> None:
    p = play(samples.APPROVAL, samples.STAGE, samples.MAIN, samples.DMN, root="t_main", invest="GOV", gfa=100)
    assert p.facts["project_type"] == "T1"
    assert p.names() == ["apply", "apply"]
    assert sorted(k["spec"] for k in p.parts.values()) == ["t_approval", "t_approval", "t_main", "t_stage"]
    for call in ("c1", "c2"):
        for node, outcome in (("apply", "done"), ("accept", "accept"), ("review", "pass"), ("decide", "pass")):
            p.do(node, outcome, call)
            # Only the part worked on (and its parents when it ends) is loaded.
            assert len(p.last.touched) == (1 if node != "decide" else 2 if call == "c1" else 3)
    assert p.facts["result_C01"] == p.facts["result_C02"] == "pass"
    assert p.names() == ["close"]
    p.do("close")
    assert p.status == "finished"


def test_error_end_returns_only_that_branch() -> None:
    p = play(samples.APPROVAL, samples.STAGE, root="t_stage")
    for node, outcome in (("apply", "done"), ("accept", "accept"), ("review", "pass")):
        p.do(node, outcome, "c1")
        p.do(node, outcome, "c2")
    p.do("decide", "reject", "c1")
    assert p.facts["result_C01"] == "reject"
    assert p.names() == ["apply", "decide"]
    p.do("decide", "pass", "c2")
    for node, outcome in (("apply", "done"), ("accept", "accept"), ("review", "pass"), ("decide", "pass")):
        p.do(node, outcome, "c1")
    assert p.status == "finished" and p.facts["result_C01"] == "pass"


def test_error_without_boundary_ends_the_instance() -> None:
    p = play(samples.APPROVAL, samples.bpmn("t_top", [samples.start(), samples.call("c", "t_approval"), samples.end()], [("s", "c"), ("c", "e")]),
             root="t_top")  # fmt: skip
    for node, outcome in (("apply", "done"), ("accept", "accept"), ("review", "pass"), ("decide", "reject")):
        p.do(node, outcome)
    assert p.status == "failed" and not p.open


def test_returning_over_a_call_cancels_its_part() -> None:
    xml = samples.bpmn("t_c", [samples.start(), samples.user("a"), samples.both("f"), samples.call("c", "t_simple"), samples.user("b"),
                               samples.both("j"), samples.end()],
                       [("s", "a"), ("a", "f"), ("f", "c"), ("f", "b"), ("c", "j"), ("b", "j"), ("j", "e")])  # fmt: skip
    p = play(samples.SIMPLE, xml, root="t_c")
    p.do("a", "pass")
    assert p.names() == ["a", "b"]
    p.back("b", "a")
    assert p.names() == ["a"]
    assert [k["status"] for k in p.parts.values()] == ["running", "cancelled"]


def test_terminate_end_closes_everything() -> None:
    xml = samples.bpmn("t_t", [samples.start(), samples.both("f"), samples.user("k"), samples.call("c", "t_simple"),
                               '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>', samples.end()],
                       [("s", "f"), ("f", "k"), ("f", "c"), ("k", "stop"), ("c", "e")])  # fmt: skip
    p = play(samples.SIMPLE, xml, root="t_t")
    p.do("k")
    assert p.status == "finished" and not p.open


def test_automatic_process_ends_at_once_inside_its_caller() -> None:
    auto = samples.bpmn("t_auto", [samples.start(), samples.end(result="ok")], [("s", "e")])
    xml = samples.bpmn("t_c", [samples.start(), samples.call("c", "t_auto", step="A02"), samples.call("d", "t_auto"), samples.user("a"), samples.end()],
                       [("s", "c"), ("c", "d"), ("d", "a"), ("a", "e")])  # fmt: skip
    p = play(auto, xml, root="t_c")
    assert p.names() == ["a"] and p.facts == {"result_A02": "ok"}


def test_service_task_lets_the_handler_act() -> None:
    xml = samples.bpmn("t_s", [samples.start(), '<bpmn:serviceTask id="code" name="赋码" zj:action="assign_code"/>', samples.user("a"), samples.end()],
                       [("s", "code"), ("code", "a"), ("a", "e")])  # fmt: skip
    seen = []

    def act(node: object) -> dict:
        seen.append(node.attributes["action"])
        return {"code": "X"}

    run = engine.Run(samples.compiled(xml, root="t_s"), {}, act=act)
    run.start()
    assert seen == ["assign_code"] and run.facts == {"code": "X"}


def test_embedded_subprocess_and_multi_instance() -> None:
    inner = (
        '<bpmn:startEvent id="s1"/><bpmn:userTask id="u1" name="一" zj:role="reviewer"/><bpmn:endEvent id="e1"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="s1" targetRef="u1"/><bpmn:sequenceFlow id="f2" sourceRef="u1" targetRef="e1"/>'
    )
    xml = samples.bpmn("t_e", [samples.start(), f'<bpmn:subProcess id="sub" name="内">{inner}</bpmn:subProcess>',
                               samples.call("m", "t_simple", "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>buildings"
                               "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"), samples.end()],
                       [("s", "sub"), ("sub", "m"), ("m", "e")])  # fmt: skip
    p = play(samples.SIMPLE, xml, root="t_e", buildings=3)
    p.do("u1")
    assert p.names() == ["a", "a", "a"]
    for _ in range(3):
        p.do("a", "pass")
    assert p.names() == ["b", "b", "b"]
    for _ in range(3):
        p.do("b")
    assert p.status == "finished"


def test_stored_state_does_not_grow_with_the_history_of_other_parts() -> None:
    p = play(samples.APPROVAL, samples.STAGE, samples.MAIN, samples.DMN, root="t_main", invest="GOV", gfa=1)
    sizes = [len(k["state"]) for k in p.parts.values()]
    for node, outcome in (("apply", "done"), ("accept", "accept"), ("review", "pass"), ("decide", "pass")):
        p.do(node, outcome, "c1")
    after = [len(k["state"]) for k in p.parts.values()]
    assert after[0] == sizes[0]
    assert max(after) < 4000


TIMED = samples.bpmn(
    "t_timed",
    [samples.start(), samples.user("a"), '<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition><bpmn:timeDuration>wait'
     "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>", samples.user("lapse"), samples.end()],
    [("s", "a"), ("a", "e"), ("late", "lapse"), ("lapse", "e")],
)  # fmt: skip


def test_boundary_timer_fires_once_and_ends_the_task() -> None:
    p = play(TIMED, root="t_timed", wait="PT1S")
    run = p.run()
    part = run._open(p.load(1))
    due = engine.next_timer(part.workflow)
    assert due is not None
    with time_machine.travel(due.timestamp() + 5, tick=False):
        run = p.run()
        run.tick(p.load(1))
        p.save(run)
    assert p.names() == ["lapse"]
    assert engine.next_timer(run.touched[0].workflow) is None
    p.do("lapse")
    assert p.status == "finished"


def test_timer_is_forgotten_when_the_task_is_done_in_time() -> None:
    p = play(TIMED, root="t_timed", wait="P3M")
    p.do("a")
    assert p.status == "finished"
