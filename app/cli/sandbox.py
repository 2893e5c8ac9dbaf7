"""`ats-sync sandbox serve`: the sandbox ATS alone, to point connections, adapters and curious people at."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.output import err
from schemas.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="The ATS that stands in for all of them, with their quirks and faults.")


@app.callback()
def group() -> None:
    """Keep `serve` a sub-command while it is the only one."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one and prints it.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
) -> None:
    """Serve until Ctrl-C. The page is at /, what arrived at /_sandbox/requests and /_sandbox/state.

    Faults: curl -X PUT localhost:8090/_sandbox/faults -d '{"*": {"rates": {"commit_then_timeout": 0.1}}}'
    """
    from adapters import sandbox

    def ready(url: str) -> None:
        err.print(f"the sandbox ATS listens at {url}: open it in a browser, Ctrl-C ends it", soft_wrap=True)

    try:
        sandbox.serve(port, host, ready=ready)
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise ConfigError(f"cannot listen on {host}:{port} ({reason}): choose another --port") from None
