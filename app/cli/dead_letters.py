"""`ats-sync dead-letters`: the records that could not be used, and why."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from app import settings
from app.cli.output import AsJson, ExitCode, Limit, fail, listing, print_json

app = typer.Typer(no_args_is_help=True, help="Records that were refused, or folded with a word nobody knows.")

_COLUMNS = ("id", "seen_at", "topic", "partition", "offset", "code", "path", "reason", "replayed_at")


@app.command(name="list")
def list_(
    *,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this code, such as invalid or future_time.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List refused records, newest first. Their bytes may be people's data and are never printed."""
    rows = asyncio.run(_rows(topic=topic, code=code, limit=limit))
    listing(rows, _COLUMNS, as_json=as_json, title="dead letters")


@app.command()
def show(number: Annotated[int, typer.Argument(help="The id that `list` prints.")], *, as_json: AsJson = False) -> None:
    """Show one refused record: where it came from, which field, why."""
    rows = asyncio.run(_rows(number=number, limit=1))
    if not rows:
        fail(f"no dead letter {number}; `ats-sync dead-letters list` shows them", ExitCode.NOT_FOUND)
    if as_json:
        print_json(rows[0])
    else:
        listing(
            [{"field": name, "value": value} for name, value in rows[0].items()],
            ("field", "value"),
            as_json=False,
            title=f"dead letter {number}",
        )


async def _rows(**wanted: Any) -> list[dict[str, Any]]:
    from app.wiring import ledger

    async with ledger.overview(settings.load()) as overview:
        return await overview.dead_letters(**wanted)
