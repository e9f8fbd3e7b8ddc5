"""A comprehensive evaluation from its first day to its archive: province ↔ city on the engine; then each refusal."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.gis.geos import Polygon
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from zhujian.boards.city_management.digital_city.models import Grid
from zhujian.boards.city_management.evaluation.models import Campaign, CityTask, Filing, IndicatorResult, SurveyAnswer
from zhujian.boards.city_management.evaluation.rules import sampling
from zhujian.boards.city_management.evaluation.selectors import populations
from zhujian.boards.city_management.evaluation.services import campaigns, fieldwork, surveys
from zhujian.boards.city_management.evaluation.tests.world import CITY, PROVINCE, case
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow.testing import complete, task_at

pytestmark = pytest.mark.django_db
YICHANG = "420500000000"
SEED = "0123456789abcdef0123456789abcdef"
GOOD = {
    "clean": "very", "tidy": "satisfied", "green": "very", "facility": "basic", "check": "basic", "parking": "satisfied", "overall": "satisfied",
}  # fmt: skip
FILED = {
    "sweeping_coverage": {"swept": "85", "roads": "100"}, "sorting_coverage": {"covered": "55", "communities": "100"},
}  # fmt: skip


def picture() -> ContentFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (90, 120, 30)).save(out, "PNG")
    return ContentFile(out.getvalue(), name="现场.png")


@pytest.fixture
def people() -> SimpleNamespace:
    """Everybody, in the test's transaction."""
    return make_people()


def make_people() -> SimpleNamespace:
    """Officials of the province, of Wuhan (with a department of its own) and of Yichang (only the housing department)."""
    with scope.system("测试"):
        found = SimpleNamespace(
            province=testing.make_official(PROVINCE, "HUD", ["reviewer"], name="省考评"), head=testing.make_official(PROVINCE, "HUD", ["approver"]),
            clerk=testing.make_official(CITY, "UMB", ["reviewer"], name="市填报"), boss=testing.make_official(CITY, "UMB", ["approver"]),
            other=testing.make_official(YICHANG, "HUD", ["reviewer"]), other_boss=testing.make_official(YICHANG, "HUD", ["approver"]),
        )  # fmt: skip
        for number in range(1, 61):
            x = 114.3 + number * 0.001
            shape = Polygon.from_bbox((x, 30.5, x + 0.001, 30.501))
            shape.srid = 4490
            Grid.objects.create(
                code=f"420106001001{number:03d}", community="420106001001", region_code="420106001001", boundary=shape, area_m2=1, level=str(number % 2 + 1),
                valid_from="2021-01-01",
            )  # fmt: skip
    return found


def acting(who):
    return scope.acting(testing.scope_of(who))


def begin(people: SimpleNamespace, cities: tuple[str, ...] = (CITY,)) -> Campaign:
    with acting(people.province):
        made = campaigns.do_start(
            title="2025年度综合评价", period="2025", cities=cities, file_by=timezone.localdate() + timedelta(days=20)
        )
    complete(people.province, task_at(instance(made.subject), "define"), "issue")
    return made


def instance(subject: str) -> int:
    with scope.system("测试"):
        return workflow.instance_of(subject, "evaluation_campaign" if ".campaign:" in subject else "evaluation_city").pk


def city_task(campaign: Campaign, code: str = CITY) -> CityTask:
    with scope.system("测试"):
        return CityTask.objects.select_related("campaign").get(campaign=campaign, region_code=code)


def file_all(task: CityTask, who) -> None:
    with acting(who):
        for filing in Filing.objects.filter(task=task).select_related("indicator"):
            values = FILED.get(filing.indicator.code) or dict.fromkeys(filing.indicator.inputs, "100")
            campaigns.do_file(filing.pk, values, source_note="统计年报表5", files=[picture()])


