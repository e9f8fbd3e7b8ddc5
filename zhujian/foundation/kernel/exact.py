"""JSON that keeps decimals exact on the way to PostgreSQL and back: 0.1 stays 0.1, never a binary float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def _default(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"not a parameter value: {type(value).__name__}")


class ExactEncoder(json.JSONEncoder):
    """Writes `Decimal` as a JSON number and dates in ISO 8601."""

    def encode(self, o: Any) -> str:
        """Text of `o`."""
        return orjson.dumps(o, default=_default).decode()


class ExactDecoder(json.JSONDecoder):
    """Reads fractions as `Decimal`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal, "parse_constant": _no_number})


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def dumps(value: Any) -> str:
    """JSON text of a parameter's value."""
    return ExactEncoder().encode(value)


def loads(text: str) -> Any:
    """A parameter's value from JSON text."""
    return json.loads(text, cls=ExactDecoder)
