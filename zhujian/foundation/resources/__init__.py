"""One declaration, everything follows: list, detail, forms, import, export, API, map items, catalogue and history.

A module writes ``from zhujian.foundation.resources import Group, Resource`` in its ``resources.py``; see docs/resources.md.
The names are looked up on first use, because an application package must not load models.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "declaration": ("Action", "Catalogue", "Group", "Layer", "Resource", "Share", "Update"),
    "registry": ("add_panel", "get", "of_model", "resources", "subject_of", "url_for"),
    "search": ("search_all",),
}
__all__ = [name for names in _HOMES.values() for name in names]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """The public name `name` from the file that holds it."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"{__name__} has no {name!r}")
