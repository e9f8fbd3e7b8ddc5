"""People and processes that the tests share."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services
from zhujian.foundation.workflow.tests import samples

WUCHANG = "420106000000"


@pytest.fixture
def office(db) -> SimpleNamespace:
    """A county HUD office with window, two reviewers, approver and supervisor; one firm; the sample processes published."""
    with scope.system("测试"):
        samples.publish(*samples.ALL.values())
        people = {
            name: make_official(WUCHANG, "HUD", roles, name=name)
            for name, roles in {
                "窗口": ["window"],
                "审查甲": ["reviewer"],
                "审查乙": ["reviewer"],
                "负责人": ["approver"],
                "监管": ["supervisor"],
            }.items()
        }
        firm = make_enterprise()
        return SimpleNamespace(
            window=people["窗口"], one=people["审查甲"], two=people["审查乙"], approver=people["负责人"], supervisor=people["监管"],
            firm=firm, firm_key=scope_of(firm).keys[2], other=make_enterprise(name="别的公司"), far=make_official("420500000000", "HUD", ["reviewer"]),
        )  # fmt: skip


@pytest.fixture
def begin(office):
    """Starts a process as the firm."""

    def go(key: str, subject: str = "test.thing:1", **facts: object):
        with scope.acting(scope_of(office.firm)):
            return services.start(
                key, subject=subject, region_code=WUCHANG, title="测试事项", parties=[office.firm_key], facts=facts
            )

    return go
