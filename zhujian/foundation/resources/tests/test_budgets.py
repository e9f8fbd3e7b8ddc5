"""How many statements a page may send, and that lists never count or skip rows."""

from __future__ import annotations

import pytest

from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import registry, search_all
from zhujian.foundation.resources.checks import indexed, sorted_columns_have_indexes
from zhujian.foundation.resources.testing import assert_queries

LIST = "/r/standards/standard/"


@pytest.fixture
def many(make_standard):
    for number in range(60):
        make_standard(f"GB {number}-2020")


def test_list_page(as_keeper, many) -> None:
    as_keeper.get(LIST)
    with assert_queries(6) as sent:
        as_keeper.get(LIST, {"level": "national", "sort": "no"})
    own = [sql for sql in sent if "standards_standard" in sql]
    assert len(own) == 2  # the rows, and the capped count
    assert not any(" OFFSET " in sql.upper() for sql in sent)
    assert "LIMIT 1001" in own[1]


def test_api_list(as_keeper, many) -> None:
    as_keeper.get("/api/v1/standards/standard")
    with assert_queries(6) as sent:
        as_keeper.get("/api/v1/standards/standard")
    assert sum("standards_standard" in sql for sql in sent) == 1


def test_detail_page(as_keeper, make_standard) -> None:
    made = make_standard("GB 1-2020")
    as_keeper.get(f"{LIST}{made.pk}/")
    with assert_queries(12):
        as_keeper.get(f"{LIST}{made.pk}/")


def test_a_countys_list_reads_its_own_index(keeper, make_standard) -> None:
    made = make_standard("GB 1-2020")
    assert made.county_key == "420106"
    with scope.acting(scope_of(keeper)):
        from zhujian.foundation.resources.query import Query

        where, params = Query(registry.get("standards.standard")).where()
    assert where == '(t."county_key" = %s)' and params == ["420106"]


def test_every_sort_has_an_index() -> None:
    assert [warning.msg for warning in sorted_columns_have_indexes() if "standards." in warning.msg] == []
    assert {("no",), ("county_key", "effective")} <= indexed(registry.get("standards.standard"))


def test_search_over_all(keeper, many) -> None:
    with scope.acting(scope_of(keeper)):
        groups = {group.title: group for group in search_all("GB 1")}
        assert len(groups["标准"].hits) == 5 and groups["标准"].more.endswith("?q=GB+1")
        assert groups["标准"].hits[0].label.startswith("GB 1")
        assert [hit.label for group in search_all("武昌区") for hit in group.hits][:1] == ["武昌区"]
        assert search_all("x") == [] and search_all("\x00ab") == []


def test_catalogue(as_keeper) -> None:
    page = as_keeper.get("/r/catalogue/").content.decode()
    assert "标准" in page and "无条件共享" in page and "区划边界" in page
