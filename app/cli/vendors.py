"""`ats-sync vendors`: what each ATS can do, where we know it from, and whether a server of yours agrees."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app import settings
from app.cli.output import AsJson, ExitCode, fail, finding_rows, list_findings, listing, misused, print_json
from schemas.codec import decode
from schemas.errors import BadEvent, ConfigError

app = typer.Typer(no_args_is_help=True, help="The ATS this service speaks to, as capability cards.")

_COLUMNS = ("vendor", "capability", "dedupe_key", "attach_level", "max_pdf_bytes", "update", "erase", "read_back")


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List every ATS with what it can do."""
    from app.wiring.cards import cards

    listing(cards(), _COLUMNS, as_json=as_json, title="vendors")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A vendor's name, as `list` prints it.")], *, as_json: AsJson = False
) -> None:
    """Show one ATS: what it can do, its credentials' fields, and the pages these facts come from."""
    from app.wiring.cards import cards

    found = next((card for card in cards() if card["vendor"] == name), None)
    if found is None:
        fail(f"no vendor {name!r}; `ats-sync vendors list` shows them", ExitCode.NOT_FOUND)
    if as_json:
        print_json(found)
    else:
        fields = [{"field": field, "value": value} for field, value in found.items()]
        listing(fields, ("field", "value"), as_json=False, title=name)


@app.command(name="try")
def try_(
    name: Annotated[str, typer.Argument(help="A vendor's name, as `list` prints it.")],
    *,
    credentials: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="A JSON object with the fields `show` names.")
    ],
    base_url: Annotated[str | None, typer.Option(help="Your mock, proxy or sandbox instead of the vendor.")] = None,
    job: Annotated[str | None, typer.Option(help="The ATS's own job id.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Also create, update and remove a synthetic candidate.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run one adapter against any server, without a ledger, and list every call it made.

    Exit code 1 if anything is wrong. For a connection that is set up, use `connection check`.
    """
    from app.wiring.trying import Aim, try_vendor

    if write and not job:
        misused("--write needs --job: the id of an open job to try it on")
    aim = Aim(vendor=name, credentials=_fields(credentials), base_url=base_url, ats_job_id=job, write=write)
    findings, calls = asyncio.run(try_vendor(aim, settings.load()))
    made = [{"step": one.step, "method": one.method, "status": one.status, "fault": one.fault} for one in calls]
    if as_json:
        print_json({"findings": finding_rows(findings), "calls": made})
    else:
        list_findings(findings, title=name)
        listing(made, ("step", "method", "status", "fault"), as_json=False, title="calls")
    if not all(one.ok for one in findings):
        raise typer.Exit(ExitCode.BAD_NEWS)


def _fields(path: Path) -> dict[str, str]:
    try:
        given = decode(path.read_bytes())
    except BadEvent:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ConfigError(f"{path} must hold a JSON object of texts")
    return given
