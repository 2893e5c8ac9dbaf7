"""Tables for people: what is copied into the next command stays in one piece, and a pipe gets a line for each row."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from app.cli import output
from app.ledger.keys import range_of

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


@pytest.mark.parametrize("width", [60, 80, 110])
def test_no_word_breaks_where_the_terminal_is_narrow(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _printed(width, monkeypatch)
    for value in (*_ROW.values(), _MORE["reason"]):
        assert any(str(value) in line for line in lines), value
    assert max(map(len, lines)) <= width


def test_a_terminal_gets_as_much_of_a_key_as_commands_need(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(output, "out", Console(file=file, width=200, force_terminal=True, color_system=None))
    output.listing([{**_ROW, **_MORE}], list(_ROW), as_json=False, title="deliveries")
    assert _KEY[:13] in file.getvalue()
    assert _KEY not in file.getvalue()
    assert range_of(_KEY[:13]) is not None
