"""The import template: a sheet to fill in with an example, how each column is filled, and the code lists behind it."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from zhujian.foundation.resources import importing, sheets
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice, Labels, Truth

LIST_SHEET = "代码表"


def example_of(resource: Resource, item: Field) -> str:
    """An example of a column: what the module declares, else what its kind suggests."""
    return resource.examples.get(item.name) or item.kind.example() or (f"示例{item.label}" if item.required else "")


def workbook(resource: Resource) -> bytes:
    """The template as .xlsx bytes."""
    columns = importing.columns(resource)
    book = Workbook(write_only=True)
    main = book.create_sheet(sheets.safe_title(resource.title))
    main.freeze_panes = "A2"
    sheets.set_widths(main, [max(12, min(40, len(item.heading) * 2 + 6)) for item in columns])
    lists = _lists(columns)
    for place, (_, options) in lists.items():
        letter = get_column_letter(list(lists).index(place) + 1)
        rule = DataValidation(type="list", formula1=f"'{LIST_SHEET}'!${letter}$2:${letter}${len(options) + 1}", allow_blank=True)
        rule.error, rule.errorTitle, rule.showErrorMessage = "请从下拉列表中选择", "不在代码表内", True
        rule.add(f"{get_column_letter(place + 1)}2:{get_column_letter(place + 1)}20001")
        main.data_validations.append(rule)
    main.append([sheets.cell(main, item.heading + ("*" if item.required else ""), sheets.HEAD) for item in columns])
    main.append([sheets.cell(main, text, sheets.EXAMPLE) for text in importing.example(resource)])
    _explain(book, resource, columns)
    if lists:
        sheet = book.create_sheet(LIST_SHEET)
        sheet.append([sheets.cell(sheet, label, sheets.HEAD) for label, _ in lists.values()])
        longest = max(len(options) for _, options in lists.values())
        for row in range(longest):
            sheet.append([options[row] if row < len(options) else None for _, options in lists.values()])
    return sheets.saved(book)


def _lists(columns: list[Field]) -> dict[int, tuple[str, list[str]]]:
    found = {}
    for place, item in enumerate(columns):
        if isinstance(item.kind, (Choice, Truth)):
            found[place] = (item.label, [label for _, label in item.kind.options()])
    return found


def _explain(book: Workbook, resource: Resource, columns: list[Field]) -> None:
    sheet = book.create_sheet("填写说明")
    sheets.set_widths(sheet, [24, 8, 60])
    sheet.append([sheets.cell(sheet, text, sheets.HEAD) for text in ("列", "必填", "怎样填写")])
    for item in columns:
        words = [part for part in (hint_of(item), item.help) if part]
        sheet.append([sheets.cell(sheet, text) for text in (item.heading, "是" if item.required else "", "；".join(words))])
    if resource.natural_key:
        keys = "、".join(resource.field(name).label for name in resource.natural_key)
        known = {"refuse": "会提示，不会重复登记", "update": "按本表更新", "skip": "跳过，不作改动"}[resource.on_duplicate]
        sheet.append([sheets.cell(sheet, text) for text in (keys, "", f"用来识别同一条记录；已登记过的{known}。")])
    sheet.append([sheets.cell(sheet, text) for text in ("第2行", "", "是示例，可以删除；不删也不会导入。")])


def hint_of(item: Field) -> str:
    """How a column is filled in."""
    kind = item.kind
    if isinstance(kind, Labels) and isinstance(kind.one, Choice):
        return "多选，用顿号分开：" + "、".join(label for _, label in kind.one.options()[:20])
    if isinstance(kind, (Choice, Truth)):
        return f"见“{LIST_SHEET}”"
    return kind.hint()
