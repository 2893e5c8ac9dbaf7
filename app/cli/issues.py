"""`ats-sync issues`: what a person should look at, each thing once, with what to do about it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from app import settings
from app.cli.output import AsJson, Limit, listing

_COLUMNS = ("kind", "connection", "subject", "n", "opened_at", "seen_at", "next")


def register(app: typer.Typer) -> None:
    app.command()(issues)


def issues(
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Also those that are dealt with.")] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List paused connections, jobs an ATS says are closed, outcomes nobody knows and erasures that are not whole.

    An issue closes when what it is about goes on.
    """
    from app.wiring import delivery_commands as commands

    rows = asyncio.run(commands.issues(settings.load(), closed=closed, limit=limit))
    listing(rows, _COLUMNS, as_json=as_json, title="issues")