def to_field(people: SimpleNamespace, campaign: Campaign) -> CityTask:
    task = city_task(campaign)
    file_all(task, people.clerk)
    run = instance(task.subject)
    complete(people.clerk, task_at(run, "file"), "submit")
    complete(people.boss, task_at(run, "city_review"), "pass")
    complete(people.province, task_at(run, "province_review"), "pass")
    return city_task(campaign)


def to_survey(people: SimpleNamespace, campaign: Campaign) -> CityTask:
    task = to_field(people, campaign)
    with acting(people.province):
        sample = fieldwork.do_draw(task.pk, "grid", seed=SEED, size=20)
        for point in sample.points.order_by("order"):
            bad = point.order == 1
            fieldwork.do_check(
                point.pk, "fail" if bad else "pass", remark="垃圾外溢" if bad else "", photo=picture() if bad else None
            )
    complete(people.province, task_at(instance(task.subject), "field"), "done")
    return city_task(campaign)


def answer_many(task: CityTask, number: int, said: dict[str, str] = GOOD) -> None:
    with scope.system("测试"):
        survey = task.survey
        SurveyAnswer.objects.bulk_create(
            SurveyAnswer(survey=survey, answers=said, seconds=60, device=f"d{n}", origin=f"o{n}", region_code=task.region_code)
            for n in range(number)
        )


def test_from_the_first_day_to_the_archive(people: SimpleNamespace) -> None:
    with scope.system("测试"):
        case(called_back_at=timezone.now(), satisfaction="1")
    campaign = begin(people)
    task = to_survey(people, campaign)
    assert task.state == CityTask.State.SURVEY
    with acting(people.province):
        survey = surveys.do_open(task.pk)
    task = city_task(campaign)
    answer_many(task, 94, GOOD)
    answer_many(task, 6, GOOD | {"overall": "none"})
    complete(people.province, task_at(instance(task.subject), "survey"), "done")
    run = instance(campaign.subject)
    complete(people.province, task_at(run, "calculate"), "calculate")
    with scope.system("测试"):
        rows = {row.indicator.code: row for row in IndicatorResult.objects.filter(task=task).select_related("indicator")}
    # Scenario 24: 85% → 0.6, 55% → 0.8; 19 of 20 points → full; satisfied by all who rated
    assert [rows[code].points for code in ("sweeping_coverage", "sorting_coverage", "site_compliance", "survey_satisfied")] == [
        Decimal("0.60"), Decimal("0.80"), Decimal("2.00"), Decimal("2.00"),
    ]  # fmt: skip
    assert (rows["survey_satisfied"].numerator, rows["survey_satisfied"].denominator) == (94, 94)
    assert rows["site_compliance"].value == Decimal("95.00") and rows["site_compliance"].inputs == {
        "points_checked": "20",
        "points_passed": "19",
    }
    assert rows["platform_closed_on_time"].value == Decimal("100.00") and rows["platform_closed_on_time"].source == "platform"
    assert rows["platform_satisfied"].points is None  # nobody was called back in the year: 「—」, left out, not 0
    complete(people.head, task_at(run, "publish"), "publish")
    with scope.system("测试"):
        campaign.refresh_from_db()
    assert campaign.state == Campaign.State.PUBLISHED and campaign.publish_until > timezone.localdate()
    archive = task_at(run, "archive")
    with pytest.raises(Refusal, match="期满后才能归档"):
        complete(people.province, archive, "archive")
    with scope.system("测试"):
        Campaign.objects.filter(pk=campaign.pk).update(publish_until=timezone.localdate() - timedelta(days=1))
    complete(people.province, archive, "archive")
    with scope.system("测试"):
        campaign.refresh_from_db()
        task.refresh_from_db()
        kinds = set(Entry.objects.filter(kind__startswith="evaluation.").values_list("kind", flat=True))
    assert campaign.state == Campaign.State.ARCHIVED and task.rank == 1 and task.score is not None
    assert {
        "evaluation.issued",
        "evaluation.filed",
        "evaluation.drawn",
        "evaluation.asked",
        "evaluation.published",
        "evaluation.archived",
    } <= kinds
    page = Client().get(f"/evaluation/published/{campaign.number}/")
    assert page.status_code == 200 and "武汉市" in page.content.decode() and survey.token not in page.content.decode()


