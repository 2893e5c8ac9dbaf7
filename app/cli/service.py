"""`ats-sync worker|demo|migrate|secret-key`: run the service, see it run, prepare its ledger."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from app import settings
from app.cli.output import err, misused, print_plain

ROLES: Final = frozenset({"ingest", "deliver", "console", "files"})


def register(app: typer.Typer) -> None:
    app.command()(worker)
    app.command()(demo)
    app.command()(migrate)
    app.command(name="secret-key")(secret_key)


def worker(
    role: Annotated[str, typer.Option(help="all, or a comma list of ingest, deliver, console, files.")] = "all",
) -> None:
    """Run the service until SIGTERM; each role scales alone.

    ingest scales by partitions, deliver by how many processes claim, console behind a load balancer. files hands out
    the PDFs that an ATS fetches by a link; all includes it where ATS_SYNC_PUBLIC_URL is set.
    A second process with the same settings is always safe. Kill it any way you like: nothing is lost or sent twice.
    """
    from app.wiring import worker as work

    loaded = settings.load()
    asyncio.run(work.run(loaded, _roles(role, public=bool(loaded.public_url))))


def _roles(text: str, *, public: bool) -> frozenset[str]:
    roles = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not roles or not roles <= ROLES | {"all"}:
        misused(f"--role: choose from all, {', '.join(sorted(ROLES))}")
    everything = ROLES if public else ROLES - {"files"}
    return everything if "all" in roles else roles


def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")] = False,
    applications: Annotated[int, typer.Option(min=200, max=5_000, help="How long the history is.")] = 240,
    seed: Annotated[int, typer.Option(help="Another seed, another history.")] = 7,
    kafka: Annotated[
        str | None, typer.Option(help="Use this broker (kafka://host:port), not the embedded one.")
    ] = None,
) -> None:
    """Run the whole service here on a believable history: broker, PostgreSQL, sandbox ATS, worker.

    Ends with a table per employer, three finished PDFs and the sandbox's page. The exit code is 0 only if every
    application ended as the history's own manifest says.
    """
    from app.demo.run import DemoOptions, run_demo

    raise typer.Exit(run_demo(DemoOptions(keep=keep, applications=applications, seed=seed, kafka=kafka)))


def migrate() -> None:
    """Create or upgrade the ledger's schema in ATS_SYNC_DATABASE_URL. Safe to repeat, safe while workers run."""
    from app.wiring import ledger

    asyncio.run(ledger.migrate(settings.load()))
    err.print("the ledger is up to date")


def secret_key() -> None:
    """Print a new key for ATS_SYNC_SECRET_KEY: it encrypts ATS credentials at rest."""
    from app.secrets import new_key

    print_plain(new_key())
