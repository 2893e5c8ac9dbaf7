"""`ats-sync conservation`: the ledger against a second, naive reading of the topics; every application once."""

from __future__ import annotations

import asyncio

import typer

from app import settings
from app.cli.events_file import Recorded, recorded_lines
from app.cli.output import AsJson, ExitCode, err, listing, print_json, silence_kafka


def register(app: typer.Typer) -> None:
    app.command()(conservation)


def conservation(
    events: Recorded = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Recompute every application of the topics naively, and say which the ledger has elsewhere, or not at all.

    Exit code 1 if one is missing, decided otherwise, or was sent and never should have been. Only reads; what was said,
    fell due or was decided within the last minute is left out. A policy that was changed since, or an ingest that is
    behind, may explain a difference.
    """
    from app.wiring.conserving import check

    silence_kafka()
    with recorded_lines(events) as lines:
        found = asyncio.run(check(lines, settings.load()))
    rows = [fault.as_json() for fault in found.faults]
    counts = {"buckets": dict(found.buckets), "moving": found.moving, "not_in_topics": found.not_in_topics}
    if as_json:
        print_json({**counts, "faults": rows})
    else:
        listing(rows, ("application_id", "what", "ledger", "topics"), as_json=False, title="differences")
        shown = ", ".join(f"{bucket} {number}" for bucket, number in sorted(found.buckets.items()))
        err.print(f"{sum(found.buckets.values())} applications: {shown or 'none'}", highlight=False, soft_wrap=True)
        err.print(f"{found.moving} too new to judge, {found.not_in_topics} no longer in the topics", highlight=False)
    if rows:
        raise typer.Exit(ExitCode.BAD_NEWS)
