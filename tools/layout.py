"""Checks the house's layout (design §3): names of rooms, required keys, purity of rules, length of files, leftovers.

`python3 tools/layout.py` prints one line per fault, `path:line: what to do`, and exits with 1 when there is one.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
PACKAGE = BASE / "zhujian"
MAX_LINES = 400
REQUIRED_KEYS: dict[str, type | tuple[type, ...]] = {"code": str, "title": str}
BOARD_KEYS: dict[str, type | tuple[type, ...]] = {"level": str, "due": (str, int), "required": bool}

# Rooms of a module. A .py room may be a package of the same name, whose inner names are free.
ROOMS = {
    "__init__", "apps", "models", "rules", "services", "selectors", "resources", "forms", "views", "urls", "api", "handlers",
    "jobs", "reference", "demo", "testing", "panels", "steps",
}  # fmt: skip
FOLDERS = {
    "migrations",
    "management",
    "templates",
    "templatetags",
    "static",
    "tests",
    "data",
    "processes",
    "documents",
    "parameters",
}
FILES = {"module.toml", "parameters.toml", "access.csv", "certificate_types.toml", "README.md"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "stuff", "base_utils", "tools"}

TEXT = {".py", ".toml", ".csv", ".html", ".css", ".js", ".ts", ".md", ".txt", ".in", ".sh", ".yml", ".yaml", ".bpmn", ".dmn", ".typ",
        ".json", ".ini", ".cfg", ""}  # fmt: skip
CODE = {".py", ".ts", ".js", ".css", ".html"}
# Written so that this file does not find itself.
LEFTOVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|raise NotImplemented" + r"Error)\b|(#|//|<!--).*\bXX" + r"X\b")
INDEX = re.compile(
    r"(--(extra-)?index-url|--find-links|--trusted-host|https?://\S+/simple\b|\"resolved\": \"(?!https://registry\.npmjs\.org/))"
)
MACHINE = re.compile(r"(?<![\w.$}])/(?:work|home|Users|root)/[\w.-]+")
PURE_KERNEL = {"errors", "money", "codes", "masking", "exact", "geo"}
PURE_OTHERS = {"orjson"}  # reads and writes values, nothing else

Fault = tuple[Path, int, str]


def tracked() -> list[Path]:
    """Files git knows or would add; without git, everything outside the usual heaps."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=BASE, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [path for line in done.stdout.splitlines() if (path := BASE / line).is_file()]
    heaps = {".venv", "var", "node_modules", "dist", "build", ".git", "__pycache__"}
    return [p for p in BASE.rglob("*") if p.is_file() and not heaps & set(p.relative_to(BASE).parts)]


def module_folders() -> list[Path]:
    """Every folder with a ``module.toml``."""
    return sorted(p.parent for p in PACKAGE.glob("*/**/module.toml") if "templates" not in p.parts)


