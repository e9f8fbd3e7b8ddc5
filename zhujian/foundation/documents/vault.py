"""The bytes on disk: ``var/files/ab/cd/<SM3>``, written once, fsynced before the row that names them can commit."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from zhujian.foundation.kernel.crypto import hashes
from zhujian.foundation.kernel.errors import Refusal


@dataclass(frozen=True)
class Draft:
    """Bytes received but not yet kept: a file in the drafts folder with its size and hashes (hex)."""

    path: Path
    size: int
    sm3: str
    sha256: str


def root() -> Path:
    """Where content lies."""
    return settings.VAR / "files"


def path_of(sm3: str) -> Path:
    """Place of the content with this SM3 (64 hex digits); the only way a path is made."""
    if len(sm3) != 64 or not set(sm3) <= set("0123456789abcdef"):
        raise ValueError("not an SM3 value")
    return root() / sm3[:2] / sm3[2:4] / sm3


def receive(chunks: Iterable[bytes], most: int) -> Draft:
    """Write chunks to a draft, hashing on the way; refuses as soon as `most` bytes are exceeded, or when the disk is full."""
    folder = root() / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    sm3, sha256, size = hashes.new(), hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise Refusal("documents.too_large", f"文件超过 {most // 2**20} MB 的上限，请压缩或拆分后上传。", "file")
                sm3.update(chunk)
                sha256.update(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Refusal("documents.disk", "服务器存储空间不足或暂时不可用，文件没有保存，请稍后再试。", "file") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Draft(path, size, sm3.digest().hex(), sha256.hexdigest())


def keep(draft: Draft) -> None:
    """Move a draft to its place; when the content is there already only its date is renewed."""
    target = path_of(draft.sm3)
    if target.exists():
        os.utime(target)  # the sweep leaves young content alone
        draft.path.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(draft.path, target)
    for folder in (target.parent, target.parent.parent, root()):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def drop(draft: Draft) -> None:
    """Forget a draft that was refused."""
    draft.path.unlink(missing_ok=True)


def open_content(sm3: str) -> object:
    """The content for reading; Refusal when the disk has lost it."""
    try:
        return path_of(sm3).open("rb")
    except FileNotFoundError as error:
        raise Refusal("documents.content_missing", "文件内容暂时取不到，请联系系统管理员从备份恢复。") from error


def old_content(days: float) -> Iterable[Path]:
    """Content and drafts not touched for `days`."""
    limit = time.time() - days * 86_400
    for path in root().glob("*/*"):
        if path.parent.name == "drafts":
            if path.stat().st_mtime < limit:
                yield path
        elif path.is_dir():
            yield from (file for file in path.iterdir() if file.stat().st_mtime < limit)
