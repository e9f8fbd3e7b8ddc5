"""A folder of its own for the bytes of each test."""

import pytest


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """Keep content away from the developer's files."""
    from zhujian.foundation.documents import vault

    monkeypatch.setattr(vault, "root", lambda: tmp_path / "files")
    return tmp_path / "files"
