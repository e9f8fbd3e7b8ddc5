"""Accessibility of a page as a browser shows it, judged by axe-core (WCAG 2.1 A and AA)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "web/node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@cache
def _axe() -> str:
    if not SOURCE.exists():
        pytest.fail("axe-core is not installed: run `npm ci` in web/ first")
    return SOURCE.read_text(encoding="utf-8")


def violations(page: Any, within: str = "") -> list[str]:
    """Serious and critical findings on the page (or inside the selector `within`), one line each."""
    page.evaluate(_axe())
    found = page.evaluate(
        "([where, tags]) => axe.run(where || document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        [within, TAGS],
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']} at {', '.join(str(node['target'][0]) for node in rule['nodes'][:4])}"
        f" — {rule['nodes'][0].get('failureSummary', '')}"
        for rule in found["violations"]
        if rule["impact"] in SERIOUS
    ]


def check(page: Any, within: str = "") -> None:
    """Fail the test when axe finds anything serious."""
    found = violations(page, within)
    assert not found, f"{page.url}:\n" + "\n".join(found)
