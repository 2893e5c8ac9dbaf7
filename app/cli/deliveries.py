"""`ats-sync deliveries`: what is on its way to which ATS, what went wrong, and what to do about it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer

from app import settings
from app.cli.output import AsJson, ExitCode, Limit, Why, err, fail, listing, misused, print_json
from schemas.delivery import State

app = typer.Typer(no_args_is_help=True, help="Pieces of work for an ATS: create, update or erase.")

_COLUMNS = ("key", "application_id", "connection", "kind", "state", "reason", "attempts", "next_at", "last_class")
_MANY = 100

_Key = Annotated[str, typer.Argument(help="The delivery's key, as `list` prints it, or its first 8 digits or more.")]
_Connection = Annotated[str | None, typer.Option(help="Only this connection.")]
_State = Annotated[State | None, typer.Option(help="Only this state.")]
_Reason = Annotated[str | None, typer.Option(help="Only this reason.")]


@app.command(name="list")
def list_(
    *,
    connection: _Connection = None,
    state: _State = None,
    reason: _Reason = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first."""
    from app.wiring import delivery_commands as commands

    wanted = commands.wanted(connection=connection, state=state, reason=reason, limit=limit)
    rows = asyncio.run(commands.find(wanted, settings.load()))
    listing(rows, _COLUMNS, as_json=as_json, title="deliveries")


@app.command()
def show(key: _Key, *, as_json: AsJson = False) -> None:
    """Show one delivery with its steps, attempts and moves."""
    from app.wiring import delivery_commands as commands

    found = asyncio.run(commands.show(_key(key), settings.load()))
    if found is None:
        _not_there(key)
    if as_json:
        print_json(found)
        return
    fields = [{"field": name, "value": value} for name, value in found.items() if not isinstance(value, list)]
    listing(fields, ("field", "value"), as_json=False, title=f"delivery {found['key']}")
    for name in ("steps", "attempts", "moves"):
        rows = found[name]
        listing(rows, tuple(rows[0]) if rows else (), as_json=False, title=name)


@app.command()
def retry(
    key: Annotated[
        str | None,
        typer.Argument(help="One delivery, by its key or the beginning of it; leave out to choose by the options."),
    ] = None,
    *,
    connection: _Connection = None,
    state: _State = None,
    reason: _Reason = None,
    rate: Annotated[float | None, typer.Option(min=0.001, help="At most this many a second.")] = None,
    rerender: Annotated[bool, typer.Option("--rerender", help="With the newest content.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many it would be.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, however many.")] = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Try dead, parked and waiting deliveries again, after what stopped them was put right.

    The key stays the same, and what may have landed is looked for first, so that nothing can double.
    """
    from app.wiring import delivery_commands as commands

    if key is None and not (connection or state or reason):
        misused("name a delivery, or choose some with --connection, --state or --reason")
    keys = (_key(key),) if key else None
    wanted = commands.wanted(connection=connection, state=state, reason=reason, keys=keys, limit=100_000)
    number = asyncio.run(commands.count(wanted, settings.load()))
    err.print(f"{number} deliveries match")
    if number > _MANY and not (yes or dry_run):
        misused(f"that is more than {_MANY}: say --yes if you mean it")
    again = 0 if dry_run else asyncio.run(commands.retry(wanted, why, settings.load(), rate=rate, rerender=rerender))
    _tell({"matched": number, "retried": again}, as_json=as_json)


@app.command()
def cancel(key: _Key, *, why: Why = "", as_json: AsJson = False) -> None:
    """Never deliver this one. Refused for what is being sent, or may have landed unseen."""
    from app.wiring import delivery_commands as commands

    number = asyncio.run(commands.cancel(commands.wanted(keys=(_key(key),)), why, settings.load()))
    _tell({"cancelled": number}, as_json=as_json)
    if not number:
        raise typer.Exit(ExitCode.BAD_NEWS)


@app.command()
def found(
    key: _Key,
    *,
    candidate: Annotated[str | None, typer.Option(help="The ATS's own id of the candidate, if it shows one.")] = None,
    application: Annotated[str | None, typer.Option(help="The ATS's own id of the application.")] = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """A person has seen it in the ATS, PDF and all: it is delivered, and never sent again.

    For one that is uncertain, parked or dead; refused for any other, with exit code 1.
    """
    from app.wiring import delivery_commands as commands

    marked = asyncio.run(commands.found(_key(key), candidate, application, why, settings.load()))
    _tell({"delivered": int(marked)}, as_json=as_json)
    if not marked:
        raise typer.Exit(ExitCode.BAD_NEWS)


@app.command()
def distrust(
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 14, help="How far back the restored copy may be.")] = 24,
    *,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """After a restore from an older copy: look in the ATS before sending anything. See docs/restore.md."""
    from app.wiring import delivery_commands as commands

    number = asyncio.run(commands.distrust(hours * 3600, why, settings.load()))
    _tell({"looked_for_first": number}, as_json=as_json)


def _tell(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(result)
    else:
        err.print(", ".join(f"{name} {value}" for name, value in result.items()))


def _key(text: str) -> UUID:
    from app.wiring import delivery_commands as commands

    return asyncio.run(commands.key_of(text, settings.load())) or _not_there(text)


def _not_there(key: str) -> NoReturn:
    fail(f"no delivery {key}; `ats-sync deliveries list` shows them", ExitCode.NOT_FOUND)
