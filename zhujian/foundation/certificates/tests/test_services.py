"""The life of a certificate on the real database."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from pypdf import PdfReader

from zhujian.foundation.certificates import jobs, selectors, services
from zhujian.foundation.certificates.models import Certificate, Reminder
from zhujian.foundation.certificates.rules import State, Verdict
from zhujian.foundation.documents import vault
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal

WUCHANG = "420106000000"
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Body:
    name: str = "武汉市城乡建设局"
    code: str = "11420000MB0X000012"


SURFACE = {
    "developer": "湖北楚天房地产开发有限公司", "project_name": "楚天花园一期", "address": "武昌区中北路", "scale": "86,432平方米",
    "contractor": "湖北建工集团有限公司", "contractor_lead": "王大力",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _scope():
    with transaction.atomic(), scope.system("test"):
        yield


def make(**more) -> Certificate:
    values = {
        "holder": services.Holder("湖北楚天房地产开发有限公司", "USCC", "91420106MA4K2B7T5G"), "issuer": Body(),
        "cert_no": "420106202406010101", "surface": SURFACE, "valid_from": date(2024, 6, 1), "valid_to": None,
        "region_code": WUCHANG, "parties": ["org:91420106MA4K2B7T5G"], "subject": "test.project:1",
    }  # fmt: skip
    return services.issue("construction_permit", **{**values, **more})


def at(day: str) -> time_machine.travel:
    return time_machine.travel(datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)


def test_issue_gives_identifier_pdf_and_event() -> None:
    with at("2024-06-01"):
        one, two = make(), make(cert_no="420106202406010201")
    assert one.identifier.startswith("1.2.156.3005.2.11100000000013338W011.11420000MB0X000012.420106202400000001.001.")
    assert two.serial == "420106202400000002"
    text = PdfReader(vault.open_content(one.document.file.sm3)).pages[0].extract_text()
    for part in ("准予施工", "楚天花园一期", one.identifier):
        assert part in text
    assert Event.objects.filter(name="certificate.issued", subject=f"certificates.certificate:{one.pk}").exists()
    entry = Entry.objects.get(kind="certificate.issued", object_id=f"certificates.certificate:{one.pk}")
    assert one.document.file.sm3 in entry.data
    assert [c.pk for c in selectors.certificates_of("test.project:1")] == [two.pk, one.pk]
    assert [c.pk for c in selectors.held_by(services.Holder("x", "USCC", "91420106MA4K2B7T5G"))] == [two.pk, one.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT surface || holders FROM certificates_certificate WHERE id = %s", [one.pk])
        kept = cursor.fetchone()[0]
        assert "王大力" not in kept
        assert "91420106MA4K2B7T5G" not in kept


def test_bad_input_is_refused_and_takes_no_number() -> None:
    with pytest.raises(Refusal) as refused:
        make(surface={"project_name": "x"}, valid_to=date(2020, 1, 1))
    codes = {reason.code for reason in refused.value.reasons}
    assert codes == {"certificates.surface_missing", "certificates.period"}
    with pytest.raises(Refusal, match="没有登记证照类型"):
        services.issue("no_such", **{k: None for k in ("holder", "issuer", "surface", "valid_from", "valid_to")},
                       cert_no="", region_code=WUCHANG, parties=[], subject="")  # fmt: skip
    with pytest.raises(Refusal, match="持证主体"):
        make(holder=[])
    assert make().serial.endswith("00000001")


def test_a_number_in_use_is_refused_and_free_again_after_cancelling() -> None:
    one = make()
    with pytest.raises(Conflict, match="已被使用"):
        make()
    services.cancel(one, reason="依申请注销")
    assert make().serial.endswith("00000002")


def test_renewal_makes_a_new_edition_and_supersedes_the_old() -> None:
    with at("2024-06-01"):
        old = make(valid_to=date(2025, 5, 31))
    with at("2025-05-01"):
        new = services.renew(old, valid_to=date(2026, 5, 31))
        old.refresh_from_db()
        assert (old.state, new.edition, new.predecessor_id, new.serial) == (State.VOID, 2, old.pk, old.serial)
        assert new.identifier[:-1].endswith(".002.")
        found = selectors.verify(old.identifier)
        assert (found.verdict, found.newer) == (Verdict.SUPERSEDED, new.identifier)
        assert selectors.verify(new.identifier).verdict == Verdict.VALID
        assert not Reminder.objects.filter(certificate=old).exists()
        with pytest.raises(Refusal, match="失效"):
            services.renew(old, valid_to=None)
        third = services.change(new, surface={**SURFACE, "contractor": "武汉建工集团"})
    assert third.edition == 3
    assert third.surface["contractor"] == "武汉建工集团"


def test_states_verdicts_and_stale_edits() -> None:
    one = make()
    version = one.version
    held = services.suspend(one, reason="责令整改", date_from=date(2024, 7, 1), date_to=date(2024, 7, 31))
    assert selectors.verify(one.identifier).verdict == Verdict.SUSPENDED
    with pytest.raises(Conflict):
        services.cancel(one, reason="x", expected_version=version)
    back = services.resume(held)
    assert (back.state, back.suspended_from) == (State.VALID, None)
    ended = services.revoke(back, reason="以欺骗手段取得")
    assert selectors.verify(one.identifier).verdict == Verdict.REVOKED
    for act in (services.resume, services.cancel, services.withdraw, services.void):
        with pytest.raises(Refusal):
            act(ended, reason="x")
    with pytest.raises(Refusal, match="不能延续"):
        services.renew(ended, valid_to=None)
    other = make(cert_no="420106202406010301")
    with pytest.raises(Refusal, match="请填写原因"):
        services.void(other, reason=" ")


def test_foundation_17_5_certificate_expires_and_reminders_are_dated() -> None:
    with at("2023-07-01"):
        one = make(valid_from=date(2023, 7, 1), valid_to=date(2024, 6, 30))
        dates = [str(r.due_on) for r in one.reminders.order_by("due_on")]
        assert dates == ["2024-04-01", "2024-05-31", "2024-06-23", "2024-06-30"]
    with at("2024-06-30"):
        assert jobs.expire() == 0
        assert selectors.verify(one.identifier).verdict == Verdict.VALID
        assert selectors.usable("construction_permit", "test.project:1").pk == one.pk
    with at("2024-07-01"):
        found = selectors.verify(one.identifier)  # right even before the job has run
        assert (found.verdict, found.state_text) == (Verdict.EXPIRED, "失效")
        assert selectors.usable("construction_permit", "test.project:1") is None
        assert jobs.expire() == 1
        assert jobs.expire() == 0
        one.refresh_from_db()
        assert one.state == State.VOID
        assert selectors.verify(one.identifier).verdict == Verdict.EXPIRED
    assert Event.objects.filter(name="certificate.expired").count() == 1


def test_suspension_ends_by_itself_after_its_last_day() -> None:
    with at("2024-07-01"):
        one = services.suspend(make(), reason="整改", date_from=date(2024, 7, 1), date_to=date(2024, 7, 31))
    with at("2024-07-31"):
        assert jobs.expire() == 0
    with at("2024-08-01"):
        assert jobs.expire() == 1
    one.refresh_from_db()
    assert (one.state, one.state_note) == (State.VALID, "暂扣期满")


def test_public_page_works_logged_out_and_shows_no_personal_data() -> None:
    one = make(holder=[services.Holder("欧阳震华", "ID_CARD", "420106199001011234")])
    client, url = Client(), f"/certificates/verify/{one.identifier}"
    answer = client.get(url)
    page = answer.content.decode()
    assert answer.status_code == 200
    for part in ("证照真实有效", "楚天花园一期", "欧阳**", one.cert_no):
        assert part in page
    for secret in ("震华", "王大力", "420106199001011234"):
        assert secret not in page
    data = client.get(url, headers={"Accept": "application/json"}).json()
    assert (data["verdict"], data["facts"]["工程名称"]) == ("VALID", "楚天花园一期")
    wrong = one.identifier[:-1] + ("A" if one.identifier[-1] != "A" else "B")
    assert client.get(f"/certificates/verify/{wrong}").status_code == 422
    strange = "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F"
    assert client.get(f"/certificates/verify/{strange}").status_code == 404
    assert client.get("/certificates/verify?identifier=" + one.identifier)["Location"] == url
    assert client.get("/certificates/verify").status_code == 200
    assert client.get("/certificates/verify?identifier=").status_code == 422


def test_another_region_and_another_firm_see_nothing() -> None:
    one = make()
    with scope.acting(scope.Scope(kind="official", region_lo="4205", region_hi="4205~")):
        assert not Certificate.objects.exists()
    with scope.acting(scope.Scope(kind="enterprise", keys=("org:other",))):
        assert not Certificate.objects.exists()
    with scope.acting(scope.Scope(kind="enterprise", keys=("org:91420106MA4K2B7T5G",))):
        assert Certificate.objects.get().pk == one.pk


def test_the_page_of_a_certificate_is_for_those_who_may_see_it() -> None:
    from zhujian.foundation.identity.testing import login, make_official

    one = make()
    client = Client()
    login(client, make_official("420106000000"))
    page = client.get(f"/certificates/{one.pk}/").content.decode()
    assert "420106202406010101" in page and "楚天花园一期" in page and one.identifier in page
    elsewhere = Client()
    login(elsewhere, make_official("420502000000"))
    assert elsewhere.get(f"/certificates/{one.pk}/").status_code == 404
    assert Client().get(f"/certificates/{one.pk}/").status_code == 302


def test_the_register_its_page_and_its_evidence() -> None:
    from zhujian.foundation.identity import testing

    one = make()
    client = Client()
    testing.login(client, testing.make_official(WUCHANG))
    page = client.get("/r/certificates/certificate/").content.decode()
    assert one.cert_no in page
    page = client.get(f"/certificates/{one.pk}/").content.decode()
    for part in (one.identifier, "证照颁发", "待封存"):
        assert part in page
    testing.login(client, testing.make_official("420500000000"))
    assert client.get(f"/certificates/{one.pk}/").status_code == 404
    assert one.cert_no not in client.get("/r/certificates/certificate/").content.decode()


def test_foundation_17_5_reminders_reach_the_holder_once_each() -> None:
    from zhujian.foundation.identity import testing
    from zhujian.foundation.messages.models import Message

    agent = testing.make_enterprise(name="楚天置业")
    with at("2024-01-01"):
        one = make(valid_from=date(2024, 1, 1), valid_to=date(2024, 6, 30), parties=[f"person:{agent.pk}"])
        assert jobs.remind() == 0
    for day in ("2024-04-01", "2024-05-31", "2024-06-23", "2024-06-30"):
        with at(day):
            assert jobs.remind() == 1
            assert jobs.remind() == 0
    texts = list(Message.objects.filter(account=agent).order_by("id").values_list("title", flat=True))
    assert ["还有 90 天到期" in texts[0], "还有 30 天到期" in texts[1], "还有 7 天到期" in texts[2], "今天到期" in texts[3]] == [
        True
    ] * 4
    services.cancel(one, reason="依申请注销")
    with at("2024-07-05"):
        assert jobs.remind() == 0
