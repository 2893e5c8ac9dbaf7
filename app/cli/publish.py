"""`ats-sync publish`: recorded records onto the broker, with progress."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import settings
from app.cli.events_file import lines_of
from app.cli.output import ExitCode, err, silence_kafka


def register(app: typer.Typer) -> None:
    app.command()(publish)


def publish(
    events: Annotated[str, typer.Argument(help="JSON Lines as `kcat -J` prints them, or - for standard input.")],
    rate: Annotated[float | None, typer.Option(min=0.001, help="Records a second; else as fast as they go.")] = None,
) -> None:
    """Publish recorded records to the broker of ATS_SYNC_KAFKA_URL, keeping order, keys and timestamps.

    Lines that are not records are reported and left out; then the exit code is 1.
    """
    from app.publish import bootstrap_of, no_broker, publish_records
    from app.wiring.offline import read_records

    silence_kafka()
    with lines_of(events) as lines:
        records, refused = read_records(lines)
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bootstrap = bootstrap_of(settings.load().kafka_url)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("publish", total=len(records))
        work = publish_records(records, bootstrap=bootstrap, rate=rate, on_sent=lambda: progress.advance(task))
        try:
            sent = asyncio.run(work)
        except ConnectionError:
            raise no_broker(bootstrap) from None
    for fault in refused:
        err.print(f"left out: {fault}", markup=False)
    err.print(f"published {sent} records, left out {len(refused)}")
    if refused:
        raise typer.Exit(ExitCode.BAD_NEWS)
