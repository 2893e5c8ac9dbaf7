"""Tables for people: what is copied into the next command stays in one piece, and a pipe gets a line for each row."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from app.cli import output

_KEY = "216901e1-a0b3-5aea-9a76-62319e766bc7"
_ROW = {"key": _KEY, "application_id": "app-000085", "connection": "gulf-coast-fab", "kind": "create"}
_MORE = {"state": "dead", "reason": "not_found", "attempts": 0, "next_at": "2026-11-27 22:26:03Z"}


def _printed(width: int | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    file = io.StringIO()
    monkeypatch.setattr(output, "out", Console(file=file, width=width or output.out.width))
    row = {**_ROW, **_MORE}
    output.listing([row], list(row), as_json=False, title="deliveries")
    return file.getvalue().splitlines()


def test_a_key_is_not_folded_where_the_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(_KEY in line for line in _printed(80, monkeypatch))


def test_a_pipe_gets_a_row_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests have no terminal either."""
    assert len([line for line in _printed(None, monkeypatch) if _KEY in line and "not_found" in line]) == 1
