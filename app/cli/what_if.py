"""`ats-sync what-if`: which applications another trigger or policy would decide otherwise; nothing is sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import settings
from app.cli.decide import moment_of
from app.cli.events_file import lines_of, with_progress
from app.cli.output import AsJson, err, listing, misused

if TYPE_CHECKING:
    from datetime import datetime

    from streams.what_if import WhatIf

_File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The connections as they might be.")]
_COLUMNS = ("application_id", "connection", "before", "after", "missing")


def register(app: typer.Typer) -> None:
    app.command(name="what-if")(what_if)


def what_if(
    instead: _File,
    events: Annotated[str | None, typer.Option(help="Recorded records (or -) instead of the ledger's own.")] = None,
    connections: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="With --events: the connections as they are.")
    ] = None,
    now: Annotated[str | None, typer.Option(help="Decide as of this RFC 3339 time instead of the present.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List what other connections, in the file `connection apply` would read, would decide otherwise. Sends nothing.

    They are taken as if in force from the start; `connection apply` counts from now on (A19). To send what a change
    would have sent: ats-sync holds release --connection NAME --reason REASON

    Without --events it asks the ledger, and leaves out what is in the ATS already.
    """
    found = _compared(instead.read_bytes(), events, connections, moment_of(now))
    rows = [one.as_json() for one in found.changed]
    listing(rows, _COLUMNS, as_json=as_json, title="decided otherwise")
    kinds = Counter(f"{row['before']} -> {row['after']}" for row in rows)
    err.print(f"{len(rows)} decided otherwise, {found.same} the same", highlight=False)
    for kind, number in kinds.most_common():
        err.print(f"  {number}  {kind}", highlight=False)


def _compared(instead: bytes, events: str | None, connections: Path | None, now: datetime) -> WhatIf:
    from app.wiring import what_if as asked

    if (events is None) != (connections is None):
        misused("--events and --connections go together: recorded records, and the connections as they are")
    if events is None or connections is None:
        return asyncio.run(asked.of_ledger(instead, now, settings.load()))
    with lines_of(events) as lines:
        return asked.of_events(with_progress(lines), connections.read_bytes(), instead, now, settings.load())
