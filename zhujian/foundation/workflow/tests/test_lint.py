"""What is refused on upload, each with its code, sentence and element; and that nothing in a definition can run as a program."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow import dmn, safe_eval, store
from zhujian.foundation.workflow.diagram import Unreadable, read_decision, read_process, safe_root
from zhujian.foundation.workflow.lint import Known, diff, lint, lint_decision
from zhujian.foundation.workflow.tests import samples
from zhujian.foundation.workflow.tests.samples import bpmn, call, end, start, user, xor

KNOWN = Known(
    roles={"reviewer", "window", "approver"}, authorities={"HUD"}, forms={"f.one"}, limits={"m.limit"}, processes={"t_simple"},
    decisions={"t_kind"},
)  # fmt: skip


def codes(xml: str, default: str = "") -> set[str]:
    process = read_process(safe_root(xml))
    return {f.code for f in lint(process, KNOWN, read_process(safe_root(default)) if default else None)}


LINE = [("s", "a"), ("a", "e")]


@pytest.mark.parametrize(("code", "xml"), [
    ("bpmn.start", bpmn("p", [start(), start("s2"), user("a"), end()], [*LINE, ("s2", "a")])),
    ("bpmn.start", bpmn("p", [user("a"), end()], [("a", "e")])),
    ("bpmn.end", bpmn("p", [start(), user("a")], [("s", "a")])),
    ("bpmn.unreachable", bpmn("p", [start(), user("a"), user("lost"), end()], [*LINE, ("lost", "e")])),
    ("bpmn.endless", bpmn("p", [start(), xor("x", "x_a"), user("a"), user("trap"), end()],
                          [("s", "x"), ("x", "a"), ("x", "trap", "n > 1"), ("trap", "trap"), ("a", "e")])),
    ("bpmn.default", bpmn("p", [start(), xor("x"), user("a"), user("b"), end()],
                          [("s", "x"), ("x", "a", "n > 1"), ("x", "b", "n < 1"), ("a", "e"), ("b", "e")])),
    ("bpmn.condition.missing", bpmn("p", [start(), xor("x", "x_a"), user("a"), user("b"), end()],
                                    [("s", "x"), ("x", "a"), ("x", "b"), ("a", "e"), ("b", "e")])),
    ("bpmn.condition", bpmn("p", [start(), xor("x", "x_a"), user("a"), user("b"), end()],
                            [("s", "x"), ("x", "a"), ("x", "b", "__import__('os').system('id')"), ("a", "e"), ("b", "e")])),
    ("bpmn.condition.place", bpmn("p", [start(), user("a"), end()], [("s", "a", "n > 1"), ("a", "e")])),
    ("bpmn.split", bpmn("p", [start(), user("a"), user("b"), end()], [("s", "a"), ("s", "b"), ("a", "e"), ("b", "e")])),
    ("bpmn.role", bpmn("p", [start(), user("a", role="king"), end()], LINE)),
    ("bpmn.authority", bpmn("p", [start(), user("a", authority="ZZZ"), end()], LINE)),
    ("bpmn.form", bpmn("p", [start(), user("a", form="f.two"), end()], LINE)),
    ("bpmn.limit", bpmn("p", [start(), user("a", limit="m.none"), end()], LINE)),
    ("bpmn.attribute", bpmn("p", [start(), user("a", colour="red"), end()], LINE)),
    ("bpmn.called", bpmn("p", [start(), call("a", "t_unknown"), end()], LINE)),
    ("bpmn.decision", bpmn("p", [start(), '<bpmn:businessRuleTask id="a" name="d" zj:decision="no"/>', end()], LINE)),
    ("bpmn.action", bpmn("p", [start(), '<bpmn:serviceTask id="a" name="d"/>', end()], LINE)),
    ("bpmn.unsupported", bpmn("p", [start(), '<bpmn:scriptTask id="a" name="x"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>', end()], LINE)),
    ("bpmn.script", bpmn("p", [start(), '<bpmn:scriptTask id="a" name="x"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>', end()], LINE)),
    ("bpmn.event", bpmn("p", [start(), '<bpmn:intermediateCatchEvent id="a"><bpmn:messageEventDefinition/></bpmn:intermediateCatchEvent>', end()], LINE)),
    ("bpmn.loop", bpmn("p", [start(), call("a", "t_simple", '<bpmn:multiInstanceLoopCharacteristics/>'), end()], LINE)),
    ("bpmn.outcomes", bpmn("p", [start(), user("a", outcomes="x:一|x:二"), end()], LINE)),
    ("bpmn.clock", bpmn("p", [start(), user("a", outcomes="x:一", clock="y"), end()], LINE)),
    ("bpmn.foreign", bpmn("p", [start(), '<bpmn:userTask id="a" name="a" xmlns:o="urn:other" o:listener="x"/>', end()], LINE)),
])  # fmt: skip
def test_each_fault_has_its_code(code: str, xml: str) -> None:
    assert code in codes(xml)


def test_good_diagrams_have_no_findings() -> None:
    for name in ("t_simple", "t_choice", "t_parallel", "t_loop", "t_approval"):
        assert codes(samples.ALL[name]) == set(), name


def test_every_finding_speaks_chinese_and_names_its_element() -> None:
    process = read_process(safe_root(bpmn("p", [start(), user("a", role="king", colour="red"), user("lost"), end()], LINE)))
    for finding in lint(process, KNOWN):
        assert finding.element and any("\u4e00" <= c <= "\u9fff" for c in finding.message)


def test_a_variant_keeps_the_mandatory_steps() -> None:
    default = bpmn("p", [start(), user("a", mandatory="true"), user("b"), end()], [("s", "a"), ("a", "b"), ("b", "e")])
    gone = bpmn("p", [start(), user("b"), end()], [("s", "b"), ("b", "e")])
    unmarked = bpmn("p", [start(), user("a"), end()], LINE)
    other_kind = bpmn("p", [start(), call("a", "t_simple", mandatory="true"), end()], LINE)
    assert "variant.mandatory" in codes(gone, default)
    assert "variant.mandatory.mark" in codes(unmarked, default)
    assert "variant.mandatory.kind" in codes(other_kind, default)
    assert codes(default, default) == set()


def test_walking_around_a_mandatory_step_is_found() -> None:
    from zhujian.foundation.workflow.lint import bypassed

    default = read_process(safe_root(bpmn("p", [start(), user("a", mandatory="true"), end()], LINE)))
    around = read_process(safe_root(bpmn(
        "p", [start(), xor("x", "x_e"), user("a", mandatory="true"), end()], [("s", "x"), ("x", "a", "n > 1"), ("x", "e"), ("a", "e")]
    )))  # fmt: skip
    assert [f.code for f in bypassed(around, default)] == ["variant.bypass"]
    assert not list(bypassed(default, default))


def test_differences_in_words() -> None:
    old = read_process(safe_root(bpmn("p", [start(), user("a"), user("b"), end()], [("s", "a"), ("a", "b"), ("b", "e")])))
    new = read_process(safe_root(bpmn("p", [start(), user("a", role="window"), end()], LINE)))
    words = [c.message for c in diff(old, new)]
    assert "删除任务“办理b”" in words and "“办理a”的角色由“reviewer”改为“window”" in words and "新增连线“办理a”→“e”" in words
    assert diff(old, old) == []


@pytest.mark.parametrize("xml", [
    "", "<a", "not xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "<a/>", '<?xml version="1.0" encoding="no-such"?><a/>',
])  # fmt: skip
def test_unsafe_or_broken_files_are_refused_in_words(xml: str) -> None:
    with pytest.raises(Refusal) as caught:
        store.read(xml)
    assert caught.value.code == "workflow.definition.unreadable"


def test_oversized_file_is_refused() -> None:
    with pytest.raises(Unreadable):
        safe_root("<a>" + "x" * 2_100_000 + "</a>")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        safe_root(raw)


@given(st.text(alphabet="abcx_().[]'\"<>=!+-*/ ,0123456789:{}lambdaimport", max_size=60))
def test_any_condition_is_a_plain_value_or_refused(text: str) -> None:
    try:
        value = safe_eval.evaluate(text, {"a": 1, "x": "text", "b": None, "c": [1, 2]})
    except (safe_eval.Unsafe, safe_eval.MissingFact, OverflowError):
        return
    assert value is None or isinstance(value, (bool, int, float, str, list))


@pytest.mark.parametrize("text", [
    "().__class__", "a.b", "f()", "x[0]", "[i for i in x]", "lambda: 1", "__builtins__", "{1: 2}", "f'{a}'", "a if b else c", "(y := 1)",
    "9 ** 9", "1 << 9", "~1", "a @ b", "...", "b'x'", "1j", "*a", "", " ", "a" * 601, "+".join(["1"] * 200),
])  # fmt: skip
def test_programs_are_not_conditions(text: str) -> None:
    with pytest.raises(safe_eval.Unsafe):
        safe_eval.evaluate(text, {})


@pytest.mark.parametrize(("text", "facts", "value"), [
    ("gfa >= 300", {"gfa": 300}, True), ("gfa >= 300", {"gfa": "300.5"}, True), ("kind in ['T1', 'T2']", {"kind": "T3"}, False),
    ("kind not in ['T1']", {}, True), ("result_C03 == 'pass'", {}, False), ("result_C03 != 'pass'", {}, True), ("a and not b", {"a": 1}, True),
    ("0 < n < 10", {"n": 9.99}, True), ("day > '2026-01-01'", {"day": "2026-02-01"}, True), ("a + b > 3", {"a": 1, "b": "2.5"}, True),
    ("${outcome == 'pass'}", {"outcome": "pass"}, True), ("flag == true", {"flag": True}, True), ("x == null", {}, True),
])  # fmt: skip
def test_condition_values(text: str, facts: dict, value: bool) -> None:
    assert bool(safe_eval.evaluate(text, facts)) is value


@pytest.mark.parametrize("text", ["gfa >= 300", "a + 1 > 2", "n / 0 > 1", "'x' > 3"])
def test_unknown_thresholds_are_never_guessed(text: str) -> None:
    with pytest.raises(safe_eval.MissingFact):
        safe_eval.evaluate(text, {"n": 1})


DECISION = read_decision(safe_root(samples.DMN))


@pytest.mark.parametrize(("facts", "kind"), [
    ({"invest": "GOV", "gfa": None}, "T1"), ({"invest": "FIRM", "gfa": 300}, "T3"), ({"invest": "FIRM", "gfa": 10000}, "T3"),
    ({"invest": "FIRM", "gfa": 10000.01}, "T9"),
])  # fmt: skip
def test_decision_table(facts: dict, kind: str) -> None:
    outputs, rows = dmn.decide(DECISION, facts)
    assert outputs == {"project_type": kind} and len(rows) == 1


def test_decision_without_a_fitting_row_says_so() -> None:
    with pytest.raises(dmn.NoRule):
        dmn.decide(DECISION, {"invest": "FIRM", "gfa": 1})


@pytest.mark.parametrize(("cell", "value", "fits"), [
    ("", 1, True), ("-", None, True), ('"A","B"', "B", True), ('not("A")', "A", False), ("[5..10]", 10, True), ("[5..10)", 10, False),
    ("(5..10]", 5, False), (">= 5", 5, True), ("? > 3 and ? < 9", 9, False), ("true", True, True), ("null", None, True), ('"a?b"', "a?b", True),
])  # fmt: skip
def test_cells(cell: str, value: object, fits: bool) -> None:
    assert dmn.fits(cell, "v", {"v": value}) is fits


def test_unique_tables_refuse_two_hits() -> None:
    two = dmn.Decision(
        "d", "表", "UNIQUE", (("v", "v"),), (("o", "o"),), (dmn.Rule("1", ("",), ("1",)), dmn.Rule("2", ("> 0",), ("2",)))
    )
    with pytest.raises(dmn.NoRule):
        dmn.decide(two, {"v": 1})
    assert dmn.decide(two.__class__(**{**two.__dict__, "policy": "COLLECT"}), {"v": 1})[0] == {"o": [1, 2]}


def test_decision_lint() -> None:
    assert lint_decision(DECISION) == []
    bad = read_decision(safe_root(samples.DMN.replace('"GOV","SOE"', "open('/etc/passwd')")))
    assert [f.code for f in lint_decision(bad)] == ["dmn.cell"]
