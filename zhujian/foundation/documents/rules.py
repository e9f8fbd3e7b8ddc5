"""Pure rules of files and document numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from zhujian.foundation.kernel.errors import Reason


@dataclass(frozen=True)
class Kind:
    """A kind of file: Chinese `title`, name `suffixes`, `content_type`, and whether browsers may show it in place."""

    title: str
    suffixes: tuple[str, ...]
    content_type: str
    inline: bool = False


KINDS = {
    "pdf": Kind("PDF", (".pdf",), "application/pdf", inline=True),
    "png": Kind("PNG 图片", (".png",), "image/png", inline=True),
    "jpeg": Kind("JPEG 图片", (".jpg", ".jpeg"), "image/jpeg", inline=True),
    "ofd": Kind("OFD", (".ofd",), "application/ofd"),
    "xlsx": Kind("Excel 工作簿", (".xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": Kind("Word 文档", (".docx",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "ifc": Kind("IFC 模型", (".ifc",), "application/x-step"),
    "ifczip": Kind("压缩的 IFC 模型", (".ifczip", ".zip"), "application/zip"),
    "layerzip": Kind("压缩的图层或图纸", (".zip",), "application/zip"),
}


def clean_name(name: str) -> str:
    """A file name safe to keep and to send back: last path part, no control or direction characters, 120 characters."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if len(name) > 120:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: 119 - len(suffix)]}.{suffix}" if dot and len(suffix) < 8 else name[:120]
    return name or "未命名"


def suffix_of(name: str) -> str:
    """Lower-case suffix with its dot, or empty."""
    match = re.search(r"\.[0-9A-Za-z]{1,8}$", name)
    return match.group().lower() if match else ""


def check_kind(kind: str | None, name: str, allowed: list[str]) -> list[Reason]:
    """Does the kind found in the content fit the name and the allowed kinds? `kind` None: content not recognised."""
    listing = "、".join(KINDS[k].title for k in allowed if k in KINDS)
    if kind is None:
        text = f"无法识别“{name}”的内容，文件可能已损坏或被加密。请上传 {listing} 格式的文件。"
        return [Reason("documents.kind_unknown", text, "file")]
    if suffix_of(name) not in KINDS[kind].suffixes:
        found, right = KINDS[kind].title, KINDS[kind].suffixes[0]
        text = f"“{name}”的实际内容是 {found}，与文件名不符。请把后缀改为 {right}，或重新导出后上传。"
        return [Reason("documents.name_mismatch", text, "file")]
    if kind not in allowed:
        return [Reason("documents.kind_not_allowed", f"这里不接受 {KINDS[kind].title} 文件，请上传 {listing}。", "file")]
    return []


@dataclass(frozen=True)
class Numbering:
    """A number series. `kind` is the 机关代字 (鄂建文) or a kind of number; `pattern` may use kind, year, number, region.

    Default form 鄂建文〔2024〕5号: brackets U+3014/U+3015, four-digit year, no leading zero, no 第 (GB/T 9704-2012).
    """

    kind: str
    region_code: str = ""
    year: int | None = None
    pattern: str = "{kind}〔{year}〕{number}号"


def number_text(pattern: str, *, kind: str, year: int, number: int, region_code: str) -> str:
    """The written number."""
    return pattern.format(kind=kind, year=year, number=number, region=region_code[:6])


def chinese_date(day: date) -> str:
    """成文日期 in Arabic figures without leading zeros: 2024年6月1日 (GB/T 9704-2012)."""
    return f"{day.year}年{day.month}月{day.day}日"
