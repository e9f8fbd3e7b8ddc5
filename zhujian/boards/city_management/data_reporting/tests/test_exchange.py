"""The city pushes to the province: two running instances of the platform, each with its own process, database and keys (scenario 25)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import Batch, Outgoing, Peer, Reconciliation
from zhujian.boards.city_management.data_reporting.services import capture, correct, push, reconcile, transport
from zhujian.boards.city_management.data_reporting.services.peers import do_register
from zhujian.boards.city_management.data_reporting.tests.peers import CITY, Province
from zhujian.foundation.kernel import scope

APP = "app-420100"
DATASETS = "case,grid,organisation,person,case_statistics,industry,monitoring,appeal,evaluation,component"
WUCHANG = "420106000000"


@pytest.fixture(scope="module")
def province(django_db_setup: object, databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """The second instance, running."""
    made = Province(databases, tmp_path_factory.mktemp("province"))
    try:
        from zhujian.foundation.kernel.crypto import provider

        made.reply_key = made.register_sender(APP, provider().public_key(f"exchange-{APP}").hex(), DATASETS)  # type: ignore[attr-defined]
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture
def peer(province: Province, transactional_db: None) -> Peer:
    with transaction.atomic(), scope.system("test"):
        return do_register(direction="up", code=APP, name="湖北省城市运行管理服务平台", region_code=CITY, datasets=DATASETS.split(","),
                           url=province.url, public_key=province.reply_key)  # type: ignore[attr-defined]  # fmt: skip


def case(number: int, prefix: str = "A", **changes: Any) -> dict[str, Any]:
    return {
        "number": f"420106{prefix}{number:05d}", "kind": "event", "classCode": "0110", "state": "closed", "regionCode": WUCHANG,
        "address": f"中南路{number}号", "reworks": 0, **changes,
    }  # fmt: skip


def put(rows: list[dict[str, Any]], at: datetime | None = None) -> int:
    moment = at or timezone.now() - timedelta(minutes=5)
    return capture.do_put_many("case", [(row, moment) for row in rows])


def drain() -> int:
    """Send what is due, waiting for short pauses after failures."""
    done, until = 0, time.monotonic() + 40
    while time.monotonic() < until:
        if push.push_next():
            done += 1
            continue
        with transaction.atomic(), scope.system("test"):
            if not Outgoing.objects.filter(state__in=("waiting", "batched")).exists():
                return done
        time.sleep(0.1)
    raise AssertionError("not everything was answered")


def states() -> dict[str, int]:
    with transaction.atomic(), scope.system("test"):
        found: dict[str, int] = {}
        for state in Outgoing.objects.values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found


def reconciled(peer: Peer, dataset: str = "case") -> Reconciliation:
    with transaction.atomic(), scope.system("test"):
        reconcile.do_request(peer.pk, dataset, timezone.localdate())
    assert reconcile.reconcile_next()
    with transaction.atomic(), scope.system("test"):
        return Reconciliation.objects.get(peer=peer, dataset=dataset, day=timezone.localdate())


def stored(province: Province, prefix: str) -> int:
    return province.ask(
        "SELECT count(*) FROM data_reporting_record WHERE NOT deleted AND business_key LIKE %s", f"420106{prefix}%"
    )[0][0]


def test_scenario_25_a_thousand_cases_twelve_rejected_and_every_one_accounted_for(province: Province, peer: Peer) -> None:
    bad = {
        n: {"classCode": ""} if n % 3 == 0 else {"reworks": -1} if n % 3 == 1 else {"regionCode": "429004000000"}
        for n in range(12)
    }
    put([case(n, **bad.get(n, {})) for n in range(1000)])
    # Cases outside the city never reach its platform: the third kind is put on its way by hand, as a faulty interface would.
    with transaction.atomic(), scope.system("test"):
        missing = [n for n in range(12) if n % 3 == 2]
        schema = capture.schemas.schema_of(capture.schemas.dataset("case"))  # type: ignore[arg-type]
        rows = [
            capture.sources.Row(case(n)["number"], WUCHANG, case(n, regionCode="429004000000"), timezone.now(), None)
            for n in missing
        ]
        capture._put(peer, schema, rows, set())
    assert drain() == 5
    assert states() == {"accepted": 988, "rejected": 12}
    assert stored(province, "A") == 988
    with transaction.atomic(), scope.system("test"):
        receipts = list(Outgoing.objects.filter(state="rejected").order_by("business_key").values_list("code", "message"))
        assert [code for code, _ in receipts] == ["missing", "range", "region"] * 4 and all(message for _, message in receipts)
        batch = Batch.objects.order_by("id").first()
        body = push.body_of(batch)
    again = transport.call(peer, "POST", "batches", None, body)
    assert again.status == 200 and again.body["batchId"] == batch.batch_id
    before = province.ask("SELECT count(*) FROM data_reporting_recordversion")[0][0]
    other = transport.call(peer, "POST", "batches", None, body.replace(batch.batch_id.encode(), b"f" * 32))
    assert (other.body["stored"], other.body["duplicates"]) == (0, 192)
    assert province.ask("SELECT count(*) FROM data_reporting_recordversion")[0][0] == before

    day = reconciled(peer)
    assert (day.sent, day.rejected, day.stored, day.rejected_there, day.state) == (1000, 12, 988, 12, "balanced")
    there = province.ask("SELECT sent, stored, rejected, state FROM data_reporting_reconciliation WHERE dataset = 'case'")
    assert there == [(1000, 988, 12, "balanced")]

    with transaction.atomic(), scope.system("test"):
        for row in Outgoing.objects.filter(state="rejected"):
            number = int(row.business_key[-5:])
            correct.do_correct(row.pk, case(number))
    drain()
    assert states() == {"accepted": 1000} and stored(province, "A") == 1000
    day = reconciled(peer)
    assert (day.sent, day.rejected, day.stored, day.state) == (1000, 0, 1000, "balanced")


# A record of each further data set, and what makes it one that the province sends back, with the reason.
POINT = {"type": "Point", "coordinates": [114.3, 30.5]}
FURTHER: dict[str, tuple[Callable[[int], dict[str, Any]], dict[str, Any], str]] = {
    "case_statistics": (lambda n: {"period": f"2026-01-{n % 28 + 1:02d}", "regionCode": f"4201{n // 28 + 2:02d}000000", "counts": {"registered": n}},
                        {"counts": None}, "missing"),
    "industry": (lambda n: {"trade": "sanitation", "kind": "vehicle", "code": f"V{n}", "name": "洗扫车", "regionCode": WUCHANG}, {"name": "长" * 121}, "length"),
    "monitoring": (lambda n: {"device": "420106010101000001", "kind": "gas", "time": f"2026-01-02T08:{n // 60:02d}:{n % 60:02d}.000+08:00", "value": "1.5",
                              "regionCode": WUCHANG, "geometry": POINT}, {"value": 1.5}, "type"),
    "appeal": (lambda n: {"number": f"G{n}", "channel": "hotline_12345", "time": "2026-01-02T08:00:00.000+08:00", "regionCode": WUCHANG},
               {"time": "2026-01-02 08:00"}, "type"),
    "evaluation": (lambda n: {"indicator": f"rate_{n}", "period": "2026-01", "regionCode": WUCHANG, "value": "95.00"}, {"source": "x" * 61}, "length"),
    "component": (lambda n: {"code": f"4201060102{n:06d}", "classCode": "0102", "regionCode": WUCHANG, "geometry": POINT}, {"classCode": None}, "missing"),
}  # fmt: skip


def further(dataset: str, numbers: range, **wrong: Any) -> int:
    make, moment = FURTHER[dataset][0], timezone.now() - timedelta(minutes=5)
    rows = [{**make(n), **wrong} for n in numbers]
    return capture.do_put_many(
        dataset, [({name: value for name, value in row.items() if value is not None}, moment) for row in rows]
    )


def test_scenario_25_for_the_further_data_sets_as_for_cases(province: Province, peer: Peer) -> None:
    for dataset, (_, wrong, _) in FURTHER.items():
        assert (further(dataset, range(88)), further(dataset, range(88, 100), **wrong)) == (88, 12)
        assert further(dataset, range(88)) == 0, "what was put is not put again"
    drain()
    assert states() == {"accepted": 88 * len(FURTHER), "rejected": 12 * len(FURTHER)}
    kept = dict(
        province.ask("SELECT dataset, count(*) FROM data_reporting_record WHERE dataset = ANY(%s) GROUP BY 1", list(FURTHER))
    )
    assert kept == dict.fromkeys(FURTHER, 88)
    for dataset, (make, _, reason) in FURTHER.items():
        day = reconciled(peer, dataset)
        assert (day.sent, day.rejected, day.stored, day.rejected_there, day.state) == (100, 12, 88, 12, "balanced"), dataset
        with transaction.atomic(), scope.system("test"):
            back = list(Outgoing.objects.filter(dataset=dataset, state="rejected").order_by("id"))
            assert {row.code for row in back} == {reason}
            for number, row in enumerate(back, 88):
                correct.do_correct(row.pk, make(number))
    drain()
    assert states() == {"accepted": 100 * len(FURTHER)}
    assert [reconciled(peer, dataset).state for dataset in FURTHER] == ["balanced"] * len(FURTHER)
    sql = "SELECT count(*), count(DISTINCT (dataset, business_key)) FROM data_reporting_recordversion WHERE dataset = ANY(%s)"
    assert province.ask(sql, list(FURTHER)) == [(600, 600)], "nothing doubled"


def test_pitfall_18_an_older_event_is_kept_and_not_applied_and_a_deletion_travels(province: Province, peer: Peer) -> None:
    now = timezone.now()
    put([case(1, "B", state="handling")], now - timedelta(hours=1))
    put([case(1, "B", state="closed")], now - timedelta(minutes=30))
    drain()
    with transaction.atomic(), scope.system("test"):
        late = Outgoing.objects.order_by("id").first()
        late.pk, late.state, late.batch, late.seq = None, "waiting", None, None
        late.event_time, late.payload = now - timedelta(hours=2), late.payload | {"state": "dispatched"}
        late.save(force_insert=True)
    drain()
    assert states() == {"accepted": 3}
    sql = "SELECT payload ->> 'state', deleted FROM data_reporting_record WHERE business_key = %s"
    assert province.ask(sql, case(1, "B")["number"]) == [("closed", False)]
    kept = "SELECT applied FROM data_reporting_recordversion WHERE business_key = %s ORDER BY event_time"
    assert province.ask(kept, case(1, "B")["number"]) == [(False,), (True,), (True,)]
    capture.do_put("case", case(1, "B"), event_time=now, gone=True)
    drain()
    assert province.ask(sql, case(1, "B")["number"]) == [("closed", True)]


def test_the_receiver_dies_in_the_middle_and_nothing_is_lost_or_doubled(province: Province, peer: Peer) -> None:
    put([case(n, "C") for n in range(1200)])
    further("appeal", range(1000, 1400))
    enough = threading.Event()

    def assassin() -> None:
        while stored(province, "C") < 400:
            time.sleep(0.01)
        province.kill()
        enough.set()

    killer = threading.Thread(target=assassin)
    killer.start()
    while not enough.is_set():
        push.push_next()
    killer.join()
    for _ in range(3):
        push.push_next()  # nobody answers
    waiting = states()
    assert waiting.get("accepted", 0) < 1600 and sum(waiting.values()) == 1600
    province.start()
    drain()
    assert states() == {"accepted": 1600} and stored(province, "C") == 1200
    versions = "SELECT count(*), count(DISTINCT business_key) FROM data_reporting_recordversion WHERE business_key ~ '^(420106C|hotline_12345/G1)...'"
    assert province.ask(versions) == [(1600, 1600)]


class Deaf:
    """A wire that carries the request and loses the answer."""

    def __init__(self, port: int) -> None:
        self.port, self.sock = port, socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.once, daemon=True)
        self.thread.start()

    def once(self) -> None:
        near, _ = self.sock.accept()
        far = socket.create_connection(("127.0.0.1", self.port))

        def carry() -> None:
            while data := near.recv(65536):
                far.sendall(data)

        threading.Thread(target=carry, daemon=True).start()
        far.recv(65536)  # the receiver has committed and answers; nobody hears it
        near.shutdown(socket.SHUT_RDWR)  # the other thread still reads from it
        near.close()
        far.close()


def test_an_answer_that_is_lost_is_given_again(province: Province, peer: Peer) -> None:
    put([case(n, "D") for n in range(50)])
    wire = Deaf(province.port)
    with transaction.atomic(), scope.system("test"):
        Peer.objects.filter(pk=peer.pk).update(url=f"http://127.0.0.1:{wire.sock.getsockname()[1]}/data-reporting/v1")
    assert push.push_next()
    assert states() == {"batched": 50} and stored(province, "D") == 50
    with transaction.atomic(), scope.system("test"):
        Peer.objects.filter(pk=peer.pk).update(url=province.url)
    drain()
    assert states() == {"accepted": 50}
    assert province.ask("SELECT count(*) FROM data_reporting_recordversion WHERE business_key LIKE '420106D%'") == [(50,)]


def test_registers_are_captured_changed_and_deleted(province: Province, peer: Peer) -> None:
    from zhujian.boards.city_management.data_reporting.services import schemas
    from zhujian.foundation.identity import testing

    testing.make_official(WUCHANG, "UMB")
    with transaction.atomic(), scope.system("test"):
        organisations = schemas.dataset("organisation")
        assert capture.look(peer, organisations, full=True) >= 1
        assert capture.look(peer, organisations, full=True) == 0, "nothing has changed"
        assert capture.look(peer, schemas.dataset("person"), full=True) >= 1
        org = testing.make_organisation(WUCHANG, "UMB")
        org.name = "武昌区城市管理执法局"
        org.save()
        assert capture.look(peer, organisations, full=True) == 1
    drain()
    sql = "SELECT payload ->> 'name', deleted FROM data_reporting_record WHERE dataset = 'organisation' AND business_key = %s"
    assert province.ask(sql, org.code) == [("武昌区城市管理执法局", False)]
    assert province.ask("SELECT count(*) FROM data_reporting_record WHERE dataset = 'person' AND payload ? 'name'") == [(0,)]


def test_what_they_have_lost_is_found_by_the_reconciliation_and_sent_again(province: Province, peer: Peer) -> None:
    put([case(n, "E") for n in range(20)])
    drain()
    province.ask("DELETE FROM data_reporting_record WHERE business_key LIKE '420106E0000%' RETURNING id")
    province.ask("DELETE FROM data_reporting_recordversion WHERE business_key LIKE '420106E0000%' RETURNING id")
    province.ask("DELETE FROM data_reporting_recordversion WHERE dataset = 'case' AND business_key !~ '^420106E' RETURNING id")
    province.ask("DELETE FROM data_reporting_reject RETURNING id")
    day = reconciled(peer)
    assert (day.state, day.missing, day.extra, day.different) == ("different", 10, 0, 0) and str(day.rate) == "50.00"
    drain()
    assert stored(province, "E") == 20 and reconciled(peer).state == "balanced"


def test_a_stranger_a_changed_body_and_a_replay_are_turned_away(province: Province, peer: Peer) -> None:
    import http.client
    import json

    from zhujian.foundation.kernel.crypto.requests import SignedRequest

    def post(body: bytes, signed: bytes, nonce: str, app: str = APP) -> tuple[int, dict[str, Any]]:
        path = "/data-reporting/v1/batches"
        request = SignedRequest("POST", path, "", signed, app, int(datetime.now(UTC).timestamp() * 1000), nonce)
        line = http.client.HTTPConnection("127.0.0.1", province.port, timeout=10)
        line.request("POST", path, body, {
            transport.APP: app, transport.TIME: str(request.timestamp_ms), transport.NONCE: nonce, "Content-Type": "application/json",
            transport.SIGNATURE: transport.sign(peer, request, transport.key_name(peer)),
        })  # fmt: skip
        response = line.getresponse()
        return response.status, json.loads(response.read())

    assert post(b"{}", b"{ }", "0" * 32)[0] == 401
    assert post(b"{}", b"{}", "1" * 32, app="app-429000")[1]["code"] == "exchange.unknown"
    assert post(b"[]", b"[]", "2" * 32)[1]["code"] == "exchange.body"
    good = json.dumps(
        {"batchId": "a" * 32, "source": "420200", "dataset": "case", "schemaVersion": "1.0", "count": 1, "records": [{}]}
    ).encode()
    status, said = post(good, good, "3" * 32)
    assert (status, said["code"]) == (422, "exchange.source")
    assert post(good.replace(b"420200", b"420100"), good.replace(b"420200", b"420100"), "4" * 32)[0] == 200
    replay = post(good.replace(b"420200", b"420100"), good.replace(b"420200", b"420100"), "4" * 32)
    assert replay[1]["code"] == "signature.replay"


def test_an_answer_from_somebody_else_is_not_believed(province: Province, peer: Peer, tmp_path: Path) -> None:
    from zhujian.foundation.kernel.crypto import sm2_generate

    put([case(1, "F")])
    with transaction.atomic(), scope.system("test"):
        Peer.objects.filter(pk=peer.pk).update(public_key=sm2_generate()[1].hex())
    push.push_next()
    assert states() == {"batched": 1}
    with transaction.atomic(), scope.system("test"):
        assert "签名" in Peer.objects.get(pk=peer.pk).last_error
