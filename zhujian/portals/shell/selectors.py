"""What other portals may read from the frame."""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone

from zhujian.foundation.kernel.registry import module, modules

REMEMBER = 300  # seconds a page may show the former name after a change


@dataclass(frozen=True)
class Brand:
    """Whose platform this is."""

    title: str
    place: str
    code: str
    owner: str


def brand() -> Brand:
    """Name, province and owner from the parameters, read at most once in five minutes."""
    return _brand(int(time.monotonic() // REMEMBER))


@lru_cache(maxsize=1)
def _brand(_slot: int) -> Brand:
    raw = tomllib.loads(module("shell").file("parameters.toml").read_text(encoding="utf-8"))
    shipped = {row["key"]: row["value"] for row in raw["parameter"]}
    names = ("title", "province_name", "province_code", "owner")
    return Brand(*(_now(f"shell.{name}", shipped) for name in names))


def _now(key: str, shipped: dict[str, str]) -> str:
    """Today's value; the shipped one while reference data is not loaded yet, so that even a new system has a frame."""
    if any(mod.code == "parameters" for mod in modules()):
        from zhujian.foundation.parameters import selectors

        try:
            return str(selectors.value(key, on=timezone.localdate()).value)
        except KeyError:
            pass
    return shipped[key]
