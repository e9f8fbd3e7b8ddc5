"""`./run lint`: every static check, all of them even when one fails, with one summary. Runs inside the environment."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent


def rules() -> list[str]:
    """Files that hold rules: pure functions, checked most strictly."""
    found = [*BASE.glob("zhujian/**/rules.py"), *BASE.glob("zhujian/**/rules/*.py")]
    return sorted(str(p.relative_to(BASE)) for p in found)


def checks() -> list[tuple[str, list[str]]]:
    """Titles and commands."""
    python = sys.executable
    mypy = [python, "-m", "mypy", "--no-error-summary"]
    strict = [*mypy, "--strict", "--config-file", "tools/mypy-strict.ini", *rules()]
    found = [
        ("ruff check (style, likely bugs)", [python, "-m", "ruff", "check", "--quiet", "--output-format", "concise", "."]),
        ("ruff format (layout of the text)", [python, "-m", "ruff", "format", "--check", "--output-format", "concise", "."]),
        ("mypy strict on rules", strict if rules() else []),
        ("mypy on the kernel", [*mypy, "zhujian/foundation/kernel"]),
        (
            "mypy on the tools",
            [*mypy, "--config-file", "tools/mypy-strict.ini", "--strict", *sorted(str(p) for p in Path("tools").glob("*.py"))],
        ),
        (
            "import-linter (portals → boards → foundation)",
            [python, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        ),
        ("layout (design §3)", [python, "tools/layout.py"]),
        ("licences of what we ship", [python, "tools/licences.py", "--check"]),
        ("migrations are complete", [python, "-m", "zhujian", "makemigrations", "--check", "--dry-run"]),
        ("Django's own checks", [python, "-m", "zhujian", "check", "--fail-level", "WARNING"]),
    ]
    return [(title, command) for title, command in found if command]


def main() -> int:
    """Run all checks; 1 when one failed."""
    failed = []
    for title, command in checks():
        began = time.monotonic()
        done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False)
        good = done.returncode == 0
        print(f"{'✓' if good else '✗'} {title}  {time.monotonic() - began:.1f} s", flush=True)
        if not good:
            failed.append(title)
            print((done.stdout + done.stderr).rstrip(), flush=True)
    if failed:
        print(f"\n✗ {len(failed)} 项检查未通过：{'；'.join(failed)}\n  {len(failed)} checks failed; their findings are above.")
    else:
        print("\n✓ 全部检查通过。 All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
