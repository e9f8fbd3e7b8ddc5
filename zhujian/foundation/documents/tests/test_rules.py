"""File kinds, names and numbers: pure rules and the inspection of hostile bytes."""

import io
import struct
import zipfile
import zlib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter

from zhujian.foundation.documents import content, rules

LIMITS = content.Limits(size=10 << 20, pixels=4_000_000, pages=50, unpacked=30 << 20, ratio=100, entries=100)


def pdf(pages: int = 1, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(stream, kind)
    return stream.getvalue()


def package(mark: str, **parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(mark, b"<x/>")
        for name, data in parts.items():
            out.writestr(name, data)
    return stream.getvalue()


def look(data: bytes) -> tuple[str | None, list[str]]:
    found = content.inspect(io.BytesIO(data), LIMITS)
    return found.kind, [reason.code.removeprefix("documents.") for reason in found.reasons]


def test_kinds_are_recognised_by_content() -> None:
    assert look(pdf(3)) == ("pdf", [])
    assert content.inspect(io.BytesIO(pdf(3)), LIMITS).pages == 3
    assert look(picture("PNG")) == ("png", [])
    assert look(picture("JPEG")) == ("jpeg", [])
    assert look(package("xl/workbook.xml")) == ("xlsx", [])
    assert look(package("word/document.xml")) == ("docx", [])
    assert look(package("OFD.xml")) == ("ofd", [])
    assert look(b"MZ\x90\x00 program") == (None, [])
    assert look(package("something.txt")) == (None, [])
    assert look(b"") == (None, [])


def test_broken_encrypted_and_oversized_files_are_refused_with_their_reason() -> None:
    assert look(pdf(password="x")) == ("pdf", ["pdf_encrypted"])
    assert look(b"%PDF-1.7\nnot really") == ("pdf", ["pdf_broken"])
    assert look(pdf(51)) == ("pdf", ["pdf_pages"])
    assert look(picture()[:-60]) == ("png", ["image_broken"])
    assert look(picture("JPEG", (300, 300))[:4000]) == ("jpeg", ["image_broken"])
    assert look(package("xl/workbook.xml", **{"xl/vbaProject.bin": b"x"})) == ("xlsx", ["macro"])
    broken = bytearray(package("xl/workbook.xml", a=b"abc" * 500))
    at = broken.index(b"PK", 40) + 31 + 4  # inside the packed data of the second entry
    broken[at] ^= 0xFF
    assert look(bytes(broken))[1] == ["archive_broken"]


def test_bombs_are_refused_without_being_unpacked() -> None:
    assert look(package("xl/workbook.xml", a=b"\0" * (31 << 20)))[1] == ["archive_bomb"]
    assert look(package("OFD.xml", **{f"p{i}": b"" for i in range(120)}))[1] == ["archive_bomb"]
    # A PNG that says it is 60000 × 60000 pixels: refused from its header alone.
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    assert look(bomb) == ("png", ["image_pixels"])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([pdf(2), picture(), picture("JPEG"), package("xl/workbook.xml", a=b"hello")]), st.data())
def test_damaged_files_never_raise(whole: bytes, data: st.DataObject) -> None:
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(broken)))
    for sample in (bytes(broken), bytes(broken[:cut])):
        content.inspect(io.BytesIO(sample), LIMITS)


@given(st.text(max_size=300))
def test_clean_names_are_safe(name: str) -> None:
    clean = rules.clean_name(name)
    assert 0 < len(clean) <= 120
    assert not set(clean) & set('/\\<>:"|?*\0\n\r\u202e')
    assert clean not in {".", ".."}
    assert rules.clean_name(clean) == clean


def test_clean_name_keeps_what_people_need() -> None:
    assert rules.clean_name(r"C:\资料\施工图 审查.PDF") == "施工图 审查.PDF"
    assert rules.clean_name("../../etc/passwd") == "passwd"
    assert rules.clean_name("好" * 200 + ".pdf").endswith("好.pdf")


def test_name_and_allowed_kinds_are_checked_in_plain_words() -> None:
    assert rules.check_kind("pdf", "a.PDF", ["pdf"]) == []
    assert rules.check_kind("jpeg", "a.jpeg", ["jpeg"]) == []
    (wrong,) = rules.check_kind("png", "a.pdf", ["pdf", "png"])
    assert wrong.code == "documents.name_mismatch"
    assert "PNG 图片" in wrong.message
    (unknown,) = rules.check_kind(None, "a.pdf", ["pdf"])
    assert unknown.code == "documents.kind_unknown"
    (other,) = rules.check_kind("xlsx", "a.xlsx", ["pdf"])
    assert (other.code, other.field) == ("documents.kind_not_allowed", "file")


def test_written_numbers_follow_the_official_form() -> None:
    form = rules.Numbering("鄂建文").pattern
    text = rules.number_text(form, kind="鄂建文", year=2024, number=5, region_code="420000000000")
    assert text == "鄂建文\u30142024\u30155号"
    assert rules.chinese_date(date(2024, 6, 1)) == "2024年6月1日"


@pytest.mark.parametrize("bad", ["", "ab", "../../etc/passwd", "g" * 64, "A" * 64])
def test_a_path_is_made_from_a_hash_only(bad: str) -> None:
    from zhujian.foundation.documents import vault

    with pytest.raises(ValueError, match="not an SM3"):
        vault.path_of(bad)
