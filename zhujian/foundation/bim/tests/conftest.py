"""People of one county, their firm, and the files of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from zhujian.foundation.bim import services
from zhujian.foundation.bim.intake.lane import run
from zhujian.foundation.bim.models import Version
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope

COUNTY = "420106000000"
BASE = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Files of a test lie in a folder of its own."""
    settings.VAR = tmp_path
    yield tmp_path


@pytest.fixture
def firm(db: None) -> Account:
    """The agent of a design firm."""
    return make_enterprise(region="420100000000", name="湖北某某设计院有限公司")


@pytest.fixture
def reviewer(db: None) -> Account:
    """An official who reviews and puts onto the map."""
    return make_official(COUNTY, roles=("reviewer", "approver", "viewer"), name="陈审查")


@pytest.fixture(scope="session")
def duplex() -> Path:
    """The Duplex model, when it is at hand."""
    for folder in BASE.parents:
        path = folder / "shared" / "data" / "duplex-architecture.ifc"
        if path.exists():
            return path
    pytest.skip("the Duplex model is not at hand")


@pytest.fixture
def hand_in(firm: Account) -> Callable[..., Version]:
    """Hand in a file as the firm and check it at once: (bytes, name, **values) → the version as it then stands."""

    def act(data: bytes, name: str = "模型.ifc", *, check: bool = True, **values: Any) -> Version:
        given = {"name": "测试楼 建筑模型", "discipline": "arch", "region_code": COUNTY, **values}
        with scope.acting(scope_of(firm)):
            version = services.do_submit(given, ContentFile(data, name=name))
        if check:
            work()
        return fresh(version)

    return act


def work() -> None:
    """Check everything that waits."""
    while run(lambda: False):
        pass


def fresh(version: Version) -> Version:
    """The version as it stands now."""
    with scope.system("测试"):
        return Version.objects.select_related("model", "file", "job").get(pk=version.pk)
