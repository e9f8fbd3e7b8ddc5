"""The ledger on the real database: recording, sealing, crashing, proving, witnessing."""

import copy
import json
import subprocess
import sys
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


def test_verifier_has_no_dependency_and_the_right_primitives() -> None:
    source = TOOL.read_text(encoding="utf-8")
    imported = {line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names | {"__future__"}
    assert verify_evidence.sm3(b"abc") == sm3(b"abc")
    for size in (0, 1, 55, 56, 63, 64, 65, 1000):
        assert verify_evidence.sm3(b"x" * size) == sm3(b"x" * size)
    private, public = crypto.sm2_generate()
    signature = crypto.sm2_sign(private, b"m", public=public)
    assert verify_evidence.sm2_verify(public, b"m", signature)
    assert not verify_evidence.sm2_verify(public, b"n", signature)
    assert not verify_evidence.sm2_verify(public, b"m", b"junk")


@pytest.fixture
def bundle(system) -> dict:
    entries = [keep(n) for n in range(9)] + [keep(10, object_hash=sm3(b"file").hex())]
    services.seal()
    for name in ("甲局", "乙市"):
        private, public = crypto.sm2_generate()
        services.register_witness(name, public)
        head = selectors.latest_head()
        message = rules.cosign_bytes(services.bytes_of(head), name, head.timestamp_ms + 5)
        signature = crypto.sm2_sign(private, message, public=public)
        services.cosign(head.tree_size, head.timestamp_ms, public_key=public, seen_ms=head.timestamp_ms + 5, signature=signature)
    return json.loads(selectors.bundle_text(entries[-1]))


def judge(bundle: dict, **more) -> bool:
    """Whether the stand-alone verifier accepts; foreign shapes count as refused."""
    try:
        return all(passed is not False for _, passed, _ in verify_evidence.check(bundle, **more))
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError):
        return False


