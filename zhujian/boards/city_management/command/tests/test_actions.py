"""Every action that the loop can write into a case's log has words."""

from __future__ import annotations

import ast
from pathlib import Path

from lxml import etree

from zhujian.boards.city_management.command.models import Extension
from zhujian.boards.city_management.command.rules.actions import ACTIONS, label

ROOM = Path(__file__).parent.parent
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}userTask"
# Where the action stands among the arguments of what writes or passes it on.
CALLS = {"step": 1, "end_early": 2, "Effect": 0}
SPREAD = {"extend_": [state for state in Extension.State.values if state not in ("department", "lapsed")]}


def words(node: ast.expr) -> list[str]:
    """The strings an expression can be."""
    if isinstance(node, ast.Constant):
        return [str(node.value)] if node.value else []
    if isinstance(node, ast.IfExp):
        return words(node.body) + words(node.orelse)
    if isinstance(node, ast.JoinedStr):
        first = node.values[0]
        assert isinstance(first, ast.Constant), ast.unparse(node)
        return [f"{first.value}{end}" for end in SPREAD[str(first.value)]]
    assert isinstance(node, ast.Name | ast.Call | ast.BoolOp), ast.unparse(node)  # handed on from a call that is looked at itself
    return []


def written() -> dict[str, set[str]]:
    """action → files that write it."""
    found: dict[str, set[str]] = {}
    for path in [*(ROOM / "services").glob("*.py"), ROOM / "demo" / "history.py"]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name not in CALLS:
                continue
            place = 0 if path.name == "history.py" else CALLS[name]
            given = [call.args[place]] if len(call.args) > place else []
            given += [keyword.value for keyword in call.keywords if keyword.arg == "action"]
            for node in given:
                for action in words(node):
                    found.setdefault(action, set()).add(path.name)
    return found


def outcomes() -> set[str]:
    """``node:outcome`` of every step of the diagram: what is written when a step has no name of its own."""
    tree = etree.parse(ROOM / "processes" / "city_case.bpmn")
    return {
        f"{task.get('id')}:{part.partition(':')[0]}"
        for task in tree.iter(BPMN)
        for part in task.get("{urn:zhujian:bpmn:1}outcomes", "").split("|")
    }


def test_every_action_that_is_written_has_words() -> None:
    found = written()
    assert {"overdue", "merge", "suspend", "supervise_reply", "appeal_review", "extend_centre", "feed_back"} <= set(found), (
        "the walk sees them"
    )
    assert not {action: files for action, files in found.items() if action not in ACTIONS}


def test_every_outcome_has_words_of_its_own_or_an_action() -> None:
    named = {  # outcomes that `services.effects` names otherwise
        "register:register", "dispatch:dispatch", "dispatch:down", "district:dispatch", "district:return", "coordinate:designate",
        "department:assign", "department:return", "handle:done", "confirm:pass", "send_check:send", "close:close", "close:rework",
    }  # fmt: skip
    assert not outcomes() - named - set(ACTIONS)


def test_words_are_words() -> None:
    assert all(label(action) != action and not label(action).isascii() for action in ACTIONS)
    assert label("check:third") == "check:third", "what a city's diagram adds is shown by its code"
