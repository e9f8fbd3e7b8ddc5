"""Writes the hash-locked requirements from the `.in` files: `python3 tools/locks.py` (needs pip-tools in `.venv`).

No index address is ever written: where packages come from is the machine's business, what they are is ours.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
NAMES = ("requirements", "requirements-web", "requirements-dev")
# Left out of what we ship although a package names them: bcf-client (GPL by its classifier) is only a reporter of ifctester that the platform
# never uses; the tests read our BCF files with it. Packages are installed without following their own lists (`environment.py`).
LEFT_OUT = {"requirements": ("bcf-client", "xsdata")}
HEADER = "# Written by `python3 tools/locks.py` from {name}.in; do not edit by hand.\n"


def main() -> int:
    """Compile each lock; `--upgrade` takes newer versions, otherwise the locked ones are kept where they still fit."""
    python = BASE / ".venv" / "bin" / "python"
    for name in NAMES:
        command = [
            str(python if python.exists() else sys.executable), "-m", "piptools", "compile", "-q", "--generate-hashes", "--allow-unsafe",
            "--strip-extras", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options",
            "--no-header", *sys.argv[1:], "-o", f"{name}.txt", f"{name}.in",
        ]  # fmt: skip
        if code := subprocess.run(command, cwd=BASE, check=False).returncode:
            return code
        path = BASE / f"{name}.txt"
        text = path.read_text(encoding="utf-8")
        for package in LEFT_OUT.get(name, ()):
            text = re.sub(rf"^{re.escape(package)}==(?:.*\\\n)*.*\n(?:    #.*\n)*", "", text, flags=re.MULTILINE)
        path.write_text(HEADER.format(name=name) + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
