"""From the uploaded file to a plain IFC text file that is worth opening: container, header, end, schema."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from zhujian.foundation.bim.convert.report import Refused

CHUNK = 1 << 20
HEAD = 1 << 16
SCHEMAS = {"IFC2X3": "IFC2x3", "IFC4": "IFC4", "IFC4X3": "IFC4.3", "IFC4X3_ADD2": "IFC4.3"}
KNOWN = "IFC2x3、IFC4 或 IFC4.3"


@dataclass(frozen=True)
class Header:
    """What the file says about itself. `schema` is the library's name (``IFC4X3_ADD2``), `title` people's."""

    schema: str
    title: str
    view: str
    file_name: str
    timestamp: str
    author: str
    organisation: str
    system: str


def plain(source: Path, folder: Path, *, most: int, ratio: int) -> Path:
    """The IFC text of `source`; a zipped one is unpacked into `folder`, capped at `most` bytes and `ratio` times the packed size."""
    with source.open("rb") as stream:
        head = stream.read(4)
    if not head:
        raise Refused("bim.empty", "文件是空的。请重新从建模软件导出 IFC 后上传。")
    if head != b"PK\x03\x04":
        return source
    target = folder / "model.ifc"
    cap = min(most, max(source.stat().st_size * ratio, 8 * CHUNK))
    try:
        with zipfile.ZipFile(source) as package:
            entries = [e for e in package.infolist() if e.filename.lower().endswith(".ifc") and not e.is_dir()]
            if len(entries) != 1:
                raise Refused("bim.zip_content", f"压缩包里应恰好有一个 .ifc 文件，现有 {len(entries)} 个。请重新打包后上传。")
            if entries[0].flag_bits & 1:
                raise Refused("bim.zip_encrypted", "压缩包设有密码。请取消密码后重新上传。")
            with package.open(entries[0]) as part, target.open("wb") as out:
                written = 0
                while chunk := part.read(CHUNK):
                    written += len(chunk)
                    if written > cap:
                        raise Refused(
                            "bim.zip_bomb",
                            f"压缩包展开后超过 {cap // CHUNK} MB，已停止处理。请上传未压缩的 IFC，或按专业、楼栋拆分。",
                        )
                    out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, NotImplementedError, RuntimeError) as error:
        raise Refused("bim.zip_broken", "压缩包已损坏，打不开。请重新打包后上传。") from error
    return target


def header(path: Path) -> Header:
    """Read and check the STEP header and the end of the file (ISO 10303-21), before the whole is parsed."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        stream.seek(max(0, size - 4096))
        tail = stream.read()
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        raise Refused("bim.empty", "文件是空的。请重新从建模软件导出 IFC 后上传。")
    if not text.startswith("ISO-10303-21"):
        raise Refused("bim.header", "这不是 IFC 文件：开头应为 ISO-10303-21。请从建模软件重新导出 IFC（STEP 文本格式）。")
    if b"END-ISO-10303-21" not in tail:
        raise Refused("bim.truncated", "文件不完整：结尾缺少 END-ISO-10303-21，可能导出或传输中断。请重新导出后上传。")
    found = re.search(r"FILE_SCHEMA\s*\(\s*\(\s*'([^']{1,60})'", text)
    if not found:
        raise Refused("bim.schema_missing", f"文件头没有写明 IFC 版本（FILE_SCHEMA）。请导出为 {KNOWN}。")
    schema = found[1].strip().upper()
    if schema not in SCHEMAS:
        raise Refused("bim.schema", f"不支持的 IFC 版本“{schema[:40]}”。请从建模软件导出为 {KNOWN}。")
    strings = _strings(text, "FILE_NAME")
    view = re.search(r"ViewDefinition\s*\[([^\]']{0,200})", text)
    return Header(
        "IFC4X3_ADD2" if schema.startswith("IFC4X3") else schema, SCHEMAS[schema], view[1].strip() if view else "",
        *(strings.get(n, "") for n in (0, 1, 2, 3, 5)),
    )  # fmt: skip


def _strings(text: str, entity: str) -> dict[int, str]:
    """The quoted texts of a header record by their place (nested lists count as one place; their first text is taken)."""
    start = text.find(entity)
    if start < 0:
        return {}
    found: dict[int, str] = {}
    depth = place = 0
    for token in re.finditer(r"'((?:[^']|'')*)'|[(),;]", text[start : start + 8192]):
        mark = token[0]
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        elif mark == "," and depth == 1:
            place += 1
        elif mark == ";" and depth <= 0:
            break
        elif mark.startswith("'"):
            found.setdefault(place, _decoded(token[1]))
    return found


def _decoded(text: str) -> str:
    """A STEP string as people read it: Chinese stands as ``\\X2\\793A4F8B\\X0\\`` in files."""

    def characters(found: re.Match[str]) -> str:
        return bytes.fromhex(found[1]).decode("utf-16-be", "replace")

    return re.sub(r"\\X2\\((?:[0-9A-Fa-f]{4})+)\\X0\\", characters, text.replace("''", "'"))
