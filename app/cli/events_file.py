"""Reads a file of recorded records, or standard input, in the envelope `kcat -J` prints."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.progress import Progress, TextColumn

from app.cli.output import err
from schemas.errors import ConfigError


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
    """The same lines, counted on a terminal's stderr; silent where stderr is a file, which may hold dead letters."""
    columns = (TextColumn("reading"), TextColumn("{task.completed} records"))
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("read", total=None)
        for line in lines:
            progress.advance(task)
            yield line
