"""Scope: who acts, and which rows the database lets this transaction see.

The application connects as a role that owns nothing. Each transaction tells PostgreSQL its scope through settings named
``zj.*``; row-level security policies (see `guards`) compare every row with them. A transaction without a scope sees
nothing. Region codes are 12 digits; a scope is a half-open range [lo, hi) of them plus a set of party keys such as
``org:91420106MA4K2B7T5G`` or ``person:17``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from django.db import connection

if TYPE_CHECKING:
    from zhujian.foundation.kernel.postgis.base import DatabaseWrapper

NOTHING = ("~", "~")  # "~" sorts after every digit: an empty range
EVERYTHING = ("0", "~")


def region_prefix(code: str) -> str:
    """Significant digits of a 12-digit region code: 2, 4, 6, 9 or 12.

    ``AA90CC`` counties stand directly under their province (GB/T 2260), so 429004… gives six digits and 429000 … gives
    its four although it is a grouping and no city.
    """
    for size in (2, 4, 6, 9):
        if set(code[size:]) <= {"0"}:
            return code[:size]
    return code


def city_of(code: str) -> str:
    """12-digit code of the city a region lies in: itself for a county that stands directly under its province (429004…), '' for a province."""
    size = 6 if code[2:4] == "90" else 4
    city = code[:size].ljust(12, "0")
    return "" if city == code[:2].ljust(12, "0") or city[2:6] == "9000" else city


def region_range(code: str) -> tuple[str, str]:
    """Half-open range of codes below and including `code`."""
    prefix = region_prefix(code)
    return prefix, prefix + "~"


@dataclass(frozen=True)
class Scope:
    """Who acts and what they may see. `kind`: system, official, enterprise, resident or public."""

    kind: str = "public"
    region_lo: str = NOTHING[0]
    region_hi: str = NOTHING[1]
    keys: tuple[str, ...] = ()
    actor_id: int | None = None
    actor_name: str = ""
    post_id: int | None = None
    org_id: int | None = None
    org_name: str = ""
    region_code: str = ""
    authorities: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset({"public"})
    reason: str = ""
    source_ip: str = ""
    extra: dict = field(default_factory=dict, compare=False)

    @property
    def is_system(self) -> bool:
        """True for background work and for selectors that answer across scopes on purpose."""
        return self.kind == "system"


PUBLIC = Scope()
_current: ContextVar[Scope] = ContextVar("zj_scope", default=PUBLIC)


def current() -> Scope:
    """The scope of the running transaction."""
    return _current.get()


TELL = (
    "SELECT set_config('zj.region_lo', %s, true), set_config('zj.region_hi', %s, true), "
    "set_config('zj.keys', %s, true), set_config('zj.actor', %s, true), set_config('zj.actor_name', %s, true)"
)


def _tell_database(scope: Scope) -> None:
    """Let the database know before the next statement (see `postgis.base`): a scope without a statement costs nothing."""
    if not connection.in_atomic_block:
        raise RuntimeError("a scope lives in a transaction: open transaction.atomic() first")
    keys = "{" + ",".join(f'"{key}"' for key in scope.keys) + "}"
    said = (scope.region_lo, scope.region_hi, keys, str(scope.actor_id or ""), scope.actor_name)
    cast("DatabaseWrapper", connection).before_next(TELL, said)


def enter(scope: Scope) -> None:
    """Set the scope for the rest of the running transaction (the request middleware calls this)."""
    _current.set(scope)
    _tell_database(scope)


def leave() -> None:
    """Forget the scope in this thread; the database forgets it at the end of the transaction."""
    _current.set(PUBLIC)


@contextmanager
def acting(scope: Scope) -> Iterator[Scope]:
    """Run a block under `scope` inside an open transaction, then restore the former one."""
    token = _current.set(scope)
    try:
        _tell_database(scope)
        yield scope
    finally:
        _current.reset(token)
        if connection.in_atomic_block:
            _tell_database(_current.get())


@contextmanager
def system(reason: str) -> Iterator[Scope]:
    """Run a block that sees every row, for `reason`; keeps the name of the real actor for the history."""
    was = current()
    scope = Scope(
        kind="system", region_lo=EVERYTHING[0], region_hi=EVERYTHING[1], keys=was.keys, reason=reason,
        actor_id=was.actor_id, actor_name=was.actor_name or "系统", post_id=was.post_id, org_id=was.org_id,
        org_name=was.org_name, roles=was.roles | {"system"}, source_ip=was.source_ip,
    )  # fmt: skip
    with acting(scope):
        yield scope
