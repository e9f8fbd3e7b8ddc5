"""An official changes the law's numbers from a day on; everything before stays as it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.parameters import reference, selectors, services
from zhujian.foundation.parameters.models import ParameterChange, ParameterVersion

pytestmark = pytest.mark.django_db
KEY = "worktime.light_few_days"
RATIO = "worktime.light_used_ratio"
WUHAN = "420100000000"


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def province():
    return make_official("420000000000", roles=("parameter_admin",), name="省管理员")


@pytest.fixture
def wuhan():
    return make_official(WUHAN, roles=("parameter_admin",), name="市管理员")


def form(today: date, **changes: object) -> dict[str, object]:
    return {
        "region": "", "opened_for": "", "value": "3", "valid_from": (today + timedelta(days=10)).isoformat(), "basis": "鄂建文〔2026〕9号",
        "confidence": "A", "reason": "提高预警提前量", "expected": services.edge(KEY), **changes,
    }  # fmt: skip


def test_a_change_counts_from_its_day_and_leaves_its_trace(client, province, today) -> None:
    before = selectors.value(KEY, on=today)
    login(client, province)
    assert client.get(f"/parameters/{KEY}/change/").status_code == 200
    assert client.post(f"/parameters/{KEY}/change/", form(today)).status_code == 302
    day = today + timedelta(days=10)
    assert selectors.value(KEY, on=day - timedelta(days=1)).version_id == before.version_id
    after = selectors.value(KEY, on=day)
    assert (after.value, after.confidence, after.official) == (3, "A", True)
    trace = ParameterChange.objects.get(key=KEY)
    assert (trace.actor_name, trace.before["value"], trace.after["value"], trace.reason) == ("省管理员", 1, 3, "提高预警提前量")
    assert Event.objects.get(name="parameters.changed").payload["key"] == KEY
    assert Entry.objects.filter(kind="parameters.change", object_id=f"parameters.parameter:{KEY}").count() == 1
    page = client.get(f"/parameters/{KEY}/").content.decode()
    assert "待施行" in page
    assert "提高预警提前量" in page
    with scope.system("测试"):
        reference.load()
    assert selectors.value(KEY, on=day).value == 3, "loading the files again does not undo an official's change"


def test_a_city_sets_its_own_value_and_nobody_elses(client, wuhan, today) -> None:
    login(client, wuhan)
    url = f"/parameters/{KEY}/change/"
    refused = client.post(url, form(today))
    assert refused.status_code == 422
    assert "省级参数管理员" in refused.content.decode()
    assert client.post(url, form(today, region="420500000000", opened_for="420500000000", expected=0)).status_code == 422
    good = form(today, region=WUHAN, opened_for=WUHAN, expected=0, valid_from=today.isoformat())
    assert client.post(url, good).status_code == 302
    assert selectors.value(KEY, on=today, region="420106000000").value == 3
    assert selectors.value(KEY, on=today, region="420500000000").value == 1
    end = f"/parameters/{KEY}/end/{WUHAN}/"
    day = today + timedelta(days=5)
    assert client.get(end).status_code == 200
    values = {"day": day.isoformat(), "reason": "恢复全省标准", "expected": services.edge(KEY, WUHAN)}
    assert client.post(end, {**values, "day": today.isoformat()}).status_code == 422
    assert client.post(end, values).status_code == 302
    assert selectors.value(KEY, on=day, region="420106000000").value == 1
    assert selectors.value(KEY, on=day - timedelta(days=1), region="420106000000").value == 3


def test_a_planned_change_can_be_taken_back(client, province, today) -> None:
    was = selectors.value(KEY, on=today)
    login(client, province)
    client.post(f"/parameters/{KEY}/change/", form(today))
    planned = selectors.value(KEY, on=today + timedelta(days=10)).version_id
    assert client.post(f"/parameters/withdraw/{planned}/", {"reason": ""}).status_code == 422
    assert client.post(f"/parameters/withdraw/{planned}/", {"reason": "文件未通过"}).status_code == 302
    again = selectors.value(KEY, on=today + timedelta(days=10))
    assert (again.version_id, again.valid_to) == (was.version_id, None)
    assert client.post(f"/parameters/withdraw/{was.version_id}/", {"reason": "x"}).status_code == 422
    assert client.get(f"/parameters/withdraw/{planned}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": "三"}, "整数"), ({"value": "31"}, "不能大于 30"), ({"value": "-1"}, "不能小于 0"), ({"value": "1"}, "相同"),
        ({"valid_from": "2020-01-01"}, "不能早于今天"), ({"valid_from": "2026-02-30"}, "日期"), ({"basis": ""}, "依据"),
        ({"reason": " "}, "变更原因"), ({"region": "429000000000", "opened_for": "429000000000", "expected": 0}, "没有这个行政区划"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_reason_and_nothing_is_saved(client, province, today, changes: dict, says: str) -> None:
    login(client, province)
    answer = client.post(f"/parameters/{KEY}/change/", form(today, **changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not ParameterVersion.objects.filter(key=KEY, official=True).exists()
    assert not ParameterChange.objects.exists()


def test_the_second_of_two_officials_is_told(client, province, today) -> None:
    login(client, province)
    seen = form(today)
    assert client.post(f"/parameters/{KEY}/change/", seen).status_code == 302
    later = {**seen, "value": "5", "valid_from": (today + timedelta(days=20)).isoformat()}
    assert client.post(f"/parameters/{KEY}/change/", later).status_code == 409
    assert client.post(f"/parameters/{KEY}/change/", {**later, "expected": services.edge(KEY)}).status_code == 302


def test_a_day_is_taken_once(province, today) -> None:
    day = today + timedelta(days=3)
    with scope.acting(scope_of(province)):
        services.do_change(KEY, text="2", day=day, basis="文", reason="因", expected=services.edge(KEY))
        with pytest.raises(Refusal, match="已有一个版本"):
            services.do_change(KEY, text="4", day=day, basis="文", reason="因", expected=services.edge(KEY))
        with pytest.raises(Conflict):
            services.do_change(KEY, text="4", day=day + timedelta(days=1), basis="文", reason="因", expected=0)


def test_decimals_stay_exact(province, today) -> None:
    with scope.acting(scope_of(province)):
        services.do_change(
            RATIO, text="0.75", day=today + timedelta(days=1), basis="文", reason="因", expected=services.edge(RATIO)
        )
    assert str(selectors.value(RATIO, on=today + timedelta(days=1)).value) == "0.75"


def test_who_may_see_and_who_may_change(client, today) -> None:
    assert client.get("/parameters/", headers={"Accept": "application/json"}).status_code == 403
    login(client, make_enterprise())
    assert client.get("/parameters/").status_code == 403
    login(client, make_official("420106000000"))
    assert client.get(f"/parameters/{KEY}/").status_code == 200
    assert client.get(f"/parameters/{KEY}/change/").status_code == 403
    assert client.post(f"/parameters/{KEY}/change/", form(today)).status_code == 403
    assert client.get("/parameters/no.such.parameter/").status_code == 404


def test_the_list_finds_and_pages(client) -> None:
    login(client, make_official("420106000000"))
    page = client.get("/parameters/", {"q": "黄灯"}).content.decode()
    assert KEY in page
    assert "identity.lock_failures" not in page
    assert "没有符合条件" in client.get("/parameters/", {"q": "没有的东西"}).content.decode()
    assert KEY in client.get("/parameters/", {"module": "worktime"}).content.decode()
    assert KEY not in client.get("/parameters/", {"module": "worktime", "local": "1"}).content.decode()
    assert client.get("/parameters/", {"on": "x", "after": "zz"}).status_code == 200
    assert "当日无数值" in client.get("/parameters/", {"q": KEY, "on": "1999-01-01"}).content.decode()


def test_pages_keep_their_query_budget(client, django_assert_max_num_queries) -> None:
    login(client, make_official("420106000000"))
    client.get("/parameters/")
    with django_assert_max_num_queries(20):
        client.get("/parameters/")
    with django_assert_max_num_queries(20):
        client.get(f"/parameters/{KEY}/")


def test_codes_are_added_and_retired_from_a_day_on(client, province, today) -> None:
    from zhujian.foundation.parameters.models import CodeList

    listing = CodeList.objects.create(key="fake.kinds", title="测试类别", basis="标准", module="parameters")
    login(client, province)
    url = "/parameters/code-lists/fake.kinds/"
    new = {"code": "04", "label": "新类", "day": today.isoformat(), "reason": "新标准"}
    assert client.post(url, new).status_code == 302
    assert selectors.code_list("fake.kinds", today) == [("04", "新类")]
    assert client.post(url, new).status_code == 422
    assert client.post(url, {**new, "code": "05", "day": "2020-01-01"}).status_code == 422
    item = selectors.listing("fake.kinds").items[0]
    end = f"{url}{item.id}/end/"
    assert client.get(end).status_code == 200
    assert client.post(end, {"day": today.isoformat(), "reason": "x"}).status_code == 422
    later = today + timedelta(days=1)
    assert client.post(end, {"day": later.isoformat(), "reason": "废止"}).status_code == 302
    assert [reason.code for reason in selectors.code_check("fake.kinds", "04", later)] == ["code.retired"]
    assert selectors.code_label("fake.kinds", "04") == "新类"
    assert "废止" in client.get(url).content.decode()
    assert "测试类别" in client.get("/parameters/code-lists/", {"q": "测试类"}).content.decode()
    assert client.get("/parameters/code-lists/none.at.all/").status_code == 404
    assert client.get(f"{url}999999999/end/").status_code == 404
    login(client, make_official("420106000000"))
    assert client.get(url).status_code == 200
    assert client.post(url, new).status_code == 403
    assert listing.items.count() == 1


def test_background_work_changes_a_default_too(today) -> None:
    with scope.system("测试"):
        row = services.do_change(KEY, text="2", day=today, basis="文", reason="因", expected=services.edge(KEY))
    assert selectors.value(KEY, on=today).version_id == row.pk
