"""`ats-sync vendors`: what each ATS can do, and where we know it from."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.output import AsJson, ExitCode, fail, listing, print_json

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
