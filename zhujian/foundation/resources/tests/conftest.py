"""People and rows for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.standards.models import Standard


@pytest.fixture
def keeper(db) -> Account:
    """A county's data administrator."""
    return make_official("420106000000", roles=("data_admin",), name="赵数据")


@pytest.fixture
def reader(db) -> Account:
    """A county's viewer."""
    return make_official("420106000000", roles=("viewer",), name="钱查阅")


@pytest.fixture
def as_keeper(client, keeper):
    """A test client logged in as `keeper`."""
    login(client, keeper)
    return client


@pytest.fixture
def make_standard(db) -> Callable[..., Standard]:
    """Makes one standard in a region (武昌区 unless told)."""

    def make(no: str, region: str = "420106000000", **values: object) -> Standard:
        given = {"title": f"标准 {no}", "class5": "collect", "level": "national", **values}
        with scope.system("test"):
            return Standard.objects.create(no=no, region_code=region, **given)

    return make
