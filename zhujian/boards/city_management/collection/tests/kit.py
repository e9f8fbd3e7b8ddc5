"""What tests of the field app in a browser share: the device's store, rows of the server, the camera."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from zhujian.foundation.kernel import scope

STORED = """name => new Promise(done => {
  const asked = indexedDB.open('zhujian-field');
  asked.onsuccess = () => { const all = asked.result.transaction(name).objectStore(name).getAll(); all.onsuccess = () => { asked.result.close(); done(all.result); } };
})"""
CONTROLLED = "() => navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))"
# Everything a thumb has to hit, with its size, unless it is hidden or a link inside a sentence.
SMALL = """() => [...document.querySelectorAll('button, a.tab, a.btn, textarea, input[type=search], label.tick')].filter(e => e.offsetParent)
  .map(e => [e.getBoundingClientRect(), e.textContent || e.ariaLabel]).filter(([r]) => r.width < 48 || r.height < 48).map(([r, t]) => `${t} ${r.width}×${r.height}`)"""


def rows(model: Any, **chosen: Any) -> list[Any]:
    """Rows of a table, read outside the browser's session."""
    with transaction.atomic(), scope.system("测试"):
        return list(model.objects.filter(**chosen).order_by("pk"))


def until(true: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait for something that happens on the server."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen")


def shoot(page: Any, *names: str) -> None:
    """Take photos with the camera inside the app."""
    for name in names:
        page.get_by_role("button", name=f"拍{name}").click()
        page.wait_for_function("() => document.querySelector('dialog.camera video')?.videoWidth > 0")
        page.get_by_role("button", name="拍照").click()
        page.get_by_role("img", name=f"{name}照片").wait_for()
