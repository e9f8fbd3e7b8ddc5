"""Fetching one picture from a configured upstream: bounded in time, size and number, never led to another host.

A slow or broken upstream must not hold up the platform: few fetches run at once in a process, and after several failures in a
row nobody asks for half a minute.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

TYPES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
AT_ONCE = 2  # fetches in one process; a process has four threads for everything
QUEUE = 2.0  # seconds at most to wait for one's turn
PATIENCE = 5  # failures in a row before it rests
REST = 30.0  # seconds


class Unavailable(Exception):
    """The upstream gave nothing usable; try again later."""


class Missing(Exception):
    """The upstream says that it has no such picture."""


class _SameHost(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Follow inside the same scheme and host only."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise Unavailable("redirected to another host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass
class Breaker:
    """Counts failures in a row per host and says when to leave it alone."""

    failures: dict[str, int] = field(default_factory=dict)
    until: dict[str, float] = field(default_factory=dict)

    def resting(self, host: str, now: float) -> bool:
        """Whether `host` is left alone now."""
        return self.until.get(host, 0.0) > now

    def note(self, host: str, good: bool, now: float) -> None:
        """Remember how a fetch went."""
        if good:
            self.failures.pop(host, None)
            self.until.pop(host, None)
            return
        self.failures[host] = self.failures.get(host, 0) + 1
        if self.failures[host] >= PATIENCE:
            self.until[host] = now + REST


breaker = Breaker()
_slots = threading.BoundedSemaphore(AT_ONCE)


def _opener() -> OpenerDirector:
    return build_opener(_SameHost)


def kind_of(data: bytes) -> str:
    """Content type by the first bytes; empty for what is no picture we serve."""
    found = next((name for name, magic in TYPES.items() if data.startswith(magic)), "")
    return "" if found == "image/webp" and data[8:12] != b"WEBP" else found


def fetch(url: str, *, timeout: float, most: int) -> tuple[bytes, str]:
    """(bytes, content type) of the picture at `url`, at most `most` bytes. Raises Missing or Unavailable."""
    host = urlsplit(url).netloc
    now = time.monotonic()
    if breaker.resting(host, now):
        raise Unavailable("resting after failures")
    if not _slots.acquire(timeout=min(QUEUE, timeout / 2)):
        raise Unavailable("too many fetches at once")
    try:
        found = _fetch(url, timeout, most)
        breaker.note(host, True, now)
        return found
    except Missing:
        breaker.note(host, True, now)
        raise
    except Unavailable:
        breaker.note(host, False, time.monotonic())
        raise
    finally:
        _slots.release()


def _fetch(url: str, timeout: float, most: int) -> tuple[bytes, str]:
    request = Request(url, headers={"User-Agent": "zhujian-map/1", "Accept": "image/png,image/webp,image/jpeg"})  # noqa: S310 (scheme checked when configured)
    deadline = time.monotonic() + timeout
    try:
        with _opener().open(request, timeout=timeout) as answer:
            return _read(answer, deadline, most)
    except HTTPError as error:
        with error:
            if error.code in (204, 404):
                raise Missing from error
            raise Unavailable(f"HTTP {error.code}") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise Unavailable(type(error).__name__) from error


def _read(answer: Any, deadline: float, most: int) -> tuple[bytes, str]:
    if answer.status == 204:
        raise Missing
    said = answer.headers.get_content_type()
    length = answer.headers.get("Content-Length")
    if said not in TYPES:
        raise Unavailable(f"content type {said}")
    if length is not None and (not length.isascii() or not length.isdigit() or int(length) > most):
        raise Unavailable("too large")
    parts: list[bytes] = []
    size = 0
    while part := answer.read(min(65536, most + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > most:
            raise Unavailable("too large")
        if time.monotonic() > deadline:
            raise Unavailable("too slow")
    data = b"".join(parts)
    if length is not None and len(data) != int(length):
        raise Unavailable("cut short")
    kind = kind_of(data)
    if not kind:
        raise Unavailable("no picture")
    return data, kind
