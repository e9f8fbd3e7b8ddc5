"""Reading tables that people bring (xlsx, csv) and writing tables they take away; foreign bytes end here.

A file is looked at before it is parsed: size, real content, number of rows, hidden sheets, formulas, decompressed size. Whatever
is wrong is one `Refusal` with a sentence that says what to do.
"""

from __future__ import annotations

import csv
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from zhujian.foundation.kernel.errors import Refusal

# A workbook larger than this when unpacked is no list of records: 20,000 rows of 50 columns are about 60 MB.
UNPACKED_MOST = 200 * 1024 * 1024
ENTRIES_MOST = 2000
_CELL_WITH_FORMULA = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3}\d+)"[^>]*>\s*<(?:\w+:)?f[ >/]')
_ROW = re.compile(rb"<(?:\w+:)?row[ >]")
_UNSAFE = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Table:
    """A table as brought: column heads and (row number as the person sees it, cells)."""

    heads: list[str]
    rows: list[tuple[int, list[Any]]]


def read(data: bytes, name: str, *, most_rows: int) -> Table:
    """The first table of an .xlsx or .csv file. Refusal when it is something else, too long, or not to be trusted."""
    if not data:
        raise Refusal("import.empty", "文件是空的，请选择填好的表格。", "file")
    if data[:4] == b"PK\x03\x04":
        grid = _workbook(data, most_rows)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refusal("import.old_format", "这是旧版 Excel（.xls）或加了密码的文件，请取消密码并另存为 .xlsx 后再上传。", "file")
    elif name.lower().endswith((".xlsx", ".xls", ".xlsm")) or b"\x00" in data[:4096]:
        raise Refusal("import.not_a_table", "文件内容不是 Excel 表格（与文件名不符），请用 Excel 另存为 .xlsx 后再上传。", "file")
    else:
        grid = _text(data, most_rows)
    lines = [(number, cells) for number, cells in enumerate(grid, 1) if any(cell not in (None, "") for cell in cells)]
    if not lines:
        raise Refusal("import.empty", "表格里没有内容，请填写后再上传。", "file")
    heads = [" ".join(str(cell).split()) for cell in lines[0][1]]
    while heads and not heads[-1]:
        heads.pop()
    if len(lines) - 1 > most_rows:
        _too_many(most_rows)
    width = len(heads)
    return Table(heads, [(number, (cells + [""] * width)[:width]) for number, cells in lines[1:]])


def _too_many(most: int) -> None:
    raise Refusal("import.too_many", f"一次最多导入 {most:,} 行，请拆成几个文件分别导入。", "file")


def _workbook(data: bytes, most_rows: int) -> list[list[Any]]:
    _inspect(data, most_rows)
    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
        hidden = [sheet.name for sheet in book.sheets_metadata if sheet.visible is not SheetVisibleEnum.Visible]
        if hidden:
            raise Refusal(
                "import.hidden", f"文件含有隐藏的工作表“{hidden[0][:30]}”，请取消隐藏并删除，只保留要导入的数据。", "file"
            )
        sheet = book.get_sheet_by_index(0)
        return sheet.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, KeyError) as error:
        raise Refusal("import.broken", "文件已损坏，无法读取，请重新另存为 .xlsx 后再上传。", "file") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the reader's Rust code gave up on a malformed file
            raise Refusal("import.broken", "文件已损坏，无法读取，请重新另存为 .xlsx 后再上传。", "file") from error
        raise