@pytest.mark.django_db
def test_stand_alone_verifier_accepts_the_bundle_offline(bundle, tmp_path) -> None:
    key = bundle["head"]["public_key"]
    assert judge(bundle, log_key=key, quorum=2, file_bytes=b"file")
    path, file = tmp_path / "b.json", tmp_path / "f"
    path.write_text(json.dumps(bundle))
    file.write_bytes(b"file")
    command = [sys.executable, "-I", "-S", str(TOOL), str(path), "--log-key", key, "--quorum", "2", "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "证明成立" in done.stdout
    file.write_bytes(b"other")
    assert subprocess.run(command, capture_output=True, cwd=tmp_path).returncode == 1
    path.write_text("{")
    assert subprocess.run(command, capture_output=True, cwd=tmp_path).returncode == 2


def places(value, path=()):
    """Every scalar of a JSON value with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from places(inner, (*path, at))
    else:
        yield path, value


@pytest.mark.django_db
def test_foundation_17_11_tampering_with_any_field_of_the_bundle_is_noticed(bundle) -> None:
    key = bundle["head"]["public_key"]
    assert judge(bundle, log_key=key)
    found = list(places(bundle))
    assert len(found) > 20
    for path, value in found:
        changed = copy.deepcopy(bundle)
        target = changed
        for step in path[:-1]:
            target = target[step]
        if isinstance(value, int):
            target[path[-1]] = value + 1
        else:
            flip = "0" if value[0] != "0" else "1"
            target[path[-1]] = flip + value[1:]
        assert not judge(changed, log_key=key), path
    for drop in ("inclusion", "head"):
        assert not judge({k: v for k, v in bundle.items() if k != drop}, log_key=key)
    assert not judge({**bundle, "inclusion": bundle["inclusion"][:-1]}, log_key=key)
    assert not judge({**bundle, "witnesses": bundle["witnesses"][:1]}, log_key=key, quorum=2)
    twice = [bundle["witnesses"][0]] * 2
    assert not judge({**bundle, "witnesses": twice}, log_key=key, quorum=2), "one witness counts once"
    assert not judge(bundle, log_key=crypto.sm2_generate()[1].hex())
    assert not judge(bundle, log_key=key, witnesses=[crypto.sm2_generate()[1].hex()], quorum=1)


@pytest.mark.django_db
def test_redacted_payload_leaves_the_proof_whole(bundle) -> None:
    Payload.objects.all().delete()
    entry = Entry.objects.get(object_id="test.thing:10")
    again = json.loads(selectors.bundle_text(entry))
    assert again["payload"] is None
    assert judge(again, log_key=again["head"]["public_key"])


@pytest.mark.django_db
def test_cosignatures_are_checked(system) -> None:
    sealed(1)
    head = selectors.latest_head()
    private, public = crypto.sm2_generate()

    def hand_in(seen: int = head.timestamp_ms, size: int = 1, name: str = "丙局", key: bytes = public) -> None:
        signature = crypto.sm2_sign(private, rules.cosign_bytes(services.bytes_of(head), name, seen), public=public)
        services.cosign(size, head.timestamp_ms, public_key=key, seen_ms=seen, signature=signature)

    with pytest.raises(Refusal, match="没有登记"):
        hand_in()
    services.register_witness("丙局", public)
    with pytest.raises(Refusal, match="已经登记"):
        services.register_witness("丙局", public)
    with pytest.raises(Refusal, match="没有发布过"):
        hand_in(size=2)
    with pytest.raises(Refusal, match="签名与树头不符"):
        hand_in(name="丁局")
    with pytest.raises(Refusal, match="时间不合理"):
        hand_in(seen=head.timestamp_ms + 10**9)
    hand_in()
    hand_in()
    assert [c["witness"] for c in selectors.cosignatures_json(head)] == ["丙局"]
    assert selectors.trusted_head(1) is None
    with pytest.raises(Refusal, match="公钥不正确"):
        hand_in(key=b"\1" * 64)


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


@pytest.mark.django_db
def test_witness_program_cosigns_and_raises_the_alarm(system, tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(TOOL.parent))
    import evidence_witness as witness

    public = witness.new_key(str(tmp_path / "key.json"), "宜昌市住建局")
    key = json.loads((tmp_path / "key.json").read_text())
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0
    services.register_witness("宜昌市住建局", public)
    client = Client()

    def ask(url: str, data: dict | None = None) -> dict:
        path = url.removeprefix("http://log")
        answer = client.get(path) if data is None else client.post(path, data, content_type="application/json")
        assert answer.status_code < 400, answer.content.decode()
        return answer.json()

    monkeypatch.setattr(witness, "ask", ask)
    state = str(tmp_path / "seen.json")

    def look() -> tuple[int, str]:
        return witness.watch("http://log", key, state, None)

    assert look() == (0, "账本还没有记录")
    for size in (3, 5):
        sealed(size)
        assert look()[0] == 0
    assert look() == (0, "没有新的树头")
    assert [c["witness"] for c in selectors.cosignatures_json(selectors.latest_head())] == ["宜昌市住建局"]
    seen = json.loads((tmp_path / "seen.json").read_text())["head"]
    log_key, newest = seen["public_key"], selectors.head_json(selectors.latest_head())
    assert witness.judge(seen, newest, [], log_key) is None

    def resigned(**change) -> dict:
        head = {**newest, **change}
        message = rules.head_bytes(head["timestamp_ms"], head["tree_size"], bytes.fromhex(head["root"]))
        return {**head, "signature": crypto.provider().sign(services.LOG_KEY, message).hex()}

    other = "ab" * 32
    assert "签名" in witness.judge(seen, {**newest, "root": other}, [], log_key)
    assert "分叉" in witness.judge(seen, resigned(root=other), [], log_key)
    assert "回退" in witness.judge(seen, resigned(tree_size=7), [], log_key)
    assert "更旧" in witness.judge(seen, resigned(timestamp_ms=1), [], log_key)
    assert "改写" in witness.judge(seen, resigned(tree_size=9, root=other), [other], log_key)
    monkeypatch.setattr(witness, "ask", lambda url, data=None: {"head": resigned(root=other), "consistency": []})
    status, text = look()
    assert status == 3
    assert "分叉" in text
    assert list(tmp_path.glob("seen.json.alarm.*"))
