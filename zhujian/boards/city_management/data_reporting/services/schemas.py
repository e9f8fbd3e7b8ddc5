"""Data sets as the rules take them, and digests of records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import Dataset
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, item
from zhujian.foundation.kernel.canonical import canonical
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.parameters import selectors as parameters

DIGESTS: dict[str, Callable[[bytes], str]] = {"sm3": sm3_hex, "sha256": lambda data: hashlib.sha256(data).hexdigest()}


def dataset(code: str, version: str = "") -> Dataset | None:
    """The data set `code` in this version, or (without one) in the newest that is in force."""
    rows = Dataset.objects.filter(code=code)
    if version:
        return rows.filter(schema_version=version).first()
    return rows.filter(valid_from__lte=timezone.localdate()).order_by("-valid_from", "-id").first()


def schema_of(row: Dataset) -> Schema:
    """The rules' form of a data set."""
    return Schema(row.code, row.schema_version, tuple(row.keys), tuple(item(raw) for raw in row.fields), row.region_field)


def lists_of(schema: Schema, on: date | None = None) -> dict[str, frozenset[str]]:
    """Codes of every code list that the schema names, retired ones included: a record may be older than today's list."""
    return {one.codes: frozenset(i.code for i in parameters.listing(one.codes).items) for one in schema.fields if one.codes}


def digest_of(payload: Any, algorithm: str = "") -> str:
    """Hexadecimal digest of a record in its one written form; `algorithm` ``sm3`` or ``sha256``, by default the parameter's."""
    name = algorithm or str(parameters.value("data_reporting.digest", on=timezone.localdate()).value)
    return DIGESTS[name](canonical(payload).encode())


def titles() -> dict[str, str]:
    """Titles of data sets by code."""
    return dict(Dataset.objects.order_by("valid_from").values_list("code", "title"))


def number(name: str, region: str = "") -> int:
    """A whole number among this module's parameters."""
    return int(parameters.value(f"data_reporting.{name}", on=timezone.localdate(), region=region).value)
