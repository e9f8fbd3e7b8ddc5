"""In from WeChat: the code is exchanged with a counterpart that answers as the 公众平台 documents it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop
from zhujian.boards.city_management.public_service.models import Submission
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
APP = {"appid": "wx1234567890abcdef", "secret": "s3cret-of-the-account"}


class Platform:
    """Codes that are still good, and what was asked."""

    def __init__(self) -> None:
        self.codes = {"CODE1": "oABC", "CODE2": "oABC", "CODE3": "oXYZ"}
        self.raw: bytes | None = None
        self.url = ""


@pytest.fixture
def platform(settings) -> Iterator[Platform]:
    side = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            asked = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
            good = urlsplit(self.path).path == "/sns/oauth2/access_token" and {k: asked.get(k) for k in APP} == APP
            openid = side.codes.pop(asked.get("code", ""), "") if good and asked["grant_type"] == "authorization_code" else ""
            found = {"access_token": "T", "expires_in": 7200, "refresh_token": "R", "openid": openid, "scope": "snsapi_base"}
            body = side.raw or json.dumps(found if openid else {"errcode": 40029, "errmsg": "invalid code"}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    side.url = f"http://127.0.0.1:{server.server_port}"
    settings.WECHAT = {**APP, "api": side.url, "open": "https://open.weixin.qq.com"}
    yield side
    server.shutdown()
    server.server_close()


def enter(client: Client, code: str, to: str = "") -> str:
    """Through WeChat and back; returns where one ends."""
    away = client.get("/public-service/wechat/", {"to": to})["Location"]
    parts = urlsplit(away)
    asked = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == (
        "https",
        "open.weixin.qq.com",
        "/connect/oauth2/authorize",
        "wechat_redirect",
    )
    assert asked["appid"] == [APP["appid"]] and asked["scope"] == ["snsapi_base"] and APP["secret"] not in away
    assert asked["redirect_uri"][0].endswith("/public-service/wechat/back/")
    answer = client.get("/public-service/wechat/back/", {"code": code, "state": asked["state"][0]})
    return answer.get("Location", str(answer.status_code))


def send(client: Client) -> str:
    form = {"client_key": "", "lon": HERE[0], "lat": HERE[1], "description": "垃圾没清"}
    answer = client.post("/public-service/report/", form)
    return answer["Location"].rstrip("/").rpartition("/")[2]


def test_from_wechat_one_reports_and_finds_it_again_on_another_day(platform: Platform, loop: Loop) -> None:
    first = Client()
    assert enter(first, "CODE1") == "/public-service/report/"
    number = send(first)
    with scope.system("test"):
        report, row = Report.objects.get(number=number), Submission.objects.get(number=number)
    assert (report.source, row.source, report.reporter, report.reporter_phone) == ("wechat", "wechat", None, "")
    assert "oABC" not in json.dumps([row.parties, row.account_ref]), "only a keyed hash is kept"
    later = Client()
    assert number not in later.get("/public-service/mine/").content.decode()
    assert enter(later, "CODE2", "mine") == "/public-service/mine/"
    assert number in later.get("/public-service/mine/").content.decode()
    assert later.get(f"/public-service/mine/{number}/").status_code == 200
    other = Client()
    enter(other, "CODE3", "mine")
    assert number not in other.get("/public-service/mine/").content.decode()


def test_a_code_works_once_and_only_in_the_session_that_asked(platform: Platform, loop: Loop) -> None:
    client = Client()
    enter(client, "CODE1")
    assert enter(Client(), "CODE1") == "422", "used"
    away = client.get("/public-service/wechat/")["Location"]
    state = parse_qs(urlsplit(away).query)["state"][0]
    assert Client().get("/public-service/wechat/back/", {"code": "CODE2", "state": state}).status_code == 422
    assert client.get("/public-service/wechat/back/", {"code": "CODE2", "state": "x"}).status_code == 422
    assert "CODE2" in platform.codes, "a foreign state is not even asked about"


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"openid": 5}', b'{"openid": ""}', b'{"openid": "x", "errcode": 40163}', b"\xff\xfe"]
)
def test_what_is_no_answer_lets_nobody_in(platform: Platform, loop: Loop, raw: bytes) -> None:
    platform.raw = raw or b" "
    assert enter(Client(), "CODE1") == "422"


def test_without_an_account_the_entry_says_so(loop: Loop, settings) -> None:
    settings.WECHAT = {}
    page = Client().get("/public-service/wechat/")
    assert page.status_code == 404 and "没有开通微信公众号" in page.content.decode()
