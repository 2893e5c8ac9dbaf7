"""How commands speak: tables for people, JSON for programs, one-line errors, and exit codes that mean something."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from adapters.base import Finding
from schemas.codec import encode

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
Why = Annotated[str, typer.Option("--why", help="Written down with the action.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most this many rows.")]

_PIPED_COLUMNS: Final = 300  # a row is a line for whoever reads through a pipe
_WHOLE: Final = frozenset({"key"})  # what is copied into the next command is never folded
_KEY_DIGITS: Final = 13  # 12 of its 32 digits and a hyphen; where two deliveries begin so, commands ask for more
_FEW: Final = 2
_BORDER: Final = 3  # of each column

out: Final = Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
err: Final = Console(stderr=True)


class ExitCode(IntEnum):
    DONE = 0
    BAD_NEWS = 1  # the command worked, and what it found is not as it should be
    USAGE = 2
    CONFIG = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5


def fail(message: str, code: ExitCode) -> NoReturn:
    """One line on stderr that says what is wrong, then the exit code."""
    err.print(Text(f"ats-sync: {message}", style="red"), soft_wrap=True)
    sys.exit(code)


def misused(message: str) -> NoReturn:
    """What was typed cannot be meant: one line on stderr, exit code 2."""
    fail(message, ExitCode.USAGE)


def silence_kafka() -> None:
    """What becomes of it is said in words; its client would say it in its own."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def listing(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, title: str) -> None:
    """A JSON array with one element a line, or a table of `columns`."""
    if as_json:
        print_array(rows)
        return
    if not rows:
        out.print(Text(f"{title}: none", style="dim"))
        return
    cells = [[_shown(column, row.get(column)) for column in columns] for row in rows]
    named = [column.replace("_", " ") for column in columns]
    out.print(_table(title, named, cells) if _fits(named, cells, out.width) else _stacked(title, named, cells))


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _WHOLE)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _stacked(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Group:
    """Where a table's words would break: a row is a block, a cell is a line."""
    blocks = []
    for row in rows:
        block = Table(show_header=False, show_edge=False, box=None, padding=(0, 2, 0, 0))
        for column, text in zip(columns, row, strict=True):
            block.add_row(Text(column, style="dim"), Text(text))
        blocks.append(block)
    return Group(Text(title, style="italic"), *(part for block in blocks for part in (Text(""), block)))


def _fits(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether every word has room. Two columns always fit: the second may fold."""
    if len(columns) <= _FEW:
        return True
    longest = (
        max(len(word) for text in texts for word in text.split() or [""]) for texts in zip(columns, *rows, strict=True)
    )
    return sum(longest) + _BORDER * len(columns) <= width


def _shown(column: str, value: object) -> str:
    """On a terminal as much of a key as the next command needs."""
    return cell(value)[:_KEY_DIGITS] if column in _WHOLE and out.is_terminal else cell(value)


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """A preflight's findings, for programs."""
    return [{"ok": one.ok, "what": one.what, "detail": one.detail, "remedy": one.remedy} for one in findings]


def list_findings(findings: Sequence[Finding], *, title: str) -> None:
    """A preflight's findings, for people: what is wrong stands out, and what to do is beside it."""
    rows = [{**row, "ok": "yes" if row["ok"] else "NO"} for row in finding_rows(findings)]
    listing(rows, ("ok", "what", "detail", "remedy"), as_json=False, title=title)


def print_array(rows: Iterable[Mapping[str, Any]]) -> None:
    body = ",\n".join(encode(row).decode() for row in rows)
    print_plain(f"[\n{body}\n]" if body else "[]")


def print_json(value: object) -> None:
    print_plain(encode(value).decode())


def print_plain(text: str) -> None:
    """Exactly this text and a newline: no wrapping, no markup."""
    sys.stdout.write(f"{text}\n")


def cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return value if isinstance(value, str) else encode(value).decode().strip('"')
