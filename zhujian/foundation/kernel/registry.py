"""The module registry: which rooms exist, read from their ``module.toml``; readable in a minute.

A module is a folder with a ``module.toml``. Being there is all it takes: it becomes a Django application, its `resources`,
`services` and `processes` modules are imported at start, its ``urls.py`` is mounted under ``/<code>/`` and its
``access.csv`` joins the authorisation matrix.
"""

from __future__ import annotations

import importlib
import importlib.util
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
DECLARING = ("resources", "services", "handlers", "jobs")


@dataclass(frozen=True)
class Module:
    """One module as its ``module.toml`` says. `layer`: foundation, portals or the board's code."""

    code: str
    title: str
    layer: str
    path: Path
    package: str
    required: bool = False
    level: str = ""
    due: str = ""
    icon: str = ""
    order: int = 100
    standards: tuple[str, ...] = ()
    publishes: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    menu: tuple[dict, ...] = field(default=(), compare=False)

    def file(self, name: str) -> Path:
        """Path of one of the module's files, whether or not it exists."""
        return self.path / name

    def has(self, name: str) -> bool:
        """Whether the module's package has the submodule `name`."""
        return (self.path / f"{name}.py").exists() or (self.path / name / "__init__.py").exists()


@cache
def modules() -> tuple[Module, ...]:
    """All modules, foundation first, then boards, then portals, each in its declared order."""
    found = []
    for toml in sorted(PACKAGE.glob("*/**/module.toml")):
        if "templates" in toml.parts or "node_modules" in toml.parts:
            continue
        raw = tomllib.loads(toml.read_text(encoding="utf-8"))
        parts = toml.parent.relative_to(PACKAGE).parts
        layer = parts[1] if parts[0] == "boards" else parts[0]
        found.append(
            Module(
                code=raw["code"], title=raw["title"], layer=layer, path=toml.parent,
                package=".".join(("zhujian", *parts)), required=raw.get("required", False), level=raw.get("level", ""),
                due=str(raw.get("due", "")), icon=raw.get("icon", ""), order=raw.get("order", 100),
                standards=tuple(raw.get("standards", ())), publishes=tuple(raw.get("publishes", ())),
                consumes=tuple(raw.get("consumes", ())), menu=tuple(raw.get("menu", ())),
            )
        )  # fmt: skip
    rank = {"foundation": 0, "portals": 2}
    return tuple(sorted(found, key=lambda m: (rank.get(m.layer, 1), m.layer, m.order, m.code)))


def module(code: str) -> Module:
    """The module called `code`; KeyError when there is none."""
    return next((m for m in modules() if m.code == code), None) or _missing(code)


def _missing(code: str) -> Module:
    raise KeyError(f"no module {code!r}")


def installed_apps() -> list[str]:
    """Django application names of all modules (a module with tables or templates is an application)."""
    names = []
    for mod in modules():
        names.append(mod.package)
    return names


def import_declarations() -> None:
    """Import each module's declaring files, so that resources, subscribers and step handlers register themselves."""
    for mod in modules():
        for name in DECLARING:
            if mod.has(name):
                importlib.import_module(f"{mod.package}.{name}")
