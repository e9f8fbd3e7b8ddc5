"""Census batches, covers without an owner, as-built surveys: rules with their numbers, then the processes on the real database."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.models import (
    AsBuilt,
    CensusBatch,
    CensusLedger,
    CensusSample,
    Manhole,
    OwnerlessCase,
)
from zhujian.boards.urban_rural.municipal_assets.rules import census as rules
from zhujian.boards.urban_rural.municipal_assets.services import census, ownerless
from zhujian.boards.urban_rural.municipal_assets.tests.world import HONGSHAN, WUCHANG, make
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.workflow.testing import complete, open_tasks, task_at

IDS = st.sets(st.text("abcdef0123456789", min_size=4, max_size=8), max_size=60)


def test_at_least_five_percent_are_surveyed_again() -> None:
    """§2: ≥ 5 % re-survey, of every kind of facility."""
    five = Decimal(5)
    assert [rules.sample_size(total, five) for total in (0, 1, 20, 21, 100, 101)] == [0, 1, 1, 2, 5, 6]


@given(one=IDS, other=IDS, share=st.integers(1, 100))
def test_a_sample_is_the_same_for_the_same_seed_in_any_order(one: set[str], other: set[str], share: int) -> None:
    strata, size = {"a": one, "b": other}, Decimal(share)
    drawn = rules.draw(strata, "PC-1", size)
    assert drawn == rules.draw({"b": sorted(other, reverse=True), "a": sorted(one)}, "PC-1", size)
    for name, ids in strata.items():
        mine = [feature for key, feature in drawn if key == name]
        assert len(mine) == len(set(mine)) == rules.sample_size(len(ids), size) and set(mine) <= ids
        assert len(mine) * 100 >= len(ids) * share or not ids


def test_another_seed_draws_others() -> None:
    ids = [str(number) for number in range(400)]
    assert rules.draw({"a": ids}, "1", Decimal(5)) != rules.draw({"a": ids}, "2", Decimal(5))


def test_what_a_resurvey_says() -> None:
    limits = {"offset_most": Decimal("0.15"), "height_most": Decimal("0.15")}

    def said(offset: str | None, height: str | None, wrong: tuple[str, ...] = (), *, missing: bool = False) -> str:
        return rules.judged(
            offset=Decimal(offset) if offset else None,
            height=Decimal(height) if height else None,
            wrong=wrong,
            missing=missing,
            **limits,
        )

    assert said("0.15", "-0.15") == "agree" and said("0.151", "0") == "offset" and said("0.1", "-0.16") == "height"
    assert said("0.1", "0.1", ("管径",)) == "attribute" and said(None, None, missing=True) == "missing"
    found = rules.discrepancy(["agree"] * 38 + ["offset", "missing", ""])
    assert (found.drawn, found.surveyed, found.bad_share, found.complete) == (41, 40, Decimal("5.00"), False)


def test_completeness_is_surveyed_over_ledger() -> None:
    """§2: surveyed km ÷ ledger km; a kind without a ledger neither has a share nor lifts the whole."""
    rows, whole = rules.completeness({"YS": Decimal("9"), "JS": Decimal("50")}, {"YS": Decimal("10"), "WS": Decimal("10")})
    assert [(row.kind, row.share) for row in rows] == [("JS", None), ("WS", Decimal("0.00")), ("YS", Decimal("90.00"))]
    assert whole == Decimal("45.00") and rules.completeness({"YS": Decimal(1)}, {})[1] is None


def test_clocks_of_claims_and_deliveries() -> None:
    """§10: 认领 15 d; §2: 竣工测量 pushed within 30 d. The day itself is not counted."""
    assert rules.claim_until(date(2026, 3, 1), 15) == date(2026, 3, 16)
    assert [one.code for one in rules.entrust_reasons(date(2026, 3, 16), date(2026, 3, 16))] == ["ownerless.too_early"]
    assert rules.entrust_reasons(date(2026, 3, 17), date(2026, 3, 16)) == []
    assert rules.entrust_reasons(date(2026, 3, 17), None)[0].code == "ownerless.unpublished"
    assert rules.push_due(date(2026, 3, 1), 30) == date(2026, 3, 31)


@pytest.fixture
def people(db) -> dict[str, object]:
    return {role: make_official(WUCHANG, roles=(role,)) for role in ("reviewer", "approver", "supervisor", "data_admin")}


@pytest.fixture
def batch(people) -> CensusBatch:
    with scope.acting(scope_of(people["data_admin"])):
        made = CensusBatch.objects.create(
            name="武昌雨水普查",
            kinds=["YS"],
            region_code=WUCHANG,
            surveyor_name="勘测院",
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 6, 1),
        )
        return census.begin(made)


def surveyed(batch: CensusBatch, count: int = 30) -> None:
    for number in range(count):
        make("PipeLine", code=f"L{number}", batch=batch)


def test_a_batch_goes_from_plan_to_upkeep(people, batch: CensusBatch, client: Client) -> None:
    def state() -> str:
        with scope.system("test"):
            return CensusBatch.objects.get(pk=batch.pk).state

    def instance() -> int:
        from zhujian.foundation.workflow import selectors

        with scope.system("test"):
            return selectors.instance_of(census.subject(batch)).pk

    pk = instance()
    assert batch.code == "PC420106000001" and state() == "planned"
    with pytest.raises(Refusal, match="台账"):
        complete(people["approver"], task_at(pk, "plan"), "pass")
    with scope.system("test"):
        CensusLedger.objects.create(batch=batch, kind="YS", ledger_km=Decimal("3.2"), basis="台账", region_code=WUCHANG)
    complete(people["approver"], task_at(pk, "plan"), "pass")
    assert state() == "survey"
    with pytest.raises(Refusal, match="还没有导入"):
        complete(people["reviewer"], task_at(pk, "survey"), "done")
    surveyed(batch)
    complete(people["reviewer"], task_at(pk, "survey"), "done")
    with pytest.raises(Refusal, match="退回"):
        complete(people["reviewer"], task_at(pk, "internal"), "return")
    complete(people["reviewer"], task_at(pk, "internal"), "pass")
    with scope.system("test"):
        samples = list(CensusSample.objects.filter(batch=batch))
        held = CensusBatch.objects.get(pk=batch.pk)
    assert (
        len(samples) == 2
        and held.sample_seed == "PC420106000001-1"
        and held.sample_share == 5
        and "resurvey_share#" in held.sample_rule
    )
    with pytest.raises(Refusal, match="样本没有登记"):
        complete(people["supervisor"], task_at(pk, "supervised"), "pass")
    login(client, people["supervisor"])
    form = {
        "offset_m": "0.30",
        "height_diff_m": "0.02",
        "result": "agree",
        "surveyed_on": "2026-03-01",
        "surveyed_by": "李工",
        "version": "1",
    }
    page = f"/r/municipal_assets/census_sample/{samples[0].pk}/edit/"
    wrong = client.post(page, form)
    assert wrong.status_code == 422 and "位置超差" in wrong.content.decode()
    assert client.post(page, form | {"result": "offset"}).status_code == 302
    assert client.post(f"/r/municipal_assets/census_sample/{samples[1].pk}/edit/", form | {"offset_m": "0.1"}).status_code == 302
    with pytest.raises(Refusal, match="50.00% 超过上限 5%"):
        complete(people["supervisor"], task_at(pk, "supervised"), "pass")
    complete(people["supervisor"], task_at(pk, "supervised"), "return", comment="位置超差", comment_="")
    assert state() == "survey"
    complete(people["reviewer"], task_at(pk, "survey"), "done")
    complete(people["reviewer"], task_at(pk, "internal"), "pass")
    with scope.system("test"):
        again = CensusBatch.objects.get(pk=batch.pk)
        assert again.sample_seed == "PC420106000001-2" and again.discrepancy["rounds"][0]["bad_share"] == "50.00"
        CensusSample.objects.filter(batch=batch).update(
            result="agree", offset_m=0, surveyed_on=date(2026, 3, 2), surveyed_by="李工"
        )
    complete(people["supervisor"], task_at(pk, "supervised"), "pass")
    complete(people["approver"], task_at(pk, "accept"), "pass")
    assert state() == "accepted"
    complete(people["reviewer"], task_at(pk, "publish"), "done")
    assert state() == "published"
    text = client.get(f"/municipal-assets/census/{batch.pk}/").content.decode()
    assert "已发布" in text and "完整率" in text and "89.9" in text
    complete(people["reviewer"], task_at(pk, "maintain"), "done")
    with scope.system("test"):
        done = Event.objects.get(name="census.published").payload
        assert (
            state() == "maintained"
            and done["km"]["YS"].startswith("2.8")
            and Event.objects.filter(name="census.advanced").count() >= 7
        )


def test_samples_are_closed_outside_the_supervised_check(people, batch: CensusBatch) -> None:
    surveyed(batch, 3)
    with scope.system("test"):
        assert census.draw_sample(batch) == 1
        sample = CensusSample.objects.get(batch=batch)
    from zhujian.foundation.resources import registry

    with scope.acting(scope_of(people["supervisor"])), pytest.raises(Conflict) as refusal:
        registry.get("municipal_assets.census_sample").change(sample, {"result": "agree"}, 1)
    assert refusal.value.code == "census.sample_state"


def test_another_county_sees_no_batch(batch: CensusBatch, client: Client) -> None:
    login(client, make_official(HONGSHAN, roles=("viewer",)))
    assert client.get(f"/municipal-assets/census/{batch.pk}/").status_code == 404
    assert "武昌雨水普查" not in client.get("/r/municipal_assets/census_batch/").content.decode()


def opened(people, client: Client) -> tuple[Manhole, OwnerlessCase, int]:
    cover = make("Manhole", code="4201060103000001")
    login(client, people["supervisor"])
    answer = client.post(f"/municipal-assets/manhole/{cover.pk}/ownerless/", {"found_on": "2026-01-05", "found_by": "网格员"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    from zhujian.foundation.workflow import selectors

    with scope.system("test"):
        case = OwnerlessCase.objects.get()
        return cover, case, selectors.instance_of(ownerless.subject(case)).pk


def test_a_cover_is_claimed_within_the_period(people, client: Client) -> None:
    cover, case, pk = opened(people, client)
    again = client.post(f"/municipal-assets/manhole/{cover.pk}/ownerless/", {"found_on": "2026-01-05", "found_by": "网格员"})
    assert again.status_code == 422 and "正在办理" in again.content.decode()
    complete(people["reviewer"], task_at(pk, "publish"), "pass")
    with scope.system("test"):
        assert OwnerlessCase.objects.get().claim_until == timezone.localdate() + timedelta(days=15)
    with pytest.raises(Refusal) as refusal:
        complete(people["reviewer"], task_at(pk, "claim"), "claimed", body_name="", basis="")
    assert {reason.code for reason in refusal.value.reasons} == {"ownerless.body", "ownerless.basis"}
    complete(people["reviewer"], task_at(pk, "claim"), "claimed", body_name="武汉通信公司", body_org="", basis="竣工图")
    with scope.system("test"):
        held, done = Manhole.objects.get(pk=cover.pk), OwnerlessCase.objects.get()
        assert (held.owner_name, held.maintainer_name, held.ownership, done.state) == ("武汉通信公司", "", "owned", "claimed")
        assert Event.objects.filter(name="ownerless.claimed").count() == 1
    assert open_tasks(pk) == []


def test_nobody_is_entrusted_before_the_period_is_over_and_never_as_owner(people, client: Client) -> None:
    """§21-18: the owner is never filled in by default."""
    cover, case, pk = opened(people, client)
    complete(people["reviewer"], task_at(pk, "publish"), "pass")
    with pytest.raises(Refusal) as refusal:
        complete(people["reviewer"], task_at(pk, "claim"), "none")
    assert refusal.value.code == "ownerless.too_early"
    with scope.system("test"):
        OwnerlessCase.objects.update(claim_until=timezone.localdate() - timedelta(days=1))
    complete(people["reviewer"], task_at(pk, "claim"), "none")
    complete(people["approver"], task_at(pk, "entrust"), "pass", body_name="中南路街道办事处", body_org="", basis="会议纪要3号")
    with scope.system("test"):
        held = Manhole.objects.get(pk=cover.pk)
        assert (held.owner_name, held.maintainer_name, held.ownership) == ("", "中南路街道办事处", "entrusted")


def test_an_as_built_survey_has_thirty_days(people, client: Client) -> None:
    login(client, people["reviewer"])
    answer = client.post(
        "/r/municipal_assets/as_built/new/",
        {
            "name": "中南路给水管",
            "kinds": ["JS"],
            "builder_name": "水务公司",
            "region_code": WUCHANG,
            "completed_on": "2026-01-01",
        },
    )
    assert answer.status_code == 302, answer.content.decode()[:3000]
    row = AsBuilt.objects.get()
    assert (row.number, row.due_on, row.state) == ("JG420106000001", date(2026, 1, 31), "due")
    assert "中南路给水管" in client.get("/municipal-assets/").content.decode()  # late
    assert client.post(f"/municipal-assets/as-built/{row.pk}/check/", {"version": "1"}).status_code == 422
    for step in ("deliver", "check", "store"):
        version = str(AsBuilt.objects.get().version)
        assert client.post(f"/municipal-assets/as-built/{row.pk}/{step}/", {"version": version}).status_code == 302
    assert AsBuilt.objects.get().state == "stored"
    with scope.system("test"):
        assert Event.objects.get(name="asbuilt.delivered").payload["late"] is True


def test_the_overview_counts_what_the_actor_sees(people, client: Client) -> None:
    make("Road", code="A")
    make("PipeLine", code="B", owner_name="水务局")
    make("PipeLine", code="C", region_code=HONGSHAN)
    make("Manhole", code="D", ownership="entrusted")
    make("Manhole", code="E")
    from zhujian.boards.urban_rural.municipal_assets.selectors import overview

    with scope.acting(scope_of(people["reviewer"])):
        found = overview.overview(fresh=True)
    assert (
        found.registers["pipe_line"].count == 1 and found.registers["pipe_line"].share(found.registers["pipe_line"].owner) == 100
    )
    assert found.owned_share == Decimal("50.00") and str(found.registers["pipe_line"].km) == "0.10"
    login(client, people["reviewer"])
    assert client.get("/municipal-assets/").status_code == 200
