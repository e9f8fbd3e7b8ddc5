"""Leaves audit entries: in the audit chain where that module is installed, in the server's log otherwise."""

from __future__ import annotations

import importlib
import importlib.util
import logging

log = logging.getLogger("zhujian.audit")


def record(act: str, target: str = "", result: str = "ok", **detail: object) -> None:
    """Keep one act: who (from the scope), what, on what, with what result."""
    if importlib.util.find_spec("zhujian.foundation.audit") is not None:
        importlib.import_module("zhujian.foundation.audit.services").record(act, target=target, result=result, **detail)
    else:
        log.warning("%s %s %s %s", act, target, result, detail)
