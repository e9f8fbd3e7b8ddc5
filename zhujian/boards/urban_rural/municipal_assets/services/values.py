"""Parameters of the module as the rules want them, with the versions that were used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from zhujian.boards.urban_rural.municipal_assets.rules.topology import Settings
from zhujian.foundation.parameters import selectors as parameters

PREFIX = "municipal_assets."


class Values:
    """Parameters on one day in one region; remembers the version of everything that was read."""

    def __init__(self, on: date, region: str) -> None:
        self.on, self.region = on, region
        self.versions: dict[str, int] = {}

    def __call__(self, name: str) -> Any:
        """Value of ``municipal_assets.<name>``."""
        found = parameters.value(PREFIX + name, on=self.on, region=self.region)
        self.versions[found.key] = found.version_id
        return found.value

    def number(self, name: str) -> float:
        """A number as float, for geometry."""
        return float(self(name))

    def unit(self, name: str) -> str:
        """Unit of the parameter."""
        return parameters.value(PREFIX + name, on=self.on, region=self.region).unit

    def basis(self, name: str) -> str:
        """Where the law says so."""
        return parameters.value(PREFIX + name, on=self.on, region=self.region).basis


def label(list_name: str, code: str) -> str:
    """Label of a code of one of the module's lists."""
    return parameters.code_label(PREFIX + list_name, code) if code else ""


def choices(list_name: str, on: date) -> list[tuple[str, str]]:
    """Codes of one of the module's lists that may be used on a day."""
    return parameters.code_list(PREFIX + list_name, on)


def decimals(raw: Any) -> Any:
    """A table of a parameter with every number as Decimal."""
    if isinstance(raw, dict):
        return {key: decimals(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [decimals(value) for value in raw]
    return Decimal(str(raw)) if isinstance(raw, (int, float)) and not isinstance(raw, bool) else raw


def topology_settings(values: Values) -> Settings:
    """What the topology checks go by."""
    return Settings(
        tolerance_m=values.number("topology_tolerance_m"), same_m=values.number("topology_same_m"), fall_m=values.number("topology_fall_m"),
        max_depth_m=values.number("topology_max_depth_m"), shrink_mm=values.number("topology_shrink_mm"),
        outlets=frozenset(values("topology_outlets")), terminals=frozenset(values("topology_terminals")),
        interceptors=frozenset(values("topology_interceptors")),
        mixing={kind: tuple(kinds) for kind, kinds in values("topology_mixing").items()},
        diverted={kind: tuple(kinds) for kind, kinds in values("topology_diverted").items()},
    )  # fmt: skip
