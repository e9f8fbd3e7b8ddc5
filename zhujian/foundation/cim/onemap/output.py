"""The printed map: a posted picture is checked and redrawn, then typeset with title, legend, scale, date and maker."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from PIL import Image

from zhujian.foundation.documents import typesetting
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason, Refusal, refuse_if

NOTE = "示意，非法定界线"
BYTES_MOST = 8 << 20
PIXELS_MOST = 16_000_000
SIDE_LEAST = 100
TITLE_MOST, LABEL_MOST, GROUPS_MOST, ITEMS_MOST = 40, 60, 20, 24
EQUATOR = 40_075_016.686  # metres; the web map's own sphere, whose scale this states
TILE = 512  # css pixels of the world at zoom 0
PICTURE_WIDTH = 200.0  # millimetres of the frame on paper
PICTURE_HEIGHT = 142.0
COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class View:
    """What the picture shows: centre, zoom, tilt (degrees) and its width in css pixels."""

    lon: float
    lat: float
    zoom: float
    pitch: float
    width: float


def metres_per_pixel(lat: float, zoom: float) -> float:
    """Ground metres of one css pixel at latitude `lat` on the web map's plane."""
    return EQUATOR * math.cos(math.radians(lat)) / (TILE * 2**zoom)


def denominator(ground: float, paper: float) -> int:
    """Scale 1 : n of `ground` metres over `paper` millimetres, rounded to two significant digits."""
    exact = ground * 1000 / paper
    step = 10 ** max(0, math.floor(math.log10(exact)) - 1)
    return int(round(exact / step) * step)


def bar(ground: float) -> float:
    """Round length (1, 2 or 5 times a power of ten, metres) of a scale bar of at most a quarter of `ground` metres."""
    most = ground / 4
    power = 10 ** math.floor(math.log10(most))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= most)


def picture(data: bytes) -> tuple[bytes, int, int]:
    """(JPEG, width, height) of a posted PNG or JPEG, decoded and drawn anew so that nothing but pixels remains."""
    wrong = Refusal("onemap.picture", "图片应为 PNG 或 JPEG，请在一张图页面上重新导出。", "picture")
    if len(data) > BYTES_MOST:
        raise Refusal("onemap.picture_size", f"图片超过 {BYTES_MOST >> 20} MB，请缩小浏览器窗口后重新导出。", "picture")
    try:
        found = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if found.width * found.height > PIXELS_MOST or min(found.size) < SIDE_LEAST:
            raise Refusal("onemap.picture_size", "图片太大或太小，请调整浏览器窗口后重新导出。", "picture")
        plain = Image.new("RGB", found.size, "white")
        plain.paste(found.convert("RGBA"), mask=found.convert("RGBA").getchannel("A"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise wrong from error
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=90)
    return out.getvalue(), plain.width, plain.height


def text(value: Any, most: int) -> str:
    """One line of plain text, cut at `most` characters."""
    words = " ".join(str(value).split()) if isinstance(value, (str, int, float)) else ""
    return "".join(char for char in words if char.isprintable())[:most]


def legend(raw: str) -> list[dict[str, Any]]:
    """Groups ``{title, items: [{label, colour}]}`` from the posted JSON; refused when it has another form."""
    wrong = Refusal("onemap.legend", "图例的格式不对，请在一张图页面上重新导出。", "legend")
    try:
        groups = json.loads(raw or "[]")
    except (ValueError, RecursionError) as error:
        raise wrong from error
    if not isinstance(groups, list) or len(groups) > GROUPS_MOST:
        raise wrong
    made = []
    for group in groups:
        items = group.get("items") if isinstance(group, dict) else None
        if not isinstance(items, list) or len(items) > ITEMS_MOST or not all(isinstance(one, dict) for one in items):
            raise wrong
        if not all(COLOUR.fullmatch(str(one.get("colour", "")).lower()) for one in items):
            raise wrong
        shown = [{"label": text(one.get("label"), LABEL_MOST), "colour": str(one["colour"]).lower()} for one in items]
        made.append({"title": text(group.get("title"), LABEL_MOST), "items": shown})
    return made


def view(raw: dict[str, str]) -> View:
    """The view from posted numbers; refused when one is absent or out of range."""
    ranges = {"lon": (-180, 180), "lat": (-85, 85), "zoom": (0, 24), "pitch": (0, 85), "width": (50, 10_000)}
    found: dict[str, float] = {}
    reasons = []
    for name, (low, high) in ranges.items():
        try:
            found[name] = float(raw.get(name, ""))
        except ValueError:
            found[name] = math.nan
        if not low <= found[name] <= high:
            reasons.append(Reason("onemap.view", "地图视图参数不对，请在一张图页面上重新导出。", name))
    refuse_if(reasons[:1])
    return View(**found)


def pdf(raw: dict[str, str], data: bytes) -> bytes:
    """The map as PDF/A on an A4 sheet. `raw`: title, legend (JSON), lon, lat, zoom, pitch, width, time, basemap; `data`: picture."""
    shown = view(raw)
    title = text(raw.get("title", ""), TITLE_MOST)
    if not title:
        raise Refusal("onemap.title", "请填写图名。", "title")
    image, width, height = picture(data)
    groups = legend(raw.get("legend", ""))
    paper = min(PICTURE_WIDTH, PICTURE_HEIGHT * width / height)
    ground = metres_per_pixel(shown.lat, shown.zoom) * shown.width
    flat = shown.pitch < 1
    length = bar(ground)
    who = scope.current()
    now = timezone.localtime()
    coded = base64.b64encode(image).decode()
    values = {
        "title": title, "note": NOTE, "issuer": who.org_name or who.actor_name,
        "picture": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/jpeg;base64,{coded}"/></svg>',
        "width": paper, "legend": groups, "scale": f"1:{denominator(ground, paper):,}".replace(",", "\u2009") if flat else "",
        "bar": length / ground * paper if flat else 0, "bar_label": f"{length / 1000:g} 公里" if length >= 1000 else f"{length:g} 米",
        "centre": f"图幅中心 东经 {shown.lon:.5f}°，北纬 {shown.lat:.5f}°", "time": text(raw.get("time", ""), LABEL_MOST),
        "basemap": text(raw.get("basemap", ""), 2 * LABEL_MOST), "made_on": f"{now:%Y-%m-%d %H:%M}",
        "made_by": " ".join(part for part in (who.org_name, who.actor_name) if part),
    }  # fmt: skip
    return typesetting.render("cim/one_map", values, at=now)
