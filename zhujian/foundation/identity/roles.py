"""The list of roles, read from ``roles.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

EVERYBODY = frozenset({"public", "signed_in"})  # had without a post


@dataclass(frozen=True)
class Role:
    """One role; `duty` as in `rules.DUTIES` (or ``any``), `side`: official, enterprise, resident or any."""

    code: str
    title: str
    duty: str
    side: str
    description: str


@cache
def roles() -> dict[str, Role]:
    """Every role by its code, in the file's order."""
    raw = tomllib.loads((Path(__file__).parent / "roles.toml").read_text(encoding="utf-8"))
    return {row["code"]: Role(**row) for row in raw["role"]}


def title(code: str) -> str:
    """Chinese name of a role; the code itself when unknown."""
    known = roles().get(code)
    return known.title if known else code


def grantable() -> list[Role]:
    """Roles a security administrator may give to a post of a department."""
    return [role for role in roles().values() if role.side == "official" or (role.side == "any" and role.code not in EVERYBODY)]