def test_an_upheld_objection_is_calculated_again_and_both_are_kept(people: SimpleNamespace) -> None:
    campaign = begin(people)
    task = to_survey(people, campaign)
    with acting(people.province):
        surveys.do_open(task.pk)
    answer_many(city_task(campaign), 100)
    complete(people.province, task_at(instance(task.subject), "survey"), "done")
    run = instance(campaign.subject)
    complete(people.province, task_at(run, "calculate"), "calculate")
    complete(people.head, task_at(run, "publish"), "publish")
    with pytest.raises(Refusal, match="写明原因"):
        complete(people.province, task_at(run, "archive"), "recalculate")
    complete(people.province, task_at(run, "archive"), "recalculate", comment="武汉市道路面积更正")
    complete(people.province, task_at(run, "calculate"), "calculate")
    with scope.system("测试"):
        assert set(IndicatorResult.objects.filter(task=task).values_list("number", flat=True)) == {1, 2}


def test_each_city_files_with_its_own_department_and_sees_only_itself(people: SimpleNamespace) -> None:
    campaign = begin(people, (CITY, YICHANG))
    wuhan, yichang = (
        task_at(instance(city_task(campaign).subject), "file"),
        task_at(instance(city_task(campaign, YICHANG).subject), "file"),
    )
    assert (wuhan.authority, yichang.authority) == ("UMB", "HUD")
    with acting(people.other):
        assert list(CityTask.objects.values_list("region_code", flat=True)) == [YICHANG]
        foreign = Filing.objects.filter(region_code=CITY).first()
    assert foreign is None
    with pytest.raises((NotAllowed, NotFound)):
        complete(people.other, wuhan, "submit")


def test_the_indicators_are_frozen_when_sent(people: SimpleNamespace) -> None:
    from zhujian.boards.city_management.evaluation.models import Indicator
    from zhujian.boards.city_management.evaluation.services import definitions

    campaign = begin(people)
    with scope.system("测试"):
        campaign.refresh_from_db()
        old = Indicator.objects.get(code="sweeping_coverage")
        values = {
            f.name: getattr(old, f.name)
            for f in Indicator._meta.fields
            if f.name not in ("id", "number", "created_at", "valid_to")
        }
        definitions.do_revise_indicator(**{**values, "full": Decimal(5), "valid_from": timezone.localdate()})
    frozen = next(row for row in campaign.indicators if row["code"] == "sweeping_coverage")
    assert frozen == {"id": old.pk, "code": "sweeping_coverage", "version": 1, "full": "1.00"}


def test_nothing_is_handed_in_that_is_not_filled_in_with_evidence(people: SimpleNamespace) -> None:
    task = city_task(begin(people))
    filing_task = task_at(instance(task.subject), "file")
    with pytest.raises(Refusal, match="还没有填报"):
        complete(people.clerk, filing_task, "submit")
    with acting(people.clerk):
        one = Filing.objects.select_related("indicator").get(task=task, indicator__code="sweeping_coverage")
        for values, note, match in (
            ({"swept": "85"}, "年报", "城市道路总面积"), ({"swept": "-1", "roads": "100"}, "年报", "不小于0"), ({"swept": "1e99", "roads": "1"}, "年报", "不小于0"),
            ({"swept": "nan", "roads": "1"}, "年报", "不小于0"), ({"swept": "1", "roads": "1"}, "", "数据出处"),
        ):  # fmt: skip
            with pytest.raises(Refusal, match=match):
                campaigns.do_file(one.pk, values, source_note=note)
        with pytest.raises(Refusal, match="文件|类型|实际内容"):
            campaigns.do_file(
                one.pk, {"swept": "1", "roads": "1"}, source_note="年报", files=[ContentFile(b"MZ\x90\x00", name="a.pdf")]
            )
        one.refresh_from_db()
        assert one.inputs == {} and not one.files.exists()
        campaigns.do_file(one.pk, {"swept": "85", "roads": "1,00"}, source_note="年报")
        assert any("佐证材料" in reason.message for reason in campaigns.missing(task))


