"""Every number on a screen opens its rows: the numbers of a page, and the address each of them leads to.

A number is an element whose whole text is one (``12``, ``1,024``, ``91.5%``, ``40+``). It is linked when it stands in a link. Numbers that are
names of something (a place in an order, a version, a weight laid down by a rule) are left out by the label of their column, codes and numbers of cases by their
length, and counts of what stands below a heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lxml import html

NUMBER = re.compile(r"^([\d,]+(?:\.\d+)?)\s*(?:%|\+|件|条|个)*$")
NAMES = {"名次", "排名", "版本", "分值", "公式", "编号", "周期"}  # columns whose numbers count nothing
SKIPPED = {"svg", "option", "kbd", "script", "style", "time", "input", "textarea", "code"}


@dataclass(frozen=True)
class Number:
    """A number as shown; `href` is empty when it leads nowhere, `label` says where it stands."""

    text: str
    href: str
    label: str

    @property
    def value(self) -> float:
        return float(NUMBER.match(self.text).group(1).replace(",", ""))  # type: ignore[union-attr]


def of(text: str) -> list[Number]:
    """Numbers in the main part of a page, in its order."""
    page = html.fromstring(text)
    main = page.find(".//main")
    found = []
    for one in (main if main is not None else page).iter():
        if not isinstance(one.tag, str) or one.tag in SKIPPED or any(child.tag == "strong" for child in one):
            continue
        words = " ".join(one.text_content().split())
        if (
            not NUMBER.match(words)
            or re.match(r"\d{9}", words)
            or any(NUMBER.match(" ".join(child.text_content().split())) for child in one if isinstance(child.tag, str))
        ):
            continue
        line = [one, *one.iterancestors()]
        cell = next((up for up in line if up.tag in ("td", "th")), None)
        label = cell.get("data-label", "") if cell is not None else ""
        if label in NAMES or any(up.tag in SKIPPED or "mono" in up.get("class", "").split() for up in line):
            continue
        if "count" in one.get("class", "").split() and any(up.tag in ("h1", "h2", "h3") for up in line):
            continue  # how many rows stand below this heading
        anchor = next((up for up in line if up.tag == "a"), None)
        found.append(
            Number(
                words,
                anchor.get("href", "") if anchor is not None else "",
                label or " ".join(one.getparent().text_content().split())[:40],
            )
        )
    return found


def loose(text: str) -> list[str]:
    """Numbers other than 0 that lead nowhere."""
    return [f"{one.text} ({one.label})" for one in of(text) if one.value and not one.href]


def rows(text: str) -> int:
    """How many rows the tables of a page list; a line that says there is nothing is none."""
    lines = html.fromstring(text).findall(".//main//tbody/tr")
    return sum(1 for line in lines if not line.xpath("./td[@colspan]"))


def walk(client: Any, address: str, counted: tuple[str, ...]) -> int:
    """Open `address` and every number's link on it: each answers 200, and a list under one of `counted` has as many rows as the number says.

    Returns how many links were followed; fails when a number leads nowhere.
    """
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.content[:400])
    text = answer.content.decode()
    assert not loose(text), f"{address}: numbers that open nothing: {loose(text)}"
    followed = 0
    for one in {one for one in of(text) if one.href and not one.href.startswith("#")}:
        opened = client.get(urljoin(address, one.href))
        assert opened.status_code == 200, (address, one)
        followed += 1
        if one.href.startswith(counted) and "%" not in one.text:
            assert rows(opened.content.decode()) == one.value, (address, one, rows(opened.content.decode()))
    return followed
