"""Form fields of the steps, made from ``steps.toml``: one declaration serves page, check, prefill and storage.

A value is stored as JSON text the law can read back: money and areas as decimal strings, dates as ISO text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel.codes import clean as clean_code

REQUIRED = "请填写“{label}”。"
WIDE = 200


class DateInput(forms.DateInput):
    """Browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


ORG = re.compile(r"^(?P<name>.*?)(?:（(?P<code>[0-9A-Z]{18})）)?$")


def split_org(text: str) -> tuple[str, str]:
    """Name and credit code of a stored organisation, written ``名称（91…）``; the code is empty for a firm without an account."""
    found = ORG.match(text.strip())
    return (found["name"], found["code"] or "") if found else (text, "")


class OrgField(forms.CharField):
    """An organisation by full name or credit code; known ones are stored with both.

    `strict`: the firm takes part in the project and must be registered, so that it can see it.
    """

    def __init__(self, *, strict: bool, **kwargs: Any) -> None:
        self.strict = strict
        super().__init__(max_length=WIDE, strip=True, **kwargs)

    def clean(self, value: Any) -> str:
        """``名称（统一社会信用代码）`` of a registered organisation, or the name as typed."""
        text = str(super().clean(value))
        if not text:
            return ""
        name, code = split_org(text)
        typed = clean_code(text)
        found = identity.organisation(code or typed) or identity.organisation_named(name)
        if found is not None:
            return f"{found.name}（{found.code}）"
        if self.strict:
            raise forms.ValidationError("没有找到这家单位。请填写已在平台注册的单位全称或统一社会信用代码。", code="org.unknown")
        return name


def form_field(spec: Any, *, strict: bool = False) -> forms.Field:
    """Django form field for one declared field (`key label type unit required help choices`)."""
    label = f"{spec.label}（{spec.unit}）" if spec.unit else spec.label
    common: dict[str, Any] = {
        "label": label, "required": spec.required, "help_text": spec.help,
        "error_messages": {"required": REQUIRED.format(label=spec.label)},
    }  # fmt: skip
    if spec.type == "date":
        return forms.DateField(widget=DateInput(), **_invalid(common, "请填写正确的日期，例如 2026-03-10。"))
    if spec.type == "choice":
        return forms.ChoiceField(
            choices=[("", "请选择"), *spec.choices], **_invalid(common, "请从列表中选择一项。", "invalid_choice")
        )
    if spec.type == "org":
        return OrgField(strict=strict, **common)
    if spec.type == "bool":
        common["required"] = False
        return forms.BooleanField(**common)
    if spec.type in {"money", "area", "number"}:
        places = {"money": 4, "area": 2}.get(spec.type, 6)
        common["error_messages"] |= {
            "invalid": "请填写数字，不要带单位。", "min_value": "不能小于0。", "max_digits": "数字太大，请核对单位。",
            "max_decimal_places": f"最多保留{places}位小数。", "max_whole_digits": "数字太大，请核对单位。",
        }  # fmt: skip
        return forms.DecimalField(min_value=Decimal(0), max_digits=18, decimal_places=places, **common)
    widget = forms.Textarea(attrs={"rows": 3}) if spec.type == "longtext" else None
    limit = 2000 if spec.type == "longtext" else WIDE
    common["error_messages"]["max_length"] = f"最多{limit}个字。"
    return forms.CharField(max_length=limit, strip=True, widget=widget, **common)


def _invalid(common: dict[str, Any], sentence: str, code: str = "invalid") -> dict[str, Any]:
    return {**common, "error_messages": {**common["error_messages"], code: sentence}}


def to_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Cleaned form values as stored JSON; empty ones are left out."""
    return {key: _plain(value) for key, value in values.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def shown(fields: Iterable[Any], stored: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Stored values as (label, text) pairs in the order of the declaration, for reading."""
    rows = []
    for spec in fields:
        if spec.key not in stored:
            continue
        value = stored[spec.key]
        if spec.type == "choice":
            value = dict(spec.choices).get(value, value)
        elif spec.type == "bool":
            value = "是" if value else "否"
        rows.append((spec.label, f"{value} {spec.unit}".strip() if spec.unit else str(value)))
    return rows
