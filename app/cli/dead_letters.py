"""`ats-sync dead-letters`: the records that could not be used, why, and taking them in again after a fix."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from app import settings
from app.cli.output import AsJson, ExitCode, Limit, err, fail, listing, misused, print_json

app = typer.Typer(no_args_is_help=True, help="Records that were refused, or folded with a word nobody knows.")

_COLUMNS = ("id", "seen_at", "topic", "partition", "offset", "code", "path", "reason", "replayed_at")
_Topic = Annotated[str | None, typer.Option(help="Only this topic.")]
_Code = Annotated[str | None, typer.Option(help="Only this code, such as invalid or future_time.")]


@app.command(name="list")
def list_(
    *,
    topic: _Topic = None,
    code: _Code = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what nobody has replayed.")] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List refused records, newest first. Their bytes and keys may be people's data and are never printed."""
    from app.ledger.dead_letters import Wanted
    from app.wiring import dead_letter_commands as commands

    wanted = Wanted(code=code, topic=topic, waiting=waiting or None)
    rows = asyncio.run(commands.find(wanted, limit, settings.load()))
    listing(rows, _COLUMNS, as_json=as_json, title="dead letters")


@app.command()
def show(number: Annotated[int, typer.Argument(help="The id that `list` prints.")], *, as_json: AsJson = False) -> None:
    """Show one refused record: where it came from, which field, why."""
    from app.wiring import dead_letter_commands as commands

    found = asyncio.run(commands.show(number, settings.load()))
    if found is None:
        fail(f"no dead letter {number}; `ats-sync dead-letters list` shows them", ExitCode.NOT_FOUND)
    if as_json:
        print_json(found)
    else:
        fields = [{"field": name, "value": value} for name, value in found.items()]
        listing(fields, ("field", "value"), as_json=False, title=f"dead letter {number}")


@app.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Ids; leave out to choose by the options.")] = None,
    *,
    topic: _Topic = None,
    code: _Code = None,
    limit: Limit = 1_000,
    as_json: AsJson = False,
) -> None:
    """Take refused records in again, after what refused them was put right here (a new version, a higher limit).

    They go through the same intake as live ones; a record that is refused again stays. Exit code 1 if any was.
    """
    from app.ledger.dead_letters import Wanted
    from app.wiring import dead_letter_commands as commands

    if not numbers and not (topic or code):
        misused("name dead letters, or choose some with --code or --topic")
    loaded = settings.load()
    if not numbers:
        rows = asyncio.run(commands.find(Wanted(code=code, topic=topic, waiting=True), limit, loaded))
        numbers = [row["id"] for row in rows]
    counts = asyncio.run(commands.replay(numbers, loaded))
    if as_json:
        print_json(dict(counts))
    else:
        err.print(", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items()))
    if counts["refused_again"] or counts["gone"]:
        raise typer.Exit(ExitCode.BAD_NEWS)
