"""`ats-sync holds`: applications that wait for something a person may answer for, and letting them go."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from app import settings
from app.cli.output import AsJson, ExitCode, Limit, Why, err, fail, listing, misused, print_json

if TYPE_CHECKING:
    from app.ledger.holds import HoldFilter

app = typer.Typer(no_args_is_help=True, help="Applications that wait for something a person may answer for.")

_COLUMNS = ("application_id", "connection", "job_id", "verdict", "reason", "decided_at")
_MANY = 100

_Reason = Annotated[str | None, typer.Option(help="Only this reason, such as gate_skipped or backfill_approval.")]
_Connection = Annotated[str | None, typer.Option(help="Only this connection.")]
_Job = Annotated[str | None, typer.Option(help="Only this FactoryFix job.")]


@app.command(name="list")
def list_(
    *,
    reason: _Reason = None,
    connection: _Connection = None,
    job: _Job = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List what `release` could let go, newest decisions first. Nothing else is listed: a release does not help it."""
    from app.wiring import hold_commands as commands

    wanted = commands.wanted(reason=reason, connection=connection, job_id=job, limit=limit)
    listing(asyncio.run(commands.find(wanted, settings.load())), _COLUMNS, as_json=as_json, title="holds")


@app.command()
def release(
    applications: Annotated[
        list[str] | None, typer.Argument(help="Application ids; leave out to choose by the options.")
    ] = None,
    *,
    reason: _Reason = None,
    connection: _Connection = None,
    job: _Job = None,
    limit: Limit = 1_000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what it would be.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Let applications past the gate that holds them now, and decide them again at once.

    Every other gate stays: what is released may wait for the next thing. Nothing can double, and what may not be sent
    (withdrawn, erased, no link, no name, no e-mail address) is never released.

    A job's backfill is approved by: ats-sync holds release --job JOB --reason backfill_approval
    """
    from app.wiring import hold_commands as commands

    if bool(applications) == bool(reason):
        misused("name applications, or choose some with --reason (and --connection, --job)")
    ids = tuple(applications) if applications else None
    choice = commands.wanted(applications=ids, reason=reason, connection=connection, job_id=job, limit=limit)
    found = asyncio.run(commands.find(choice, settings.load()))
    if applications and len(found) < len(set(applications)):
        _refuse(set(applications) - {row["application_id"] for row in found})
    if dry_run:
        listing(found, _COLUMNS, as_json=as_json, title="would be released")
        return
    if len(found) > _MANY and not yes:
        misused(f"that is {len(found)} applications: look at them with --dry-run, then say --yes if you mean it")
    _release(choice, why, as_json=as_json)


def _release(choice: HoldFilter, why: str, *, as_json: bool) -> None:
    from app.wiring import hold_commands as commands

    rows = asyncio.run(commands.release(choice, why, settings.load()))
    if as_json:
        print_json(rows)
        return
    listing(rows, ("application_id", "released", "verdict", "reason"), as_json=False, title="released")
    counts = Counter(_words(row) for row in rows)
    err.print(", ".join(f"{n} now {words}" for words, n in counts.most_common()) or "nothing was held so")


def _words(row: dict[str, Any]) -> str:
    return f"{row['verdict']} {row['reason'] or ''}".strip()


def _refuse(applications: set[str]) -> NoReturn:
    """One that cannot be let go stops the whole order: nothing is done by halves."""
    from app.wiring import hold_commands as commands

    application_id = min(applications)
    told = asyncio.run(commands.why_not(application_id, settings.load()))
    if told is None:
        fail(f"no record of application {application_id!r} was ever seen", ExitCode.NOT_FOUND)
    fail(f"{application_id}: {told}", ExitCode.BAD_NEWS)
