"""The proxy of other people's background maps, against a WMTS server on this machine: bounds, cache, keys, both tile sets."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from zhujian.foundation.cim.onemap import basemaps, tiles, upstream
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import geo

pytestmark = pytest.mark.django_db
KEY = "s3cret-key-of-the-province"


def coloured(column: int, row: int, *, size: int = 256) -> bytes:
    """A tile whose colour says which one it is; green falls from top to bottom."""
    picture = Image.new("RGB", (1, size))
    picture.putdata([(column % 256, 255 - at * 255 // (size - 1), row % 256) for at in range(size)])
    out = io.BytesIO()
    picture.resize((size, size)).save(out, "PNG")
    return out.getvalue()


class Wmts(BaseHTTPRequestHandler):
    """GetTile by key-value pairs; the layer's name chooses how it behaves."""

    asked: list[str] = []

    def do_GET(self) -> None:  # noqa: N802
        self.asked.append(self.path)
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        layer = query.get("LAYER", "")
        if urlsplit(self.path).path == "/moved":
            return self.answer(coloured(7, 7))
        if query.get("tk") != KEY:
            return self.answer(b"no key", status=403, kind="text/plain")
        match layer:
            case "missing":
                return self.answer(b"", status=404)
            case "html":
                return self.answer(b"<html>quota used up</html>", kind="text/html")
            case "lie":
                return self.answer(b"<svg onload=alert(1)>", kind="image/png")
            case "huge":
                return self.answer(coloured(1, 1) + b"\0" * 2_000_000)
            case "short":
                return self.answer(coloured(1, 1), length=10_000)
            case "slow":
                time.sleep(1.5)
                return self.answer(coloured(1, 1))
            case "elsewhere":
                return self.answer(b"", status=302, location="http://localhost:1/moved")
            case "moved":
                return self.answer(b"", status=302, location="/moved")
            case "broken":
                return self.answer(b"", status=500)
        return self.answer(coloured(int(query["TILECOL"]), int(query["TILEROW"])))

    def answer(
        self, body: bytes, *, status: int = 200, kind: str = "image/png", length: int | None = None, location: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def wmts(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A running server; the platform is told about one map for each of its behaviours."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wmts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Wmts.asked = []
    address = f"http://127.0.0.1:{server.server_port}"
    template = (
        address + "/wmts?SERVICE=WMTS&REQUEST=GetTile&LAYER={layer}&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
    )
    names = ("vec", "missing", "html", "lie", "huge", "short", "slow", "elsewhere", "moved", "broken")
    rows = [
        f'[[basemap]]\nname = "{name}"\ntitle = "{name}"\nurl = "{template.format(layer=name)}"\nkey_env = "TEST_MAP_KEY"\n'
        for name in names
    ]
    rows.append(rows[0].replace('"vec"', '"degrees"') + 'matrix = "c"\n')
    rows.append(rows[0].replace('"vec"', '"shifted"') + 'datum = "gcj02"\nattribution = "某互联网地图"\n')
    settings.BASEMAPS_FILE = tmp_path / "basemaps.toml"
    settings.BASEMAPS_FILE.write_text("\n".join(rows), encoding="utf-8")
    settings.VAR = tmp_path
    monkeypatch.setenv("TEST_MAP_KEY", KEY)
    monkeypatch.setattr(upstream, "breaker", upstream.Breaker())
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def person(client: Client) -> Client:
    login(client, make_official("420100000000", roles=("viewer",)))
    return client


def get(client: Client, name: str, z: int = 10, x: int = 837, y: int = 421) -> Any:
    return client.get(f"/cim/basemap/{name}/{z}/{x}/{y}")


def test_a_tile_is_fetched_once_and_kept(wmts: str, person: Client) -> None:
    first, second = get(person, "vec"), get(person, "vec")
    assert first.status_code == second.status_code == 200
    assert first["Content-Type"] == "image/png" and "max-age" in first["Cache-Control"]
    assert first.content == second.content == coloured(837, 421)
    assert len(Wmts.asked) == 1 and f"tk={KEY}" in Wmts.asked[0]


def test_neither_key_nor_address_reaches_the_browser(wmts: str, person: Client) -> None:
    page = person.get("/cim/map/").content.decode()
    assert '"name": "vec"' in page and KEY not in page and wmts.removeprefix("http://") not in page
    assert "原图为 GCJ-02，已纠正" in page


def test_only_signed_in_people_are_served(wmts: str, client: Client) -> None:
    assert get(client, "vec").status_code in (302, 403)
    assert Wmts.asked == []


@pytest.mark.parametrize("name", ["html", "lie", "huge", "short", "elsewhere", "broken"])
def test_what_is_no_picture_of_this_upstream_is_not_passed_on(name: str, wmts: str, person: Client, tmp_path: Path) -> None:
    answer = get(person, name)
    assert answer.status_code == 502 and answer["Content-Type"].startswith("text/plain")
    assert KEY not in answer.content.decode()
    assert not list(tmp_path.glob(f"basemaps/{name}/*/*"))


def test_a_redirect_inside_the_host_is_followed(wmts: str, person: Client) -> None:
    assert get(person, "moved").content == coloured(7, 7)


def test_an_upstream_without_the_tile_is_not_asked_again(wmts: str, person: Client) -> None:
    assert [get(person, "missing").status_code for _ in range(3)] == [404] * 3
    assert len(Wmts.asked) == 1


def test_a_slow_upstream_is_given_up(wmts: str, person: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "limits", lambda: tiles.Limits(1 << 20, 1 << 30, 86400, 0.3))
    began = time.monotonic()
    assert get(person, "slow").status_code == 502
    assert time.monotonic() - began < 1.2


def test_a_broken_upstream_rests_after_several_failures(wmts: str, person: Client) -> None:
    for x in range(upstream.PATIENCE + 3):
        assert get(person, "broken", x=x).status_code == 502
    assert len(Wmts.asked) == upstream.PATIENCE


def test_an_old_picture_is_fetched_again_but_better_than_none(wmts: str, person: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "limits", lambda: tiles.Limits(1 << 20, 1 << 30, 0, 2))
    get(person, "vec")
    get(person, "vec")
    assert len(Wmts.asked) == 2
    monkeypatch.delenv("TEST_MAP_KEY")
    monkeypatch.setenv("TEST_MAP_KEY", "withdrawn")
    assert get(person, "vec").content == coloured(837, 421)


def test_addresses_outside_the_set_are_refused(wmts: str, person: Client) -> None:
    assert get(person, "vec", 3, 8, 0).status_code == 422
    assert get(person, "vec", 19, 0, 0).status_code == 422
    assert get(person, "nobody").status_code == 404
    assert Wmts.asked == []


def test_the_geographic_set_is_passed_on_and_brought_onto_the_plane(wmts: str, person: Client) -> None:
    raw = person.get("/cim/basemap/degrees/CGCS2000/10/837/169")
    assert raw.content == coloured(837, 169)
    assert person.get("/cim/basemap/vec/CGCS2000/10/837/169").status_code == 404
    made = Image.open(io.BytesIO(get(person, "degrees").content))
    assert made.size == (256, 256)
    degrees = 360 / 1024
    for row in (0, 60, 128, 200, 255):
        wanted = tiles.latitude(421 + (row + 0.5) / 256, 10)
        place = (90 - wanted) / degrees
        red, green, blue, alpha = made.getpixel((100, row))
        assert (red, blue, alpha) == (837 % 256, int(place) % 256, 255)
        assert green == pytest.approx(255 - (place % 1) * 255, abs=2)


def test_the_space_of_a_map_is_bounded(tmp_path: Path) -> None:
    store = tiles.Store(tmp_path, tiles.Limits(1 << 20, 256 * 64 * 1024, 60, 1))
    for number in range(2000):
        store.put(f"9-{number}-1", b"\x89PNG\r\n\x1a\n" + b"x" * 8000)
    kept = list(tmp_path.glob("*/*"))
    assert sum(path.stat().st_size for path in kept) <= 256 * 64 * 1024
    assert max(len(list(folder.iterdir())) for folder in tmp_path.iterdir()) <= 8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "file:///etc/passwd?{z}{x}{y}"}, "http"), ({"url": "https://u:p@a.cn/{z}/{x}/{y}"}, "用户名"), ({"url": "https://a.cn/{z}/{x}"}, "{y}"),
        ({"url": "https://a.cn/{z}/{x}/{y}?k={key}"}, "key_env"), ({"url": "https://a.cn/{z}/{x}/{y}/{secret}"}, "secret"), ({"name": "../x"}, "name"),
        ({"matrix": "4326"}, "matrix"), ({"max_zoom": 40}, "max_zoom"), ({"colour": "red"}, "colour"), ({"title": 3}, "类型"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_left_out_with_the_reason(change: dict[str, Any], said: str, tmp_path: Path, settings: Any) -> None:
    with pytest.raises(basemaps.BadBasemap, match="."):
        try:
            basemaps.read({"name": "ok", "title": "好", "url": "https://a.cn/{z}/{x}/{y}", **change})
        except basemaps.BadBasemap as bad:
            assert said in str(bad)
            raise


def test_tms_rows_and_subdomains(monkeypatch: pytest.MonkeyPatch) -> None:
    one = basemaps.read({"name": "tms", "title": "T", "url": "https://t{s}.a.cn/{z}/{x}/{-y}.png", "subdomains": "01"})
    assert one.address(3, 1, 2) == "https://t1.a.cn/3/1/5.png"
    assert one.address(3, 2, 2) == "https://t0.a.cn/3/2/5.png"


@given(
    st.dictionaries(
        st.text(max_size=8), st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.lists(st.text(max_size=3)))
    )
)
def test_any_entry_is_read_or_refused(raw: dict[str, Any]) -> None:
    try:
        basemaps.read({"name": "ok", "title": "好", "url": "https://a.cn/{z}/{x}/{y}", **raw})
    except basemaps.BadBasemap:
        return


