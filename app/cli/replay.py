"""`ats-sync replay`: what this version makes of the topics from their first record, in a ledger beside the live one."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from app import settings
from app.cli.events_file import Recorded, counting, recorded_lines
from app.cli.output import AsJson, ExitCode, err, listing, print_json, silence_kafka


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    into: Annotated[str, typer.Option(help="postgresql://... of a new, empty database: the shadow ledger.")],
    events: Recorded = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Read the topics once more into a shadow ledger, and list what it decides otherwise than the live one.

    The live ledger and the consumer group are only read; nothing is published or sent, and the shadow has no
    credentials to send with. Exit code 1 if anything differs. What a person released, and what ended after it was sent,
    counts as the same; what the live ledger decides meanwhile is left out. The shadow holds people's data: drop it.
    """
    from app.wiring import shadowing

    silence_kafka()
    with recorded_lines(events) as lines, counting("replaying") as count:
        shadow = asyncio.run(shadowing.replay(lines, into, settings.load(), on_read=count))
    found, rows = shadow.found, [one.as_json() for one in shadow.found.differing]
    counts = {"records": shadow.records, "same": found.same, "ended": found.ended, "moving": found.moving}
    if as_json:
        print_json({**counts, "differing": rows})
    else:
        listing(rows, ("application_id", "live", "shadow"), as_json=False, title="decided otherwise")
        err.print(
            f"{shadow.records} records: {found.same} applications the same, {found.ended} ended after they were sent, "
            f"{found.moving} too new to judge, {len(rows)} otherwise",
            highlight=False,
            soft_wrap=True,
        )
    if rows:
        raise typer.Exit(ExitCode.BAD_NEWS)
