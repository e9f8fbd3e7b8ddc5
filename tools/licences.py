"""Writes THIRD_PARTY.md: what the platform is built on and under which licence; `--check` only compares.

Read from the metadata of the locked Python packages and from ``web/package-lock.json``. Fails when something that we ship
is under a licence that would bind the whole platform (GPL, AGPL, SSPL); LGPL libraries are used unmodified and linked.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import cast

BASE = Path(__file__).resolve().parent.parent
TARGET = BASE / "THIRD_PARTY.md"
BINDING = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|SSPL)|GNU (Affero )?General Public", re.IGNORECASE)
# Packages whose metadata hold a sentence instead of a name; read in their licence files.
KNOWN = {
    "SpiffWorkflow": "LGPL-3.0-or-later", "qrcode": "BSD-3-Clause", "fido2": "BSD-2-Clause", "gmssl-pyx": "Apache-2.0",
    "odfpy": "Apache-2.0 OR LGPL-2.1-or-later OR GPL-2.0-or-later",
}  # fmt: skip
BUNDLED = [
    ("PostgreSQL 15", "PostgreSQL Licence", "separate program (Debian package)"),
    (
        "PostGIS 3.3, GEOS, PROJ, GDAL",
        "GPL-2.0-or-later; LGPL; MIT; MIT",
        "separate programs and system libraries (Debian packages), not shipped by us",
    ),
    ("Noto Sans CJK", "OFL-1.1", "system font (Debian package), not shipped by us"),
]


@dataclass(frozen=True, order=True)
class Entry:
    """One package."""

    name: str
    version: str
    licence: str

    @property
    def binding(self) -> bool:
        """Whether the licence would bind the platform; a choice (`MIT OR GPL`) does not."""
        choices = re.split(r"\s+OR\s+|/", self.licence)
        return all(BINDING.search(choice) for choice in choices)


def locked(name: str) -> list[tuple[str, str]]:
    """Names and versions in a lock file."""
    text = (BASE / name).read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)


def _licence(meta: Message) -> str:
    if meta["Name"] in KNOWN:
        return KNOWN[meta["Name"]]
    if said := meta.get("License-Expression"):
        return str(said)
    classes = [c.rsplit(" :: ", 1)[1] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    classes = [c for c in classes if c != "OSI Approved"]
    short = (meta.get("License") or "").strip().splitlines()
    if classes:
        return "; ".join(name.removesuffix(" License") for name in classes)
    return short[0][:60] if short else "not stated"


def python_packages(lock: str) -> list[Entry]:
    """Entries of one lock, from what is installed."""
    entries = []
    for name, version in locked(lock):
        found = metadata.distribution(name)
        entries.append(Entry(found.metadata["Name"], version, _licence(cast(Message, found.metadata))))
    return sorted(entries, key=lambda e: e.name.lower())


def web_packages() -> tuple[list[Entry], list[Entry]]:
    """(shipped, build and test only) packages of the islands."""
    lock = BASE / "web" / "package-lock.json"
    if not lock.exists():
        return [], []
    shipped: set[Entry] = set()
    tools: set[Entry] = set()
    for path, raw in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if not path or raw.get("optional") and raw.get("os"):
            continue
        licence = raw.get("license", "not stated")
        entry = Entry(
            path.rpartition("node_modules/")[2], raw.get("version", ""), licence if isinstance(licence, str) else str(licence)
        )
        (tools if raw.get("dev") else shipped).add(entry)
    return sorted(shipped), sorted(tools)


def _table(entries: list[Entry]) -> str:
    rows = "\n".join(f"| {e.name} | {e.version} | {e.licence} |" for e in entries)
    return f"| package | version | licence |\n|---|---|---|\n{rows}\n"


def text(runtime: list[Entry], dev: list[Entry], shipped: list[Entry], tools: list[Entry]) -> str:
    """The whole file."""
    bundled = "\n".join(f"| {name} | {licence} | {note} |" for name, licence, note in BUNDLED)
    return (
        "# Third-party licences\n\nWritten by `python3 tools/licences.py` from the locked packages; do not edit by hand. "
        "Data sources and their licences stand beside the data files.\n\n"
        f"## Python, at run time\n\n{_table(runtime)}\n## Browser, shipped inside the islands\n\n{_table(shipped)}\n"
        f"## Only for building and testing\n\n{_table(dev)}\n{_table(tools)}\n"
        f"## Beside the platform\n\n| program | licence | how |\n|---|---|---|\n{bundled}\n"
    )


def main() -> int:
    """Write or compare; 1 when the list is stale or a licence binds."""
    runtime = python_packages("requirements.txt")
    dev = sorted(
        set(python_packages("requirements-web.txt") + python_packages("requirements-dev.txt")) - set(runtime),
        key=lambda e: e.name.lower(),
    )
    shipped, tools = web_packages()
    bad = [e for e in [*runtime, *shipped] if e.binding]
    for entry in bad:
        print(f"{entry.name} {entry.version}: {entry.licence} may not be shipped")
    fresh = text(runtime, dev, shipped, tools)
    if "--check" not in sys.argv:
        TARGET.write_text(fresh, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != fresh:
        print("THIRD_PARTY.md is stale: run .venv/bin/python tools/licences.py")
        return 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
