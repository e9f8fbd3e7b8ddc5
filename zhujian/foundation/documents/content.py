"""What a file really is: decided by its bytes, not by its name. Foreign bytes may be hostile; nothing here trusts a length."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from zhujian.foundation.kernel.errors import Reason

CHUNK = 1 << 20
LAYERS = (".shp", ".gpkg", ".geojson", ".dwg", ".dxf", ".mdb")  # what surveys are delivered in
PACKAGES = {"xl/workbook.xml": "xlsx", "word/document.xml": "docx", "OFD.xml": "ofd"}


@dataclass(frozen=True)
class Limits:
    """Most a file may hold; sizes in bytes."""

    size: int
    pixels: int
    pages: int
    unpacked: int
    ratio: int
    entries: int


@dataclass(frozen=True)
class Inspection:
    """What the content is; `reasons` says why it is refused (then the rest is of no use)."""

    kind: str | None
    pages: int | None = None
    width: int | None = None
    height: int | None = None
    reasons: tuple[Reason, ...] = ()


def _refused(kind: str | None, code: str, message: str) -> Inspection:
    return Inspection(kind, reasons=(Reason(f"documents.{code}", message, "file"),))


def inspect(stream: BinaryIO, limits: Limits) -> Inspection:
    """Recognise and check an open binary file; the position afterwards is undefined."""
    stream.seek(0)
    head = stream.read(16)
    stream.seek(0)
    if head.startswith(b"%PDF-"):
        return _pdf(stream, limits)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _image(stream, "png", limits)
    if head.startswith(b"\xff\xd8\xff"):
        return _image(stream, "jpeg", limits)
    if head.startswith(b"PK\x03\x04"):
        return _package(stream, limits)
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"ISO-10303-21"):
        return Inspection("ifc")
    return Inspection(None)


def _pdf(stream: BinaryIO, limits: Limits) -> Inspection:
    try:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted:
            return _refused("pdf", "pdf_encrypted", "这个 PDF 设有密码或权限限制。请取消加密（另存为不加密的 PDF）后重新上传。")
        pages = len(reader.pages)
        if pages:
            reader.pages[0].mediabox  # noqa: B018 - forces the first page to be read
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError, OverflowError):
        return _refused("pdf", "pdf_broken", "这个 PDF 已损坏，打不开。请在电脑上确认能打开后重新导出、上传。")
    if not pages:
        return _refused("pdf", "pdf_empty", "这个 PDF 没有任何页面，请检查后重新上传。")
    if pages > limits.pages:
        return _refused("pdf", "pdf_pages", f"这个 PDF 有 {pages} 页，超过 {limits.pages} 页的上限。请拆分后分别上传。")
    return Inspection("pdf", pages=pages)


def _image(stream: BinaryIO, kind: str, limits: Limits) -> Inspection:
    too_many = f"超过 {limits.pixels // 1_000_000} 百万像素的上限。请缩小后重新上传。"
    try:
        with Image.open(stream, formats=[kind.upper()]) as image:
            width, height = image.size
            if width * height > limits.pixels:
                return _refused(kind, "image_pixels", f"图片为 {width}×{height} 像素，{too_many}")
            image.load()  # a cut-off picture fails here, not in front of the reviewer
    except Image.DecompressionBombError:
        return _refused(kind, "image_pixels", f"图片尺寸过大，{too_many}")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, IndexError, OverflowError):
        return _refused(kind, "image_broken", "这张图片已损坏或不完整。请重新拍照、扫描或导出后上传。")
    return Inspection(kind, width=width, height=height)


def _package(stream: BinaryIO, limits: Limits) -> Inspection:
    """A ZIP package. Declared sizes are checked first, then every entry is read through, capped, with its checksum."""
    stream.seek(0, 2)
    packed = stream.tell()
    cap = min(limits.unpacked, max(packed * limits.ratio, 8 * CHUNK))
    kind = None
    bomb = _refused(None, "archive_bomb", "这个文件展开后异常巨大，已拒收。请另存为正常的文件后重新上传。")
    try:
        with zipfile.ZipFile(stream) as package:
            entries = package.infolist()
            names = {entry.filename for entry in entries}
            kind = next((found for mark, found in PACKAGES.items() if mark in names), None)
            if kind is None and any(name.lower().endswith(".ifc") for name in names):
                kind = "ifczip"
            if kind is None and any(name.lower().endswith(LAYERS) for name in names):
                kind = "layerzip"
            if kind is None:
                return Inspection(None)
            if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > cap:
                return bomb
            if any(entry.flag_bits & 1 for entry in entries):
                return _refused(kind, "archive_encrypted", "这个文件设有密码。请取消密码后重新上传。")
            if any("vbaproject.bin" in name.lower() for name in names):
                return _refused(kind, "macro", "这个文件含有宏程序，出于安全不能接收。请另存为不含宏的 .xlsx 或 .docx 后上传。")
            read = 0
            for entry in entries:
                with package.open(entry) as part:
                    while chunk := part.read(CHUNK):
                        read += len(chunk)
                        if read > cap:
                            return bomb
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.zlib.error):
        return _refused(kind, "archive_broken", "这个文件已损坏，打不开。请在电脑上确认能打开后重新保存、上传。")
    return Inspection(kind)
