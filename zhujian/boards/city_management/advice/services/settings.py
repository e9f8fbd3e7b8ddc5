"""Parameters of the module as numbers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from zhujian.foundation.parameters import selectors as parameters


def raw(name: str, region_code: str = "") -> Any:
    """The value in force today."""
    return parameters.value(f"advice.{name}", on=timezone.localdate(), region=region_code).value


def whole(name: str, region_code: str = "") -> int:
    """A count."""
    return int(raw(name, region_code))


def share(name: str, region_code: str = "") -> float:
    """A share between 0 and 1."""
    return float(raw(name, region_code))