@given(
    z=st.integers(6, 18), lon=st.floats(109, 116), lat=st.floats(29.2, 33), across=st.floats(0, 1), down=st.floats(0, 1),
)  # fmt: skip
def test_an_internet_map_is_put_back_to_less_than_a_pixel(z: int, lon: float, lat: float, across: float, down: float) -> None:
    """foundation.md §13: inside a tile the offset interpolated from its corners is that of GCJ-02."""
    column, row = (int(value) for value in tiles.tile_of(lon, lat, z))

    def shifted(c: float, r: float) -> tuple[float, float]:
        return tiles.tile_of(*geo.to_gcj02(c / (1 << z) * 360 - 180, tiles.latitude(r, z)), z)

    nw, ne, sw, se = (shifted(column + c, row + r) for r, c in ((0, 0), (0, 1), (1, 0), (1, 1)))
    exact = shifted(column + across, row + down)
    for axis in (0, 1):
        top = nw[axis] * (1 - across) + ne[axis] * across
        bottom = sw[axis] * (1 - across) + se[axis] * across
        assert abs(top * (1 - down) + bottom * down - exact[axis]) * tiles.SIDE < 1


def test_a_shifted_tile_comes_from_where_it_really_is(wmts: str, person: Client) -> None:
    z = 16
    column, row = (int(value) for value in tiles.tile_of(114.33, 30.53, z))
    answer = get(person, "shifted", z, column, row)
    assert answer.status_code == 200
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    for x, y in ((20, 30), (128, 128), (230, 200)):
        place = (column + (x + 0.5) / 256) / (1 << z) * 360 - 180, tiles.latitude(row + (y + 0.5) / 256, z)
        c, r = tiles.tile_of(*geo.to_gcj02(*place), z)
        red, green, blue = picture.getpixel((x, y))
        if 0.02 < c % 1 < 0.98 and 0.02 < r % 1 < 0.98:  # not on a seam of the upstream's tiles
            assert (red, blue) == (int(c) % 256, int(r) % 256)
            assert abs(green - (255 - (r % 1) * 255)) < 4
    asked = len(Wmts.asked)
    assert 1 <= asked <= 4 and get(person, "shifted", z, column, row).content == answer.content and len(Wmts.asked) == asked
    east = tiles.tile_of(*geo.to_gcj02(114.33, 30.53), z)[0] - tiles.tile_of(114.33, 30.53, z)[0]
    assert abs(east) * 256 > 100  # without it everything would stand hundreds of metres beside itself


def test_only_the_web_plane_can_be_put_back() -> None:
    raw = {"name": "a", "title": "a", "url": "https://a/{z}/{x}/{y}", "datum": "gcj02", "matrix": "c"}
    with pytest.raises(basemaps.BadBasemap, match="3857"):
        basemaps.read(raw)
