"""The ledger on the real database: recording, sealing, crashing, proving, witnessing."""

import json
import threading

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from zhujian.foundation.evidence import integrity, rules, selectors, services
from zhujian.foundation.evidence.models import Entry, Head, Leaf, Payload, Pending
from zhujian.foundation.evidence.outside import verify_evidence
from zhujian.foundation.identity import testing
from zhujian.foundation.kernel import crypto, scope
from zhujian.foundation.kernel.crypto import sm3
from zhujian.foundation.kernel.errors import Refusal

WUCHANG, YICHANG = "420106000000", "420500000000"
TOOL = settings.BASE / "tools" / "verify_evidence.py"


def keep(number: int = 1, **more) -> Entry:
    values = {
        "object_id": f"test.thing:{number}",
        "region_code": WUCHANG,
        "payload": {"姓名": "张三", "n": number},
        "parties": ["org:A"],
    }
    return services.record("test.done", **{**values, **more})


def sealed(count: int) -> list[Entry]:
    found = [keep(n) for n in range(count)]
    assert services.seal() == count
    return found


def judge(bundle: dict, **more) -> bool:
    """Whether the stand-alone verifier accepts; foreign shapes count as refused."""
    try:
        return all(passed is not False for _, passed, _ in verify_evidence.check(bundle, **more))
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError):
        return False


@pytest.fixture
def system():
    with scope.system("test"):
        yield


@pytest.mark.django_db
def test_record_needs_a_transaction_and_lives_or_dies_with_it(system) -> None:
    keep()
    with pytest.raises(Refusal), transaction.atomic():
        keep(2)
        raise Refusal("test", "撤回")
    assert Entry.objects.count() == Pending.objects.count() == Payload.objects.count() == 1


@pytest.mark.django_db
def test_entry_holds_no_personal_data_and_the_payload_is_encrypted(system) -> None:
    entry = keep(object_hash="ab" * 32)
    content = json.loads(entry.data)
    assert "张三" not in entry.data
    assert set(content) == {"ts", "type", "region", "object_id", "object_hash", "actor", "prev_event", "payload_hash"}
    payload = Payload.objects.get(entry=entry)
    assert json.loads(payload.body) == {"姓名": "张三", "n": 1}
    assert content["payload_hash"] == sm3(payload.salt.encode() + payload.body.encode()).hex()
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_payload")
        assert "张三" not in cursor.fetchone()[0]
    again = keep()
    assert json.loads(again.data)["prev_event"] == entry.leaf_hash.hex()
    assert json.loads(again.data)["payload_hash"] != content["payload_hash"]


@pytest.mark.django_db
def test_the_database_lets_nobody_rewrite_the_ledger(system) -> None:
    sealed(1)
    for table in ("entry", "leaf", "head", "cosignature"):
        for act in (f"DELETE FROM evidence_{table}", f"UPDATE evidence_{table} SET id = id" if table != "leaf" else ""):
            if act:
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(act)


@pytest.mark.django_db
def test_anyone_who_acts_may_append_but_reads_only_their_own() -> None:
    with scope.acting(scope.Scope(kind="enterprise", keys=("org:A",))):
        mine, other = keep(1), keep(2, region_code=YICHANG, parties=["org:B"])
        assert [e.pk for e in Entry.objects.all()] == [mine.pk]
    with scope.acting(scope.Scope(kind="official", region_lo="4205", region_hi="4205~")):
        assert [e.pk for e in Entry.objects.all()] == [other.pk]
    with scope.acting(scope.Scope(kind="official", keys=("role:auditor",))):
        assert Entry.objects.count() == 2
    with scope.acting(scope.PUBLIC):
        assert not Entry.objects.exists()


@pytest.mark.django_db
def test_sealing_gives_indexes_without_gap_and_signed_heads(system) -> None:
    first = sealed(3)
    assert services.seal() == 0
    second = sealed(300)
    assert list(Leaf.objects.order_by("leaf_index").values_list("leaf_index", "entry_id")) == list(
        enumerate(e.pk for e in first + second)
    )
    assert not Pending.objects.exists()
    heads = list(Head.objects.order_by("id"))
    assert [head.tree_size for head in heads] == [3, 303]
    assert heads[0].timestamp_ms < heads[1].timestamp_ms
    assert crypto.sm2_verify(bytes(heads[1].public_key), services.bytes_of(heads[1]), bytes(heads[1].signature))
    assert bytes(heads[1].root) == rules.root_of([e.leaf_hash for e in first + second], sm3)
    assert integrity.verify() == ([], 303)


@pytest.mark.django_db
def test_a_head_is_signed_at_least_every_thousand_entries(system) -> None:
    services.record_many([services.Record("bulk", f"t.t:{n}", WUCHANG) for n in range(2500)])
    assert services.seal() == 2500
    assert list(Head.objects.order_by("id").values_list("tree_size", flat=True)) == [1000, 2000, 2500]
    assert selectors.consistency(1000, 2500)


@pytest.mark.django_db
def test_proofs_from_the_database_verify(system) -> None:
    entries = sealed(700)
    root = bytes(Head.objects.get(tree_size=700).root)
    for index in (0, 1, 255, 256, 511, 512, 699):
        path = selectors.inclusion(index, 700)
        assert rules.verify_inclusion(entries[index].leaf_hash, index, 700, path, root, sm3)
    sealed(5)
    newest = Head.objects.get(tree_size=705)
    path = selectors.consistency(700, 705)
    assert rules.verify_consistency(700, 705, root, bytes(newest.root), path, sm3)
    for old, new in ((0, 5), (5, 3), (1, 999)):
        with pytest.raises(Refusal):
            selectors.consistency(old, new)


