"""Who may not do what on one case, whatever their posts.

Source: urban-management.md §2.1 (监督 and 指挥 are two axes, not the same person on one case), §5 pitfall 5. Nobody verifies or checks what
they themselves reported or disposed of; who disposed does not close, who reported does not close.
"""

from __future__ import annotations

from collections.abc import Collection

from zhujian.foundation.kernel.errors import Reason

SUPERVISION = frozenset({"verify", "register", "approve_void", "send_check", "check", "close"})
COMMAND = frozenset({"dispatch", "district", "coordinate"})
DISPOSAL = frozenset({"department", "handle", "confirm"})


def side_of(node: str) -> str:
    """``supervision`` (监督), ``command`` (指挥) or ``disposal`` (处置)."""
    if node in SUPERVISION:
        return "supervision"
    return "command" if node in COMMAND else "disposal"


def check_person(
    node: str,
    person: int | None,
    *,
    reporters: Collection[int],
    supervision: Collection[int],
    command: Collection[int],
    disposal: Collection[int],
) -> list[Reason]:
    """Reasons against `person` doing the step `node`; the collections are the accounts that have reported or acted on the case."""
    if person is None:
        return []
    side = side_of(node)
    found = []
    if side == "supervision" and person in command:
        found.append(Reason("case.two_sides", "您已作为指挥方派遣过这件案件，监督与指挥不能是同一人，请由其他人员办理。"))
    if side == "command" and person in supervision:
        found.append(Reason("case.two_sides", "您已作为监督方办理过这件案件，监督与指挥不能是同一人，请由其他人员派遣。"))
    if node in ("verify", "check", "close") and person in reporters:
        found.append(Reason("case.own_report", "这件案件由您上报，不能由您自己核实、核查或结案，请由其他人员办理。"))
    if node in ("check", "close", "send_check") and person in disposal:
        found.append(Reason("case.own_disposal", "您参与了这件案件的处置，不能由您核查或结案，请由其他人员办理。"))
    if side == "disposal" and person in supervision:
        found.append(Reason("case.own_check", "您已作为监督方办理过这件案件，不能再参与处置，请由其他人员办理。"))
    return found
