"""Models learn from the platform's own cases, are judged on newer ones, and change nothing by themselves."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from zhujian.boards.city_management.advice import jobs, selectors, services
from zhujian.boards.city_management.advice.models import Forecast, LearnedModel, Suggestion, Weights
from zhujian.boards.city_management.advice.rules import text as words
from zhujian.boards.city_management.advice.services import arrays, classes, forecasting, hotspots, upkeep
from zhujian.boards.city_management.advice.services.samples import Sample
from zhujian.boards.city_management.advice.tests import corpus
from zhujian.boards.city_management.command.models import Case, DuplicateProposal, Report
from zhujian.boards.city_management.command.selectors import advice as desk
from zhujian.boards.city_management.digital_city.models import Grid
from zhujian.foundation.identity.selectors import posts_of, scope_for
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.kernel.scope import acting

pytestmark = pytest.mark.django_db
CITY = "420100000000"


@pytest.fixture
def system(db):
    with scope.system("test"):
        yield


def trained(purpose: str) -> LearnedModel:
    row = services.do_ask(purpose, corpus.COUNTY)
    assert services.train_next() is True
    row.refresh_from_db()
    return row


def fresh(key: tuple[str, str], number: str = "R1") -> Report:
    said = corpus.text(random.Random(number), key)
    return Report.objects.create(
        number=number, source="public_web", description=said, location="SRID=4490;POINT(114.33 30.55)", captured_at=timezone.now(),
        received_at=timezone.now(), region_code=corpus.COUNTY,
    )  # fmt: skip


def test_learns_is_judged_on_newer_cases_and_waits_for_a_person(system) -> None:
    corpus.fill(700, timezone.now())
    row = trained("class")
    assert row.state == "trained" and (row.train_rows, row.test_rows) == (560, 140)
    found = row.measures["class"]
    assert found["right"] / found["rows"] == row.accuracy > 0.85 > found["usual"] / found["rows"]
    assert found["listed"] >= found["right"]
    assert row.measures["organisation"]["rows"] == 140
    report = fresh(("component", "0137"))
    assert services.do_suggest(report) is None  # trained, but nobody has put it in use
    services.do_put_in_use(row.pk, reason="留出准确率合格")
    made = services.do_suggest(report)
    assert made is not None and made.first == "component:0137" and made.classes[0][2] == made.share > 0.4
    assert made.organisations[0][0] == corpus.ORGS["0137"]
    assert services.do_suggest(report) is None  # once
    report.refresh_from_db()
    assert report.state == "waiting" and report.class_code == "" and report.case is None


def test_no_phone_number_is_in_a_model(system) -> None:
    corpus.fill(700, timezone.now())
    row = trained("class")
    model = arrays.read_text(row)
    assert not any(sign.isdecimal() and sign != "0" for gram in model.columns for sign in gram)


def test_numbers_kept_answer_as_the_library_did(system) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    pick = random.Random(3)
    samples = [
        Sample(corpus.text(pick, key), ":".join(key), corpus.ORGS[key[1]], timezone.now())
        for key in corpus.PARTS
        for _ in range(40)
    ]
    model = classes.fit(samples, least_per_class=5, most_features=4000)
    again = arrays.text_model(arrays.unpack(arrays.pack_text(model)))
    vectoriser = TfidfVectorizer(analyzer=words.grams, min_df=3, max_features=4000, sublinear_tf=True, dtype=np.float32)
    matrix = vectoriser.fit_transform(s.text for s in samples)
    for i in range(0, len(samples), 17):
        columns, values = again.features(samples[i].text)
        dense = np.zeros(matrix.shape[1], dtype=np.float32)
        dense[columns] = values
        assert np.allclose(dense, matrix[i].toarray()[0], atol=1e-5)
        assert again.answer(samples[i].text, "class", 1)[0][0] == samples[i].label
    assert sum(share for _, share in again.answer(samples[0].text, "class", 99)) == pytest.approx(1, abs=1e-3)
    assert again.answer("qqq", "class", 3) == [] and again.answer(samples[0].text, "nothing", 3) == []


def test_what_is_no_plain_array_is_never_run(system) -> None:
    import io
    import pickle

    out = io.BytesIO()
    np.savez(out, grams=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        arrays.unpack(out.getvalue())
    with pytest.raises((ValueError, pickle.UnpicklingError)):
        arrays.unpack(pickle.dumps({"a": 1}))


def test_numbers_that_were_touched_are_refused(system) -> None:
    row = LearnedModel.objects.create(purpose="class", region_code=CITY, number=1, state="trained")
    arrays.keep(row, arrays.pack({"a": np.arange(3)}))
    Weights.objects.filter(model=row).update(data=arrays.pack({"a": np.arange(4)}))
    with pytest.raises(ValueError, match="not those that were kept"):
        arrays.read(row)


def test_too_few_reports_are_said_and_nothing_is_trained(system) -> None:
    corpus.fill(60, timezone.now())
    row = trained("class")
    assert row.state == "refused" and row.note == "已结案的上报只有60条，至少要500条才训练。"
    with pytest.raises(Conflict, match="只有训练完成"):
        services.do_put_in_use(row.pk, reason="试一试看看")


def test_one_waits_at_a_time_and_strange_purposes_are_refused(system) -> None:
    services.do_ask("class", corpus.COUNTY)
    with pytest.raises(Conflict, match="已经有一次训练在等待"):
        services.do_ask("class", CITY)
    with pytest.raises(Refusal, match="请选择要训练的用途"):
        services.do_ask("decide", CITY)
    assert services.train_next() is True
    assert services.train_next() is False


def test_what_people_chose_is_written_beside_it(system) -> None:
    corpus.fill(700, timezone.now())
    services.do_put_in_use(trained("class").pk, reason="留出准确率合格")
    keys = [("component", "0137"), ("event", "0110"), ("event", "0113")]
    reports = [fresh(key, f"R{i}") for i, key in enumerate(keys)]
    made = [services.do_suggest(report) for report in reports]
    chosen = [("component", "0137"), tuple(made[1].classes[1][:2]), ("event", "0999")]
    for report, (kind, code) in zip(reports, chosen, strict=True):
        case = Case.objects.create(
            number=f"C{report.number}", kind=kind, class_code=code, description=report.description, location=report.location, source="public_web",
            reported_at=report.received_at, region_code=corpus.COUNTY,
        )  # fmt: skip
        assert services.do_note(report, case) is not None
        assert services.do_note(report, case) is None
    assert [Suggestion.objects.get(report=r).decision for r in reports] == ["accepted", "listed", "overridden"]
    found = selectors.agreement()
    assert (found.accepted, found.listed, found.overridden, found.share) == (1, 1, 1, "33.33%")
    refused = fresh(keys[0], "R9")
    services.do_suggest(refused)
    assert services.do_note(refused, None).decision == "unused"
    assert selectors.agreement().decided == 3


def test_the_desk_sees_stored_words_only(system) -> None:
    corpus.fill(700, timezone.now())
    row = trained("class")
    services.do_put_in_use(row.pk, reason="留出准确率合格")
    report = fresh(("component", "0137"))
    assert desk.of(report) is None
    services.do_suggest(report)
    told = desk.of(report)
    assert told is not None and told.classes[0].code == "0137" and told.model_title == "小类与责任单位建议 第1版"
    assert told.card_url == f"/advice/models/{row.pk}/"
    services.do_retire(row.pk, reason="准确率下降了")
    assert services.do_suggest(fresh(("component", "0137"), "R2")) is None


def test_duplicates_are_ranked_before_and_better_after_learning(system) -> None:
    corpus.decisions(260, timezone.now())
    row = trained("duplicate")
    assert row.state == "trained"
    assert row.measures["learned"] >= row.measures["given"]
    assert row.accuracy > 0.85
    report = fresh(("component", "0137"))
    near, far = (
        DuplicateProposal.objects.create(
            report=report, distance_m=metres, score=1, region_code=corpus.COUNTY,
            case=Case.objects.create(number=f"N{metres}", kind="component", class_code="0137", description=said, location=report.location,
                                     source="patrol", reported_at=report.received_at - timedelta(hours=hours), region_code=corpus.COUNTY),
        )
        for metres, said, hours in ((3, report.description, 1), (29, "水果店占道经营", 150))
    )  # fmt: skip
    made = services.do_suggest(report)  # parameters' weights, nothing in use yet
    assert list(made.duplicates) == [str(near.case_id), str(far.case_id)]
    assert near.decision == ""  # ranked, not decided


def test_hot_spots_are_forecast_judged_and_compared_with_the_truth(system) -> None:
    now = timezone.now()
    corpus.fill(1500, now, grids=30)
    row = trained("hotspot")
    assert row.state == "trained", row.note
    found = row.measures
    assert 0 < found["captured"] <= found["reports"] and found["captured"] >= 0.9 * found["captured_simply"]
    services.do_put_in_use(row.pk, reason="命中率合格")
    for code in Report.objects.order_by().values_list("grid_code", flat=True).distinct():
        n = int(code[12:])
        Grid.objects.create(
            code=code, community="420106001001", region_code="420106001001", area_m2=10_000, valid_from=now.date() - timedelta(days=900),
            boundary=f"SRID=4490;POLYGON((114.{n:03d} 30.5,114.{n:03d}5 30.5,114.{n:03d}5 30.501,114.{n:03d} 30.501,114.{n:03d} 30.5))",
        )  # fmt: skip
    assert forecasting.run() == round(0.1 * len(set(Report.objects.values_list("grid_code", flat=True))))
    assert forecasting.run() == 0  # once a week
    rows = list(Forecast.objects.order_by("rank"))
    assert [r.rank for r in rows] == list(range(1, len(rows) + 1))
    assert rows[0].expected == max(r.expected for r in rows) > 0
    later = timezone.localdate() + timedelta(days=7)
    assert forecasting.do_compare(later) == len(rows)
    one = Forecast.objects.get(rank=1)
    start = hotspots.midnight(one.week)
    assert (
        one.actual
        == Report.objects.filter(
            grid_code=one.grid_code, received_at__gte=start, received_at__lt=start + timedelta(weeks=1)
        ).count()
    )


def official(region: str) -> scope.Scope:
    who = make_official(region, roles=("data_admin",))
    return scope_for(who, posts_of(who)[0])


def test_a_province_has_no_model_of_its_own(system) -> None:
    with pytest.raises(Refusal, match="每个城市有自己的模型"):
        services.do_ask("class", "420000000000")
    assert services.do_ask("class", "429006001000").region_code == "429006000000"  # stands directly under the province


def test_only_a_city_decides_about_its_model_and_says_why(system) -> None:
    row = LearnedModel.objects.create(purpose="class", region_code=CITY, number=1, state="trained", accuracy=0.9)
    with acting(official("420500000000")), pytest.raises(NotFound):
        services.do_put_in_use(row.pk, reason="别的城市的人")
    with acting(official(CITY)):
        with pytest.raises(Refusal, match="请写明理由"):
            services.do_put_in_use(row.pk, reason=" ")
        assert services.do_put_in_use(row.pk, reason="留出准确率合格").state == "in_use"
        assert [one.pk for one in selectors.models()] == [row.pk]


def test_old_models_are_asked_for_again(system) -> None:
    row = LearnedModel.objects.create(purpose="class", region_code=CITY, number=1, state="in_use")
    assert jobs.retrain() == 0
    LearnedModel.objects.filter(pk=row.pk).update(asked_at=timezone.now() - timedelta(days=40))
    assert jobs.retrain() == 1
    assert jobs.retrain() == 0
    assert upkeep.in_use("class", corpus.COUNTY) == row