def _inspect(data: bytes, most_rows: int) -> None:
    """Unpack every part once, within limits, counting rows and looking for formulas."""
    broken = Refusal("import.broken", "文件已损坏，无法读取，请重新另存为 .xlsx 后再上传。", "file")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise Refusal(
                    "import.not_a_table", "文件内容不是 Excel 表格（与文件名不符），请用 Excel 另存为 .xlsx 后再上传。", "file"
                )
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                raise Refusal("import.macro", "文件带有宏，为安全起见不能导入，请另存为不带宏的 .xlsx。", "file")
            if len(parts) > ENTRIES_MOST or sum(part.file_size for part in parts) > UNPACKED_MOST:
                raise Refusal("import.bomb", "文件解压后过大，不像是一张表格，请删除图片和多余内容，或拆成几个文件。", "file")
            for part in parts:
                _scan(archive, part, most_rows)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise broken from error


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most_rows: int) -> None:
    first_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    rows, tail = 0, b""
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            if not first_sheet:
                continue
            text = tail + chunk
            if found := _CELL_WITH_FORMULA.search(text):
                cell = found.group(1).decode()
                raise Refusal(
                    "import.formula",
                    f"单元格 {cell} 是公式。请复制整张表，“选择性粘贴”为数值后再上传，以免结果与您看到的不同。",
                    "file",
                )
            cut = text.rfind(b">") + 1
            rows += len(_ROW.findall(text[:cut]))
            tail = text[cut:][-65536:]
            if rows > most_rows + 1000:  # generous: empty but formatted rows are dropped later
                _too_many(most_rows)


def _text(data: bytes, most_rows: int) -> list[list[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refusal("import.encoding", "文件的文字编码无法识别，请另存为 .xlsx，或编码为 UTF-8 的 .csv。", "file")
    if text.count("\n") > (most_rows + 1000) * 4:
        _too_many(most_rows)
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        found = []
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            found.append(list(cells))
            if len(found) > most_rows + 1000:
                _too_many(most_rows)
        return found
    except csv.Error as error:
        raise Refusal(
            "import.broken", "CSV 文件格式有误（例如引号没有成对），请用 Excel 打开检查后另存为 .xlsx。", "file"
        ) from error


# Writing -----------------------------------------------------------------------------------------------------------

HEAD = {
    "font": Font(bold=True),
    "fill": PatternFill("solid", fgColor="E8F1FC"),
    "alignment": Alignment(wrap_text=True, vertical="center"),
}
EXAMPLE = {"font": Font(italic=True, color="6B7A8D")}
FAULT = {"fill": PatternFill("solid", fgColor="FDECEA"), "font": Font(color="B42318")}


def clean(value: Any) -> Any:
    """A value that a spreadsheet file may hold."""
    return _CONTROL.sub("", value) if isinstance(value, str) else value


def cell(sheet: Any, value: Any, style: dict[str, Any] | None = None) -> Cell:
    """One cell. Text is written as text, never as a formula, whatever it begins with."""
    made = WriteOnlyCell(sheet, value=None)
    value = clean(value)
    made.value = value
    if isinstance(value, str):
        made.data_type = "s"
        if value.startswith(_UNSAFE):
            made.quotePrefix = True
    for name, part in (style or {}).items():
        setattr(made, name, part)
    return made


def workbook(title: str, heads: Iterable[str], rows: Iterable[Iterable[Any]], *, widths: Iterable[int] = ()) -> bytes:
    """One sheet as .xlsx bytes; `rows` may be a generator and may hold ready cells."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(safe_title(title))
    sheet.freeze_panes = "A2"
    set_widths(sheet, widths)
    sheet.append([cell(sheet, head, HEAD) for head in heads])
    for row in rows:
        sheet.append([part if isinstance(part, Cell) else cell(sheet, part) for part in row])
    return saved(book)


def set_widths(sheet: Any, widths: Iterable[int]) -> None:
    """Column widths in characters, from column A."""
    for number, width in enumerate(widths):
        sheet.column_dimensions[chr(65 + number) if number < 26 else "A" + chr(39 + number)].width = width


def saved(book: Workbook) -> bytes:
    """The workbook's bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def safe_title(title: str) -> str:
    """A sheet title Excel accepts."""
    return re.sub(r"[\[\]:*?/\\]", "", title)[:31] or "数据"


def csv_line(values: Iterable[Any]) -> str:
    """One CSV line; text that a spreadsheet would take for a formula is put behind an apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_text(value) for value in values])
    return out.getvalue()


def safe_text(value: Any) -> Any:
    """`value` as it may stand in a CSV cell."""
    if isinstance(value, str):
        value = clean(value)
        if value.startswith(_UNSAFE):
            return "'" + value
    return "" if value is None else value


def csv_lines(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """A CSV file piece by piece, UTF-8 with the mark that makes Excel read it right."""
    yield b"\xef\xbb\xbf" + csv_line(heads).encode()
    for row in rows:
        yield csv_line(row).encode()
