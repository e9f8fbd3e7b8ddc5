"""Typst: from a template's name and values to PDF bytes, archivable as PDF/A-2b. About 5–30 ms a document."""

from __future__ import annotations

import io
import json
import threading
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.core.serializers.json import DjangoJSONEncoder

from zhujian.foundation.documents.models import TemplateVersion
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.registry import PACKAGE, module

LIBRARY = Path(__file__).parent / "templates" / "lib.typ"
FONTS = {"Noto Serif CJK SC", "Noto Sans CJK SC"}
_one_at_a_time = threading.Lock()  # the compiler keeps caches and is not made for several threads


def template_path(key: str) -> Path:
    """File of the template `<module>/<name>`; templates of this module may be named without it. KeyError when absent."""
    code, _, name = key.rpartition("/")
    code = code or "documents"
    folder = "templates" if code == "documents" else "documents"
    path = module(code).file(f"{folder}/{name}.typ")
    if not name.replace("_", "").isalnum() or not path.exists():
        raise KeyError(f"no document template {key!r}")
    return path


def version_of(key: str) -> TemplateVersion:
    """The template's current version, kept when it is new; the library it imports is part of it."""
    source = template_path(key).read_text(encoding="utf-8") + "\n// ---- lib.typ ----\n" + LIBRARY.read_text(encoding="utf-8")
    return TemplateVersion.objects.get_or_create(key=key, digest=sm3_hex(source.encode()), defaults={"source": source})[0]


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts()
    if missing := FONTS - set(fonts.families()):
        names = "、".join(sorted(missing))
        raise Refusal("documents.fonts", f"服务器缺少中文字体（{names}），请系统管理员安装 fonts-noto-cjk 后重试。")
    return typst.Compiler(root=str(PACKAGE), font_paths=fonts)


def qr_svg(text: str) -> str:
    """QR code as SVG, error correction M."""
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(stream, kind="svg", xmldecl=False, border=1)
    return stream.getvalue().decode()


def render(key: str, values: dict[str, Any], *, at: datetime) -> bytes:
    """PDF bytes of template `key` filled with `values` (JSON values, dates and decimals); `at` is written as creation time."""
    data = json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder)
    path = str(template_path(key))
    with _one_at_a_time:
        pdf = _compiler().compile(
            path, format="pdf", sys_inputs={"data": data}, pdf_standards="a-2b", timestamp=int(at.timestamp())
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no PDF")
    return pdf