def check_module(folder: Path) -> Iterator[Fault]:
    """Names and keys of one module."""
    board = folder.relative_to(PACKAGE).parts[0] == "boards"
    toml = folder / "module.toml"
    try:
        raw = tomllib.loads(toml.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        yield toml, 1, f"not valid TOML: {error}"
        return
    for key, kind in (REQUIRED_KEYS | (BOARD_KEYS if board else {})).items():
        if not isinstance(raw.get(key), kind):
            yield toml, 1, f"the key `{key}` is missing or has the wrong type"
    if raw.get("code") != folder.name:
        yield toml, 1, f"`code` must be the folder's name, {folder.name!r}"
    if not (folder / "__init__.py").exists():
        yield folder, 1, "a module is a package: __init__.py is missing"
    own = raw.get("rooms", {})  # rooms of this module alone: name = "why"
    for path in folder.iterdir():
        if not own.get(path.stem):
            yield from _check_name(path, board)


def _check_name(path: Path, board: bool) -> Iterator[Fault]:
    if path.name == "__pycache__" or path.name.startswith("."):
        return
    if path.stem in VAGUE:
        yield path, 1, f"`{path.stem}` says nothing; put it into the room it belongs to"
    if path.is_dir():
        # Boards keep to the anatomy; rooms of the foundation and the portals are machinery and may have parts of their own.
        if board and path.name not in FOLDERS | ROOMS and any(path.rglob("*.py")):
            yield path, 1, "no such room in a module's anatomy (design §3)"
    elif path.suffix == ".py":
        if board and path.stem not in ROOMS:
            yield path, 1, "no such room in a module's anatomy (design §3); a large room becomes a package of the same name"
    elif board and path.name not in FILES:
        yield path, 1, "files other than the anatomy's belong into data/, templates/, processes/ or static/"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Absolute names a Python file imports, with their lines (for `from a import b` both `a` and `a.b`)."""
    package = list(path.relative_to(BASE).with_suffix("").parts)[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names)


def check_imports(path: Path) -> Iterator[Fault]:
    """Purity of rules, and the direction of imports inside a module and below the kernel."""
    parts = path.relative_to(PACKAGE).parts
    if "tests" in parts or "migrations" in parts:
        return
    if "rules.py" in parts or "rules" in parts[:-1]:
        yield from _check_rules(path)
    if parts[:2] == ("foundation", "kernel"):
        for line, name in imports(path):
            words = name.split(".")
            if words[0] == "zhujian" and words[1:2] != ["settings"] and words[1:3] != ["foundation", "kernel"] and len(words) > 2:
                yield path, line, f"the kernel knows nothing above it, not {name}"
        return
    module = next((p for p in path.parents if (p / "module.toml").exists()), None)
    if module is None:
        return
    room = path.relative_to(module).parts[0].removesuffix(".py")
    upper = {
        "models": {"services", "views", "resources", "api", "urls"},
        "services": {"views", "api", "urls"},
        "selectors": {"views", "api", "urls"},
    }
    own = ".".join(module.relative_to(BASE).parts)
    for line, name in imports(path):
        if name.startswith(own + ".") and name[len(own) + 1 :].split(".")[0] in upper.get(room, ()):
            yield path, line, f"`{room}` stands below `{name[len(own) + 1 :].split('.')[0]}` and may not import it"


def _check_rules(path: Path) -> Iterator[Fault]:
    for line, name in imports(path):
        words = name.split(".")
        if words[0] in sys.stdlib_module_names and words[0] not in {
            "os",
            "subprocess",
            "socket",
            "urllib",
            "sqlite3",
            "threading",
        }:
            continue
        if words[0] in PURE_OTHERS:
            continue
        if words[:3] == ["zhujian", "foundation", "kernel"] and words[3] in PURE_KERNEL:
            continue
        if words[0] == "zhujian" and "rules" in words[2:]:
            continue
        sibling = BASE.joinpath(*words[:-1]).with_suffix(".py")
        if sibling.parent == path.parent and sibling != path and not list(_check_rules(sibling)):
            continue  # a pure part of the same module
        yield path, line, f"rules are pure: the standard library, other rules and kernel values only, not {name}"


def check_text(path: Path) -> Iterator[Fault]:
    """Length, leftovers, index addresses and machine paths of one file."""
    relative = path.relative_to(BASE)
    if path.suffix not in TEXT or path.name == "LICENSE":
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        yield path, 1, "text files are UTF-8"
        return
    generated = bool({"migrations", "data"} & set(relative.parts)) or path.suffix == ".json"
    if path.suffix in CODE and not generated and len(lines) > MAX_LINES:
        yield path, MAX_LINES, f"{len(lines)} lines; over {MAX_LINES} a file holds two things: divide it"
    for number, line in enumerate(lines, 1):
        if path.suffix != ".md" and not generated and LEFTOVER.search(line):
            yield path, number, "finish it or leave it out: leftover marker"
        if path.name not in {"layout.py", "locks.py"} and INDEX.search(line):
            yield path, number, "no package index address belongs into the tree"
        if not generated and MACHINE.search(line):
            yield path, number, "an absolute path of one machine"


def faults() -> list[Fault]:
    """All faults of the tree."""
    found: list[Fault] = []
    for folder in module_folders():
        found += check_module(folder)
    for path in tracked():
        found += check_text(path)
        if path.suffix == ".py" and path.is_relative_to(PACKAGE):
            found += check_imports(path)
    return sorted(found)


def main() -> int:
    """Print the faults; 1 when there are any."""
    found = faults()
    for path, line, text in found:
        print(f"{path.relative_to(BASE)}:{line}: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
