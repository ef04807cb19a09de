"""A task that works for long is asked to end."""

from pathlib import Path

import pytest

from postsale.service import stopping


def test_without_a_supervisor_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(stopping.FILE, raising=False)

    assert stopping.is_asked() is False


def test_it_is_asked_until_that_is_taken_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "stop"
    monkeypatch.setenv(stopping.FILE, str(file))

    before = stopping.is_asked()
    stopping.ask(file)
    asked = stopping.is_asked()
    stopping.clear(file)
    stopping.clear(file)

    assert (before, asked, stopping.is_asked()) == (False, True, False)
