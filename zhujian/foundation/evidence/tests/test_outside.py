"""What outsiders run: the stand-alone verifier and the witness."""

import copy
import json
import subprocess
import sys

import pytest
from django.test import Client

from zhujian.foundation.evidence import rules, selectors, services
from zhujian.foundation.evidence.models import Entry, Payload
from zhujian.foundation.evidence.outside import verify_evidence
from zhujian.foundation.evidence.tests.test_ledger import TOOL, judge, keep, sealed
from zhujian.foundation.kernel import crypto, scope
from zhujian.foundation.kernel.crypto import sm3
from zhujian.foundation.kernel.errors import Refusal


@pytest.fixture
def system():
    with scope.system("test"):
        yield


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