@pytest.mark.django_db
def test_a_proof_takes_a_fixed_number_of_queries(system, django_assert_num_queries) -> None:
    entries = sealed(300)
    with django_assert_num_queries(1):
        selectors.inclusion(7, 300)
    with django_assert_num_queries(6):
        selectors.bundle(entries[7])


@pytest.mark.django_db(transaction=True)
def test_integrity_check_finds_what_even_the_owner_of_the_database_changes(databases) -> None:
    import psycopg

    with transaction.atomic(), scope.system("test"):
        sealed(5)
        keep(9)
        assert integrity.verify() == ([], 5)
    acts = {
        "签名不正确": "UPDATE evidence_head SET signature = '\\x3006020101020101'",
        "的根与记录不符": "UPDATE evidence_head SET root = decode(repeat('ab', 32), 'hex')",
        "树块": "UPDATE evidence_tile SET nodes = overlay(nodes placing '\\x00ff'::bytea from 1 for 2)",
        "与哈希不符": "UPDATE evidence_entry SET data = data || ' ' WHERE id = (SELECT entry_id FROM evidence_leaf WHERE leaf_index = 2)",
        "既不在账本中": "DELETE FROM evidence_pending",
        "多于现有记录数": "DELETE FROM evidence_leaf WHERE leaf_index = 4",
        "存证记录": "DELETE FROM evidence_entry WHERE id = (SELECT entry_id FROM evidence_leaf WHERE leaf_index = 3)",
        "叶序号 1 缺失": "DELETE FROM evidence_leaf WHERE leaf_index = 1",
    }
    url = psycopg.conninfo.make_conninfo(databases.owner_url, dbname=connection.settings_dict["NAME"])
    for words, act in acts.items():
        with psycopg.connect(url) as owner:
            owner.execute(act)
        with transaction.atomic(), scope.system("test"):
            faults, _ = integrity.verify()
        assert any(words in fault for fault in faults), (words, faults)


@pytest.mark.django_db(transaction=True)
def test_concurrent_acts_never_wait_and_two_sequencers_leave_no_gap() -> None:
    """A business transaction that stays open does not hold the sequencer, and its entry is sealed later."""
    opened, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic(), scope.system("test"):
                keep(1)
                opened.set()
                finish.wait(20)
        finally:
            connection.close()

    def sequencer() -> None:
        try:
            for _ in range(5):
                with transaction.atomic(), scope.system("test"):
                    services.seal(limit=7)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert opened.wait(20)
    with transaction.atomic(), scope.system("test"):
        for number in range(2, 42):
            keep(number)
    workers = [threading.Thread(target=sequencer) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with transaction.atomic(), scope.system("test"):
        assert Leaf.objects.count() == 40
        assert integrity.verify() == ([], 40)
    finish.set()
    thread.join()
    with transaction.atomic(), scope.system("test"):
        assert services.seal() == 1
        assert integrity.verify() == ([], 41)


@pytest.mark.django_db(transaction=True)
def test_a_sequencer_that_dies_leaves_nothing_half_done(monkeypatch) -> None:
    with transaction.atomic(), scope.system("test"):
        for number in range(10):
            keep(number)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "_sign", die)
    with pytest.raises(KeyboardInterrupt), transaction.atomic(), scope.system("test"):
        services.seal()
    monkeypatch.undo()
    with transaction.atomic(), scope.system("test"):
        assert (Leaf.objects.count(), Pending.objects.count(), Head.objects.count()) == (0, 10, 0)
        assert services.seal() == 10
        assert integrity.verify() == ([], 10)


@pytest.mark.django_db
def test_pages_and_public_endpoints() -> None:
    with scope.system("test"):
        sealed(3)
        entry = keep(5)
    client = Client()
    answer = client.get("/evidence/head?since=1").json()
    assert answer["head"]["tree_size"] == 3
    assert len(answer["consistency"]) == 2
    assert client.get("/evidence/consistency?old=2&new=3").json()["proof"]
    assert client.get("/evidence/consistency?old=9&new=3", headers={"Accept": "application/json"}).status_code == 422
    assert client.get("/evidence/verify_evidence.py").content == TOOL.read_bytes()
    assert client.post("/evidence/cosign", b"{}", content_type="application/json").status_code == 422
    testing.login(client, testing.make_official(WUCHANG, roles=("supervisor",)))
    page = client.get("/evidence/").content.decode()
    assert "test.thing:2" in page
    assert "待封存" in page
    assert "待封存" in client.get(f"/evidence/{entry.pk}").content.decode()
    assert client.get(f"/evidence/{entry.pk}/proof.json", headers={"Accept": "application/json"}).status_code == 422
    with scope.system("test"):
        services.seal()
    page = client.get(f"/evidence/{entry.pk}").content.decode()
    assert "verify_evidence.py evidence-" in page
    assert "张三" in page
    proof = client.get(f"/evidence/{entry.pk}/proof.json")
    assert judge(json.loads(proof.content))
    assert "attachment" in proof["Content-Disposition"]
    assert client.get("/evidence/heads").status_code == 200
    assert "<table" in client.get("/evidence/?kind=test.done&object=test.thing:1").content.decode()
    testing.login(client, testing.make_official(YICHANG))
    assert client.get(f"/evidence/{entry.pk}").status_code == 404
    testing.login(client, testing.make_official(WUCHANG, roles=("auditor",), name="审计"))
    page = client.get(f"/evidence/{entry.pk}").content.decode()
    assert "test.thing:5" in page
    assert "张三" not in page
    assert json.loads(client.get(f"/evidence/{entry.pk}/proof.json").content)["payload"] is None
