"""Reads a file of recorded records, or standard input, in the envelope `kcat -J` prints."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import Progress, TextColumn

from app.cli.output import err
from schemas.errors import ConfigError

Recorded = Annotated[str | None, typer.Option(help="Recorded records (or -) instead of the broker's topics.")]


def recorded_lines(events: str | None) -> AbstractContextManager[BinaryIO | None]:
    """`lines_of` them; None where none are given, and the broker's topics are to be read."""
    return nullcontext() if events is None else lines_of(events)


@contextmanager
def lines_of(events: str) -> Iterator[BinaryIO]:
    """The file's lines as bytes; `-` is standard input. Raises ConfigError when it cannot be read."""
    if events == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(events).open("rb")  # noqa: SIM115 - closed by the `with` below; opened here to name the error
    except OSError as exc:
        raise ConfigError(f"cannot read {events}: {exc.strerror}") from None
    with file:
        yield file


def with_progress(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The same lines, counted."""
    with counting("reading") as count:
        for line in lines:
            count(1)
            yield line


@contextmanager
def counting(doing: str) -> Iterator[Callable[[int], None]]:
    """Told how many records more, counts on a terminal's stderr; silent where that is a file, for dead letters."""
    columns = (TextColumn(doing), TextColumn("{task.completed} records"))
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(doing, total=None)
        yield lambda number: progress.advance(task, number)
