"""The command line: thin commands over the rest of app/; `main` is what `ats-sync` runs."""

from __future__ import annotations

import sys
import traceback
from typing import Final

import typer

from app.cli import (
    connections,
    conservation,
    dead_letters,
    decide,
    deliveries,
    explain,
    holds,
    issues,
    pdf,
    publish,
    record,
    replay,
    sandbox,
    service,
    vendors,
    what_if,
)
from app.cli.output import ExitCode, fail
from schemas.errors import AtsSyncError, ConfigError, NotThere, Unreachable

HELP: Final = """Carry every qualified FactoryFix application into the employer's own ATS, once, with its profile PDF.

Start here:  **ats-sync demo** shows everything on this machine, nothing installed by hand.

Ask why:  **ats-sync explain APPLICATION_ID** or **ats-sync decide --connections FILE EVENTS.jsonl**

Operate:  **ats-sync worker --role ingest,deliver** and **ats-sync deliveries list --state dead**

Settings come from the environment as ATS_SYNC_*: docs/configuration.md. Exit codes: 0 done; 1 done, and the answer is
bad news; 2 wrong usage; 3 wrong configuration; 4 not found; 5 a service we need cannot be reached.
"""

app = typer.Typer(
    name="ats-sync",
    add_completion=False,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # a traceback with locals would print people's data
    context_settings={"help_option_names": ["-h", "--help"]},
)
service.register(app)
app.add_typer(connections.app, name="connection")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(holds.app, name="holds")
app.add_typer(dead_letters.app, name="dead-letters")
explain.register(app)
issues.register(app)
decide.register(app)
what_if.register(app)
conservation.register(app)
replay.register(app)
record.register(app)
publish.register(app)
app.add_typer(vendors.app, name="vendors")
app.add_typer(pdf.app, name="pdf")
app.add_typer(sandbox.app, name="sandbox")


def main() -> None:
    """Run a command; our own errors become one line on stderr and an exit code, never a traceback."""
    try:
        _run()
    except NotThere as exc:
        fail(str(exc), ExitCode.NOT_FOUND)
    except ConfigError as exc:
        fail(str(exc), ExitCode.CONFIG)
    except Unreachable as exc:
        fail(str(exc), ExitCode.UNAVAILABLE)
    except AtsSyncError as exc:
        fail(str(exc), ExitCode.BAD_NEWS)
    except OSError as exc:
        fail(*_refused(exc))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as exc:  # noqa: BLE001 - a traceback's last line may quote people's data
        fail(f"a fault of our own: {_place(exc)}; please report it", ExitCode.BAD_NEWS)


def _run() -> None:
    """A task group wraps what one of its tasks raises: what a person must hear is inside."""
    try:
        app()
    except BaseExceptionGroup as group:
        inner: BaseException = group
        while isinstance(inner, BaseExceptionGroup) and len(inner.exceptions) == 1:
            inner = inner.exceptions[0]
        raise inner from None


def _refused(exc: OSError) -> tuple[str, ExitCode]:
    """The file or folder that this machine refused, if that is what happened; else a service that is away."""
    if exc.filename is not None:
        return f"{exc.filename}: {exc.strerror}", ExitCode.CONFIG
    return f"cannot reach a service this needs ({type(exc).__name__}): check ATS_SYNC_*_URL", ExitCode.UNAVAILABLE


def _place(exc: Exception) -> str:
    frames = traceback.extract_tb(exc.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(exc).__name__}{where}"
