"""One number for the state of everything a database is made from: migrations, models, reference data, demo data."""

from __future__ import annotations

import hashlib
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
REFERENCE = (
    "zhujian/**/migrations/*.py", "zhujian/**/models.py", "zhujian/**/models/*.py", "zhujian/**/*.toml", "zhujian/**/processes/*",
    "zhujian/**/reference*.py", "zhujian/**/data/**/*", "zhujian/foundation/kernel/*.py",
    "zhujian/foundation/resources/maps/*.py", "zhujian/**/resources.py",  # layers decide triggers and indexes
)  # fmt: skip
DEMO = ("zhujian/**/demo*.py", "zhujian/**/demo/**/*")


def fingerprint(*, demo: bool = False) -> str:
    """Hexadecimal digest (12 digits) over names and bytes of the files."""
    digest = hashlib.sha256()
    found = {path for pattern in (*REFERENCE, *(DEMO if demo else ())) for path in BASE.glob(pattern)}
    for path in sorted(found):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(BASE)).encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
