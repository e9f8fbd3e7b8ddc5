"""The HTTP gateway of an operator, against a counterpart that checks the signature by its own reading of the format."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from zhujian.foundation.messages.channels import HttpSms, SmsRefused

SECRET = "s" * 24


class Gateway:
    """What came in, and the next answers."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.url = ""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    side = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            h = self.headers
            text = b"\n".join([h["X-Account"].encode(), h["X-Timestamp"].encode(), h["X-Nonce"].encode(), body])
            if hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() != h["X-Signature"]:
                status, answer = 401, b'{"code": "AUTH"}'
            else:
                side.got.append(json.loads(body))
                status, answer = side.answers.pop(0) if side.answers else (200, b'{"code": "OK", "message_id": "M1"}')
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    side.url = f"http://127.0.0.1:{server.server_port}/send"
    yield side
    server.shutdown()
    server.server_close()


def client(gateway: Gateway, **more: str) -> HttpSms:
    return HttpSms({"url": gateway.url, "account": "zj", "secret": SECRET, **more})


def test_a_text_is_handed_over_signed(gateway: Gateway) -> None:
    assert client(gateway, sign="数字住建", template="T1").send("13912345678", "验证码") == "M1"
    assert gateway.got == [{"phone": "13912345678", "text": "验证码", "sign": "数字住建", "template": "T1"}]


@pytest.mark.parametrize(
    "answer",
    [
        (200, b'{"code": "FULL", "message": "busy"}'),
        (200, b"[]"),
        (200, b"not json"),
        (200, b"[" * 60_000),
        (500, b"x"),
        (302, b""),
        (200, b"\xff"),
    ],
)
def test_every_other_answer_is_a_refusal(gateway: Gateway, answer: tuple[int, bytes]) -> None:
    gateway.answers = [answer]
    with pytest.raises(SmsRefused):
        client(gateway).send("13912345678", "x")


def test_a_wrong_secret_a_dead_gateway_and_an_address_that_is_none(gateway: Gateway) -> None:
    for url, secret in ((gateway.url, "other"), ("http://127.0.0.1:9/", SECRET), ("file:///etc/passwd", SECRET)):
        with pytest.raises(SmsRefused):
            HttpSms({"url": url, "account": "zj", "secret": secret}).send("13912345678", "x")
