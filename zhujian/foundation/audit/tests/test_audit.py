"""The audit log on the real database."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from zhujian.foundation.audit import services
from zhujian.foundation.audit.models import Link, Pending, Record
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

WUCHANG = "420106000000"


@pytest.fixture
def system():
    with scope.system("test"):
        yield


@pytest.mark.django_db
def test_record_keeps_who_what_where_and_no_secret() -> None:
    who = scope.Scope(
        kind="official", actor_id=7, actor_name="张三", org_name="某局", source_ip="10.0.0.9", roles=frozenset({"reviewer"})
    )
    with scope.acting(who):
        services.record("test.act", target="test.thing:1", result="ok", password="hunter2", when=object, n=1)
        assert not Record.objects.exists(), "the author cannot read the log back"
    with scope.system("test"):
        found = Record.objects.get()
    assert (found.actor_id, found.actor_name, found.org_name, found.source_ip) == (7, "张三", "某局", "10.0.0.9")
    assert found.detail["n"] == 1
    assert "hunter2" not in found.body


@pytest.mark.django_db
def test_records_live_and_die_with_their_transaction_and_cannot_be_changed(system) -> None:
    services.record("a")
    with pytest.raises(Refusal), transaction.atomic():
        services.record("b")
        raise Refusal("x", "y")
    assert Record.objects.get().act == "a"
    services.seal()
    for table in ("record", "link"):
        for act in ("DELETE FROM", "TRUNCATE"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{act} audit_{table}")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_record SET result = 'ok'")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["reviewer", "system_admin", "security_admin"])
def test_foundation_17_19_nobody_but_the_auditor_reads_the_log_even_by_raw_sql(role: str) -> None:
    services.record("secret.act")
    account = testing.make_official(WUCHANG, roles=(role,))
    with scope.acting(testing.scope_of(account)), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_record")
        assert cursor.fetchone() == (0,)
    client = Client()
    testing.login(client, account)
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/export.csv").status_code == 403
    auditor = testing.make_official(WUCHANG, roles=("auditor",), name="审计员")
    with scope.acting(testing.scope_of(auditor)), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_record WHERE act = 'secret.act'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_foundation_17_22_chain_is_sealed_without_gap_and_verifies(system) -> None:
    for number in range(5):
        services.record("test.act", n=number)
    assert services.seal() == 5
    assert services.seal() == 0
    services.record("later")
    assert services.seal() == 1
    assert list(Link.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert not Pending.objects.exists()
    assert services.verify() == ([], 6)
    assert services.anchor() == 1
    assert services.anchor() == 0
    assert evidence.seal() == 1
    assert services.verify() == ([], 6)


@pytest.mark.django_db(transaction=True)
def test_tampering_by_the_owner_of_the_database_is_found(databases) -> None:
    import psycopg

    with transaction.atomic(), scope.system("test"):
        for number in range(6):
            services.record("test.act", n=number)
        services.seal()
        services.anchor()
        services.record("pending")
    url = psycopg.conninfo.make_conninfo(databases.owner_url, dbname=connection.settings_dict["NAME"])

    def tamper(*acts: str) -> list[str]:
        with psycopg.connect(url) as owner:
            for act in acts:
                owner.execute(act)
        with transaction.atomic(), scope.system("test"):
            return services.verify()[0]

    assert "待入链" in tamper("DELETE FROM audit_pending")[0]
    # Cutting off the end and everything that shows it: only the ledger outside remembers.
    assert any("锚点" in fault for fault in tamper("DELETE FROM audit_link WHERE seq = 6"))
    assert "与记录不符" in tamper("UPDATE audit_record SET body = replace(body, '\"n\":2', '\"n\":9')")[0]
    assert "缺失" in tamper("DELETE FROM audit_link WHERE seq = 2", "DELETE FROM audit_record WHERE act = 'pending'")[0]


@pytest.mark.django_db
def test_refused_requests_are_recorded_although_they_change_nothing() -> None:
    official = testing.make_official(WUCHANG)
    client = Client()
    testing.login(client, official)
    assert client.get("/audit/").status_code == 403
    client.post("/evidence/cosign", b"{}", content_type="application/json")
    client.get("/documents/999999")  # reading what is not there is no act
    with scope.system("test"):
        rows = list(Record.objects.filter(act="request.refused").order_by("id"))
    assert [(r.target, r.result, r.actor_id) for r in rows] == [
        ("/audit/", "refused", official.pk), ("/evidence/cosign", "refused", official.pk),
    ]  # fmt: skip
    assert rows[0].detail == {"codes": ["access.denied"], "method": "GET", "status": 403}


@pytest.mark.django_db
def test_failed_login_is_recorded() -> None:
    testing.make_official(WUCHANG, name="李四")
    client = Client()
    client.post("/login/", {"username": "nobody", "password": "wrong-password"})
    with scope.system("test"):
        rows = Record.objects.filter(act__startswith="identity.login")
        assert rows.exists()
        assert not any("wrong-password" in row.body for row in rows)
        assert all(row.result != "ok" for row in rows)


@pytest.mark.django_db
def test_auditors_pages() -> None:
    with scope.acting(scope.Scope(actor_id=5, actor_name="=cmd()", source_ip="10.1.1.1")):
        services.record("test.act", target="test.thing:1", result="wrong")
        for number in range(55):
            services.record("many", n=number)
    client = Client()
    testing.login(client, testing.make_official(WUCHANG, roles=("auditor",), name="审计员"))
    page = client.get("/audit/?act=test.&result=not_ok&source_ip=10.1.1.1").content.decode()
    assert "test.thing:1" in page
    assert "下一页" not in page
    first = client.get("/audit/?act=many").content.decode()
    assert "下一页" in first
    assert client.get("/audit/?since=2026-13-01").status_code == 422
    assert client.get("/audit/?since=2026-02-02&until=2026-02-01").status_code == 422
    assert client.get("/audit/?since=2020-01-01&until=2090-01-01&actor=5").status_code == 200
    with scope.system("test"):
        one = Record.objects.get(act="test.act")
        services.seal()
    assert "链哈希" in client.get(f"/audit/{one.pk}").content.decode()
    assert client.get("/audit/999999999").status_code == 404
    text = client.get("/audit/export.csv?act=test.act").content.decode("utf-8-sig")
    assert "'=cmd()" in text
    assert client.post("/audit/verify", follow=True).status_code == 200
    with scope.system("test"):
        assert Record.objects.filter(act="audit.export").exists()
        assert Record.objects.get(act="audit.verify").result == "ok"
