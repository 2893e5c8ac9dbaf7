"""`ats-sync connection`: set up, list, show, check, pause and resume the employers' links to their ATS."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app import settings
from app.cli.output import (
    AsJson,
    ExitCode,
    err,
    finding_rows,
    list_findings,
    listing,
    misused,
    print_array,
    print_json,
)
from schemas.codec import decode, encode
from schemas.connection import ConnectionSpec, parse_specs
from schemas.errors import BadEvent, ConfigError

app = typer.Typer(no_args_is_help=True, help="Employers' links to their ATS: vendor, credentials, trigger and policy.")

_COLUMNS = ("name", "employer_id", "vendor", "trigger", "state", "pause_reason", "gate")
_NAME = Annotated[str, typer.Argument(help="The connection's name.")]


@app.command()
def apply(
    file: Annotated[str, typer.Argument(help="A JSON list of connections, or - for standard input.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Create or change every connection of FILE, all of them or none. Others stay as they are.

    Each entry: name, employer_id, vendor, credentials, trigger (engaged or new); optional: base_url, policy.
    A missing or invalid trigger is refused, never defaulted.
    """
    _apply(parse_specs(_read(file)), as_json=as_json)


@app.command()
def add(
    name: _NAME,
    *,
    employer_id: Annotated[str, typer.Option(help="FactoryFix's employer id.")],
    vendor: Annotated[str, typer.Option(help="One of `ats-sync vendors list`.")],
    trigger: Annotated[str, typer.Option(help="engaged (recommended) or new.")],
    credentials: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="A JSON object; a file keeps them out of `ps`.")
    ],
    base_url: Annotated[str | None, typer.Option(help="Instead of the vendor's own, such as a sandbox.")] = None,
    policy: Annotated[str, typer.Option(help='A JSON object, such as {"settle_seconds": 0}.')] = "{}",
    as_json: AsJson = False,
) -> None:
    """Create or change one connection."""
    entry: dict[str, Any] = {
        "name": name,
        "employer_id": employer_id,
        "vendor": vendor,
        "trigger": trigger,
        "credentials": _json(credentials.read_bytes(), f"--credentials {credentials}"),
        "policy": _json(policy.encode(), "--policy"),
    }
    if base_url:
        entry["base_url"] = base_url
    _apply(parse_specs(encode([entry])), as_json=as_json)


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List connections with their health. Credentials are never shown."""
    listing(asyncio.run(_rows(None)), _COLUMNS, as_json=as_json, title="connections")


@app.command()
def show(name: _NAME, *, as_json: AsJson = False) -> None:
    """Show one connection with its policy, health and gate."""
    from app.ledger.connections import no_connection

    rows = asyncio.run(_rows(name))
    if not rows:
        raise no_connection(name)
    if as_json:
        print_json(rows[0])
    else:
        fields = [{"field": field, "value": value} for field, value in rows[0].items()]
        listing(fields, ("field", "value"), as_json=False, title=f"connection {name}")


@app.command()
def check(
    name: _NAME,
    *,
    job: Annotated[str | None, typer.Option(help="The ATS's own job id to look at.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Also try a synthetic candidate on --job.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the ATS: credentials, permissions, the job, the source. Exit code 1 if anything is wrong.

    Reads only, unless --write: then a synthetic candidate is created on --job, read back, and removed again where the
    ATS allows it; where it does not, the last line says what to remove by hand.
    """
    from app.wiring import connecting

    if write and not job:
        misused("--write needs --job: the ATS's own id of an open job to try it on")
    loaded = settings.load()
    findings = asyncio.run(connecting.check(name, job, loaded))
    if write and job:
        findings += asyncio.run(connecting.try_out(name, job, loaded, after=findings))
    if as_json:
        print_array(finding_rows(findings))
    else:
        list_findings(findings, title=f"connection {name}")
    if not all(found.ok for found in findings):
        raise typer.Exit(ExitCode.BAD_NEWS)


@app.command()
def pause(name: _NAME, reason: Annotated[str, typer.Option(help="Written down with the action.")] = "") -> None:
    """Send nothing more to this ATS until `resume`; its work waits."""
    from app.wiring import connecting

    asyncio.run(connecting.pause(name, reason, settings.load()))
    err.print(f"{name} is paused")


@app.command()
def resume(
    name: _NAME,
    *,
    include_old: Annotated[bool, typer.Option(help="Also what has waited for more than 14 days (A38).")] = False,
    reason: Annotated[str, typer.Option(help="Written down with the action.")] = "",
) -> None:
    """Let a paused connection send again, the newest first."""
    from app.wiring import connecting

    resumed = asyncio.run(connecting.resume(name, reason, settings.load(), include_old=include_old))
    err.print(f"{name}: {resumed.resumed} go on, {resumed.waiting} are older than 14 days and wait for --include-old")


@app.command(name="reopen-job")
def reopen_job(
    name: _NAME,
    job: Annotated[str, typer.Argument(help="FactoryFix's id of the job, as `explain` shows it.")],
    reason: Annotated[str, typer.Option(help="Written down with the action.")] = "",
) -> None:
    """The ATS takes applications for this job again: what it had refused as closed goes on (A37).

    A `jobs` record that says open does the same by itself.
    """
    from app.wiring import connecting

    number = asyncio.run(connecting.reopen_job(name, job, reason, settings.load()))
    err.print(f"{name}, {job}: {number} go on")


def _apply(specs: list[ConnectionSpec], *, as_json: bool) -> None:
    from app.wiring import connecting

    changed = asyncio.run(connecting.apply(specs, settings.load()))
    rows = [{"name": name, "change": change} for name, change in changed.items()]
    listing(rows, ("name", "change"), as_json=as_json, title="connections")


async def _rows(name: str | None) -> list[dict[str, Any]]:
    from app.wiring import ledger

    async with ledger.overview(settings.load()) as overview:
        return await overview.connections(name)


def _json(data: bytes, what: str) -> Any:
    try:
        return decode(data)
    except BadEvent:
        raise ConfigError(f"{what}: not a JSON object") from None


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as exc:
        raise ConfigError(f"cannot read {file}: {exc.strerror}") from None
