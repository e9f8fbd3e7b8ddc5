"""Background maps of others (天地图, any WMTS or TMS), as the operator's file says; addresses and keys never leave the server.

The file (`settings.BASEMAPS_FILE`, TOML) lists ``[[basemap]]`` tables; see docs/operations.md. A key stands in the environment
variable that `key_env` names. An entry that is wrong is left out and reported by ``check``.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from zhujian.foundation.kernel.errors import NotFound

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
PLACE = re.compile(r"\{(\w+|-y)\}")
PLACES = {"z", "x", "y", "-y", "s", "key"}
MATRICES = {"3857": "Web 墨卡托", "c": "CGCS2000 经纬度"}
DATUMS = {"cgcs2000": "", "gcj02": "原图为 GCJ-02 偏移坐标，已逐块纠正到 CGCS2000，只作参考"}


class BadBasemap(ValueError):
    """An entry of the file that cannot be used, with the reason."""


@dataclass(frozen=True)
class Basemap:
    """One background map. `matrix`: ``3857`` or ``c`` (geographic CGCS2000 set, level z has 2^z columns of 256 pixels)."""

    name: str
    title: str
    url: str
    key_env: str = ""
    subdomains: str = ""
    matrix: str = "3857"
    datum: str = "cgcs2000"
    attribution: str = ""
    min_zoom: int = 1
    max_zoom: int = 18
    over: str = ""  # name of the map of labels drawn above this one

    @property
    def ready(self) -> bool:
        """Whether its key, when it needs one, is there."""
        return not self.key_env or bool(os.environ.get(self.key_env))

    @property
    def host(self) -> str:
        """Host with port of the upstream (its first subdomain)."""
        return urlsplit(self.address(0, 0, 0)).netloc

    @property
    def note(self) -> str:
        """What stands in the map's corner: whose picture, and a warning where its datum is not ours."""
        return "；".join(part for part in (self.attribution, DATUMS[self.datum]) if part)

    def address(self, z: int, x: int, y: int) -> str:
        """Upstream address of a tile; subdomains take turns by place, so that caches upstream stay warm."""
        values = {
            "z": str(z), "x": str(x), "y": str(y), "-y": str((1 << z) - 1 - y),
            "s": self.subdomains[(x + y) % len(self.subdomains)] if self.subdomains else "",
            "key": quote(os.environ.get(self.key_env, ""), safe="") if self.key_env else "",
        }  # fmt: skip
        return PLACE.sub(lambda found: values[found[1]], self.url)

    def public(self) -> dict[str, Any]:
        """What the browser may know: no upstream address, no key."""
        return {
            "name": self.name, "title": self.title, "tiles": f"/cim/basemap/{self.name}/{{z}}/{{x}}/{{y}}", "note": self.note,
            "min_zoom": self.min_zoom, "max_zoom": self.max_zoom, "over": self.over, "datum": self.datum,
        }  # fmt: skip


def read(raw: dict[str, Any]) -> Basemap:
    """One entry of the file; BadBasemap with the reason when it cannot be used."""
    known = set(Basemap.__dataclass_fields__)
    if strange := set(raw) - known:
        raise BadBasemap(f"不认识的设置：{'、'.join(sorted(strange))}")
    try:
        made = Basemap(**raw)
    except TypeError as error:
        raise BadBasemap("缺少 name、title 或 url") from error
    numbers = {"min_zoom", "max_zoom"}
    if not all(type(value) is (int if name in numbers else str) for name, value in raw.items()):
        raise BadBasemap("min_zoom、max_zoom 应为整数，其他设置的类型应为文字")
    if not NAME.fullmatch(made.name):
        raise BadBasemap("name 只能用小写字母、数字和连字符，以字母开头，最长 32 个字符")
    used = set(PLACE.findall(made.url))
    if strange := used - PLACES:
        raise BadBasemap(f"url 里有不认识的占位符：{'、'.join(sorted(strange))}")
    if not {"z", "x"} <= used or not used & {"y", "-y"}:
        raise BadBasemap("url 应含 {z}、{x} 和 {y}（或 {-y}）")
    if ("key" in used) != bool(made.key_env) or ("s" in used) != bool(made.subdomains):
        raise BadBasemap("{key} 与 key_env、{s} 与 subdomains 应同时出现")
    parts = urlsplit(PLACE.sub("0", made.url))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or PLACE.search(urlsplit(made.url).scheme):
        raise BadBasemap("url 应是 http 或 https 地址，不带用户名")
    if made.matrix not in MATRICES or made.datum not in DATUMS:
        raise BadBasemap("matrix 应为 3857 或 c，datum 应为 cgcs2000 或 gcj02")
    if made.datum == "gcj02" and made.matrix != "3857":
        raise BadBasemap("gcj02 底图只有 Web 墨卡托切片能纠正，matrix 应为 3857")
    if not 0 <= made.min_zoom <= made.max_zoom <= 20:
        raise BadBasemap("级别应为 0 ≤ min_zoom ≤ max_zoom ≤ 20")
    return made


@cache
def load(path: Path, changed: float) -> tuple[tuple[Basemap, ...], tuple[str, ...]]:
    """(usable maps, faults) of the file as it was at `changed`."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("basemap", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return (), (f"{path.name} 读不出来：{error}",)
    found: dict[str, Basemap] = {}
    faults = []
    for number, raw in enumerate(rows if isinstance(rows, list) else [], 1):
        try:
            made = read(raw if isinstance(raw, dict) else {})
            if made.name in found:
                raise BadBasemap(f"name 重复：{made.name}")
            found[made.name] = made
        except BadBasemap as bad:
            faults.append(f"第 {number} 个底图没有启用：{bad}")
    return tuple(found.values()), tuple(faults)


def configured() -> tuple[tuple[Basemap, ...], tuple[str, ...]]:
    """(usable maps, faults); a changed file is read again without a restart."""
    path = Path(settings.BASEMAPS_FILE)
    try:
        return load(path, path.stat().st_mtime)
    except OSError:
        return (), ()


def offered() -> list[Basemap]:
    """Maps whose key is there."""
    return [one for one in configured()[0] if one.ready]


def get(name: str) -> Basemap:
    """The map called `name`; NotFound otherwise."""
    found = next((one for one in offered() if one.name == name), None)
    if found is None:
        raise NotFound("onemap.basemap", "没有配置这个底图。")
    return found
