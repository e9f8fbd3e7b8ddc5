"""A database whose functions are not marked as leakproof reads whole tables for a map search: whoever starts it is told."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import cluster  # noqa: E402  (stands in tools/)
import remote  # noqa: E402


def test_the_private_cluster_is_marked_and_a_bare_database_is_found_out() -> None:
    owner = cluster.ensure()["owner"]
    assert remote.unmarked(owner) == []
    assert set(remote.unmarked(owner, "postgres")) == {change.split()[2] for change in cluster.LEAKPROOF}
