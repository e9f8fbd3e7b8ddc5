"""Publishes the processes and decisions of every module."""

from __future__ import annotations

from zhujian.foundation.kernel.registry import modules
from zhujian.foundation.workflow.services import definitions


def load() -> str:
    """Publish files whose content is new; refuse when one needs a process that nobody ships."""
    count = sum(definitions.install(mod) for mod in modules())
    if missing := definitions.check_closures():
        raise RuntimeError("；".join(missing))
    return f"新发布 {count} 个流程或决策"
