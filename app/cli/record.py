"""`ats-sync record`: the source topics into a file that `decide`, `what-if` and `publish` read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from app import settings
from app.cli.events_file import counting
from app.cli.output import err, silence_kafka
from schemas.errors import ConfigError


def register(app: typer.Typer) -> None:
    app.command()(record)


def record(file: Annotated[Path, typer.Argument(help="Where to; must not exist yet.")]) -> None:
    """Write every record of the topics this service reads to FILE, as `kcat -J` prints them.

    The file holds people's data: only you may read it; remove it when you are done. No consumer group is touched.
    """
    silence_kafka()
    with _new(file) as output:
        written, changed = asyncio.run(_record(output))
    err.print(f"wrote {written} records to {file}", highlight=False, soft_wrap=True)
    if changed:
        err.print(
            f"{changed} of them are not UTF-8 and were written with stand-ins: they are refused either way",
            soft_wrap=True,
        )


async def _record(output: BinaryIO) -> tuple[int, int]:
    """How many records, and how many of them could not be written as they are."""
    from app.wiring import recording
    from streams.envelope import line_of

    written = changed = 0
    with counting("reading") as count:
        async for batch in recording.records(settings.load()):
            lines = [line_of(one) for one in batch]
            output.writelines(line + b"\n" for line, _ in lines)
            written, changed = written + len(lines), changed + sum(not whole for _, whole in lines)
            count(len(lines))
    return written, changed


@contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    """Readable by nobody else from its first byte on; gone again if it did not become whole."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise ConfigError(f"cannot write {file}: {exc.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as output:
            yield output
    except BaseException:
        file.unlink(missing_ok=True)
        raise
