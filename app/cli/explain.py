"""`ats-sync explain`: why one application is where it is, from the first event to what the ATS said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from app import settings
from app.cli.output import AsJson, ExitCode, cell, fail, out, print_json

Row = Mapping[str, Any]


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(
    application_id: Annotated[str, typer.Argument(help="FactoryFix's application id.")], *, as_json: AsJson = False
) -> None:
    """Say why an application is where it is: gates, their inputs, the events behind them, what is missing, the ATS.

    Exit code 4 if no record of it was ever seen.
    """
    found = asyncio.run(_explain(application_id))
    if found is None:
        fail(f"no record of application {application_id!r} was ever seen", ExitCode.NOT_FOUND)
    if as_json:
        print_json(found)
    else:
        out.print(_page(application_id, found))


async def _explain(application_id: str) -> dict[str, Any] | None:
    from app.explaining import Explainer
    from app.wiring import ledger
    from app.wiring.offline import budget_of

    loaded = settings.load()
    async with ledger.overview(loaded) as overview:
        return await Explainer(overview, budget_of(loaded)).explain(application_id)


def _page(application_id: str, found: Row) -> Group:
    application = found["application"] or {}
    return Group(
        _headline(application_id, application),
        Text(" ".join(text for text in (found["answer"], found["next"]) if text)),
        _gates(found["gates"]),
        _table("events", found["application_events"], ("at", "kind", "summary", "topic", "partition", "offset")),
        _table("refused records", found["application_refusals"], ("seen_at", "code", "path", "reason")),
        _table(
            "deliveries", found["application_deliveries"], ("kind", "state", "reason", "attempts", "receipt", "key")
        ),
        *(Text(f"{row['last_code']}: {row['meaning']}") for row in _unsaid(found)),
        _table("steps", found["delivery_steps"], ("step", "state", "kept", "looks", "started_at", "finished_at")),
        _table("attempts", found["delivery_attempts"], ("started_at", "op", "class", "code", "remote_id", "applied")),
        _table("moves", found["delivery_moves"], ("at", "from_state", "to_state", "reason")),
    )


def _unsaid(found: Row) -> Iterable[Row]:
    """Deliveries whose code has words that the answer has not said already."""
    return (row for row in found["application_deliveries"] if row["meaning"] and row["meaning"] not in found["answer"])


def _headline(application_id: str, application: Row) -> Text:
    text = Text(f"{application_id}  ", style="bold")
    text.append(f"{application.get('verdict') or 'HOLD'}", style="bold cyan")
    text.append(f"  {application.get('reason') or ''}  ")
    text.append(
        f"{application.get('connection') or 'no connection'}, job {application.get('job_id') or '?'}", style="dim"
    )
    return text


def _gates(gates: Iterable[Row]) -> Table:
    table = Table(title="gates", title_justify="left", header_style="bold", show_edge=False)
    for column in ("", "gate", "reason", "inputs", "missing"):
        table.add_column(column, overflow="fold")
    for gate in gates:
        mark = Text("ok", style="green") if gate["passed"] else Text("no", style="red")
        inputs = ", ".join(f"{name}={cell(value)}" for name, value in gate.get("inputs", {}).items())
        table.add_row(mark, gate["name"], gate.get("reason") or "", Text(inputs), Text(gate.get("missing") or ""))
    return table


def _table(title: str, rows: list[Row], columns: tuple[str, ...]) -> Table | Text:
    if not rows:
        return Text(f"{title}: none", style="dim")
    table = Table(title=title, title_justify="left", header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row.get(column))) for column in columns))
    return table