def test_a_return_says_why_and_the_city_files_again(people: SimpleNamespace) -> None:
    campaign = begin(people)
    task = city_task(campaign)
    file_all(task, people.clerk)
    run = instance(task.subject)
    complete(people.clerk, task_at(run, "file"), "submit")
    with acting(people.clerk), pytest.raises(Conflict, match="已经提交"):
        campaigns.do_file(task.filings.first().pk, {}, source_note="x")
    complete(people.boss, task_at(run, "city_review"), "pass")
    with pytest.raises(Refusal, match="写明需要修改"):
        complete(people.province, task_at(run, "province_review"), "return")
    complete(people.province, task_at(run, "province_review"), "return", comment="道路面积与年报不符")
    task = city_task(campaign)
    assert task.state == CityTask.State.FILING and task.returned == "道路面积与年报不符"
    complete(people.clerk, task_at(run, "file"), "submit")
    assert city_task(campaign).state == CityTask.State.CITY_REVIEW


def test_the_sample_is_drawn_once_and_can_be_drawn_again_by_anybody(people: SimpleNamespace) -> None:
    campaign = begin(people)
    with acting(people.province), pytest.raises(Conflict, match="不在实地抽查"):
        fieldwork.do_draw(city_task(campaign).pk, "grid")
    task = to_field(people, campaign)
    with acting(people.province):
        sample = fieldwork.do_draw(task.pk, "grid", size=10)
        with pytest.raises(Conflict, match="不能重抽"):
            fieldwork.do_draw(task.pk, "grid")
        drawn = list(sample.points.order_by("order").values_list("stratum", "code"))
        again = sampling.draw(populations.strata(populations.candidates("grid", CITY)), 10, sample.seed)
        assert drawn == again and fieldwork.repeated(sample) and len(sample.seed) == 32
        with pytest.raises(Refusal, match="还有10个点位"):
            complete(people.province, task_at(instance(task.subject), "field"), "done")
        point = sample.points.first()
        for values, match in (
            ({"result": "fail"}, "写明问题"),
            ({"result": "fail", "remark": "有垃圾"}, "现场照片"),
            ({"result": "great"}, "代码表"),
        ):
            with pytest.raises(Refusal, match=match):
                fieldwork.do_check(point.pk, **values)
    with scope.system("测试"):
        Grid.objects.filter(code="420106001001001").update(valid_to=timezone.localdate())
        assert not fieldwork.repeated(sample)  # the population is another one now, and the fingerprint tells


def test_only_the_province_begins(people: SimpleNamespace) -> None:
    day = timezone.localdate() + timedelta(days=9)
    with acting(people.clerk), pytest.raises(NotAllowed):
        campaigns.do_start(title="x", period="2025", cities=[CITY], file_by=day)
    with acting(people.province):
        for change in (
            {"title": " "},
            {"period": "20xx"},
            {"cities": []},
            {"cities": ["110000000000"]},
            {"file_by": day - timedelta(days=30)},
        ):
            with pytest.raises(Refusal):
                campaigns.do_start(**{"title": "x", "period": "2025", "cities": [CITY], "file_by": day, **change})
    with scope.system("测试"):
        assert not Campaign.objects.exists()


