"""Reading what a device sends. Everything foreign ends as a value of the expected type or as a coded refusal."""

from __future__ import annotations

import json
import math
import uuid
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, JsonResponse

from zhujian.foundation.kernel.errors import Refusal

MOST = 1 << 20  # bytes of a JSON body or part; 500 points are some 30 kB


def body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, or in the part ``data`` of a form with photos."""
    if request.content_type == "multipart/form-data":
        raw: str | bytes = request.POST.get("data", "")
    else:
        raw = request.body
    if len(raw) > MOST:
        raise Refusal("field.too_much", "一次提交的内容过大，请分批提交。")
    try:
        found = json.loads(raw)
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise Refusal("field.json", "提交的内容不是有效的 JSON，请更新采集终端后重试。") from None
    if not isinstance(found, dict):
        raise Refusal("field.json", "提交的内容应为 JSON 对象。")
    return found


def key(values: dict[str, Any], name: str = "client_key") -> uuid.UUID:
    """A key made by the device."""
    try:
        return uuid.UUID(hex=str(values.get(name, "")).replace("-", ""))
    except ValueError:
        raise Refusal("field.key_form", "提交的内容缺少编号，请更新采集终端后重试。", name) from None


def moment(value: Any, name: str = "at") -> datetime:
    """Epoch milliseconds as an aware moment."""
    seconds = number(value, name, low=0, high=253_402_300_000_000) / 1000
    return datetime.fromtimestamp(seconds, UTC)


def number(value: Any, name: str, *, low: float, high: float) -> float:
    """A finite number between two others, both included."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or not math.isfinite(value):
        raise Refusal("field.number", f"“{name}”应为{low:g}到{high:g}之间的数字。", name)
    return float(value)


def place(values: dict[str, Any]) -> tuple[float, float]:
    """Longitude and latitude (degrees CGCS2000) in ``lon`` and ``lat``."""
    return number(values.get("lon"), "lon", low=-180, high=180), number(values.get("lat"), "lat", low=-90, high=90)


def optional_place(values: dict[str, Any]) -> tuple[float | None, float | None]:
    """As `place`, or two times None when neither was given."""
    return place(values) if values.get("lon") is not None or values.get("lat") is not None else (None, None)


def text(values: dict[str, Any], name: str, most: int) -> str:
    """A text of at most `most` characters, without control characters; empty when absent."""
    value = values.get(name, "")
    if not isinstance(value, str) or "\0" in value:
        raise Refusal("field.text", f"“{name}”应为文字。", name)
    value = value.strip()
    if len(value) > most:
        raise Refusal("field.text_long", f"文字最多{most}个字，现在{len(value)}个字，请精简。", name)
    return value


def answer(content: Any, status: int = 200) -> JsonResponse:
    """JSON that nobody keeps."""
    response = JsonResponse(content, status=status, safe=False, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
