"""Pure rules about posts and duties."""

from datetime import date

import pytest

from zhujian.foundation.identity import rules
from zhujian.foundation.identity.roles import roles


def test_both_end_days_of_a_post_belong_to_it() -> None:
    start, end = date(2026, 3, 1), date(2026, 3, 31)
    assert rules.post_open(start, end, False, start) and rules.post_open(start, end, False, end)
    assert not rules.post_open(start, end, False, date(2026, 2, 28))
    assert not rules.post_open(start, end, False, date(2026, 4, 1))
    assert not rules.post_open(start, None, True, start)


def test_a_delegate_never_has_more_than_the_delegator() -> None:
    assert rules.usable_roles(["approver", "reviewer"], ["reviewer"]) == {"reviewer"}
    assert rules.usable_roles(["approver"], None) == {"approver"}


def test_roles_belong_to_one_duty() -> None:
    assert rules.duty_of(["reviewer", "viewer"]) == "business"
    assert rules.duty_of(["auditor"]) == "auditor"
    with pytest.raises(ValueError):
        rules.duty_of(["auditor", "reviewer"])


def test_the_role_list_and_the_duties_agree() -> None:
    for role in roles().values():
        assert role.duty in {*rules.DUTIES, "any"}
        assert (role.duty in rules.SEPARATED) == (role.code in rules.SEPARATED)