def test_a_resident_answers_on_a_phone_and_only_valid_answers_count(people: SimpleNamespace) -> None:
    campaign = begin(people)
    task = to_survey(people, campaign)
    with acting(people.province):
        survey = surveys.do_open(task.pk)
    address = f"/evaluation/survey/{survey.token}/"
    client = Client()
    page = client.get(address)
    assert page.status_code == 200 and "不需要登录" in page.content.decode()
    begun = page.context["begun"]
    left = client.post(address, {**GOOD, "overall": "", "begun": begun})
    assert left.status_code == 422 and "总体上" in left.content.decode() and 'value="very" checked' in left.content.decode()
    fast = client.post(address, {**GOOD, "begun": begun})
    assert fast.status_code == 200 and "谢谢您" in fast.content.decode()  # nobody is told that it does not count
    with scope.system("测试"):
        assert SurveyAnswer.objects.get().invalid == ["fast"]
    surveys.do_answer(survey.token, GOOD, seconds=60, device="phone-1", address="1.2.3.4")
    surveys.do_answer(survey.token, GOOD, seconds=60, device="phone-1", address="1.2.3.4")
    surveys.do_answer(survey.token, GOOD | {"check": "very"}, seconds=60, device="phone-2", address="1.2.3.4")
    with scope.system("测试"):
        said, wrong = surveys.tally(survey)
        row = SurveyAnswer.objects.order_by("pk").last()
    assert sum(said.values()) == 1 and wrong == {"fast": 1, "repeated": 1, "attention": 1}
    assert "1.2.3.4" not in f"{row.__dict__}" and "phone-2" not in f"{row.__dict__}"
    with pytest.raises(surveys.TooMany):
        for n in range(20):
            surveys.do_answer(survey.token, GOOD, seconds=60, device=f"many-{n}", address="5.6.7.8")
    with pytest.raises(Refusal, match="未达到最低100份"):
        complete(people.province, task_at(instance(task.subject), "survey"), "done")
    assert client.get("/evaluation/survey/nothing/").status_code == 404


def test_results_are_not_shown_before_they_are_published(people: SimpleNamespace) -> None:
    campaign = begin(people)
    assert Client().get(f"/evaluation/published/{campaign.number}/").status_code == 404


def test_pages_of_a_campaign(people: SimpleNamespace, client: Client) -> None:
    testing.login(client, people.province)
    made = client.post(
        "/evaluation/campaigns/new/", {"title": "年度评价", "period": "2025", "file_by": "2099-01-01", "cities": [CITY]}
    )
    assert made.status_code == 302
    with scope.system("测试"):
        campaign = Campaign.objects.get()
    text = client.get(made["Location"]).content.decode()
    assert "任务还没有下发" in text and "建立指标版本并下发" in text
    task = task_at(instance(campaign.subject), "define")
    assert "打开综合评价任务" in client.get(f"/workflow/tasks/{task.pk}/").content.decode()
    assert (
        client.post(f"/workflow/tasks/{task.pk}/", {"outcome": "issue", "comment": "", "version": task.version}).status_code
        == 302
    )
    city = city_task(campaign)
    assert "城市道路清扫覆盖率" in client.get(f"/evaluation/cities/{city.pk}/").content.decode()
    clerk = Client()
    testing.login(clerk, people.clerk)
    page = clerk.get(f"/evaluation/cities/{city.pk}/").content.decode()
    with scope.system("测试"):
        filing = Filing.objects.get(task=city, indicator__code="sweeping_coverage")
    assert f"/evaluation/filings/{filing.pk}/" in page
    bad = clerk.post(f"/evaluation/filings/{filing.pk}/", {"swept": "many", "roads": "100", "source_note": "年报"})
    assert bad.status_code == 422 and "不小于0的数字" in bad.content.decode()
    good = clerk.post(
        f"/evaluation/filings/{filing.pk}/",
        {"swept": "85", "roads": "100", "source_note": "年报", "files": [picture()], "version": filing.version},
    )
    assert good.status_code == 302 and "现场.png" in clerk.get(good["Location"]).content.decode()
    stale = clerk.post(
        f"/evaluation/filings/{filing.pk}/", {"swept": "1", "roads": "2", "source_note": "年报", "version": filing.version}
    )
    assert stale.status_code == 422 and "刚刚被别人修改" in stale.content.decode()
    assert clerk.post(f"/evaluation/cities/{city.pk}/draw/", {"kind": "grid"}).status_code == 302
    with scope.system("测试"):
        assert not city.samples.exists()  # not in the field yet
