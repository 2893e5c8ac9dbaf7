"""An address to listen on, or a sentence that says which setting names another."""

from __future__ import annotations

from aiohttp import web

from schemas.errors import ConfigError


async def listen(runner: web.BaseRunner, address: tuple[str, int], *, named: str) -> str:
    """The base URL it listens at; port 0 takes a free one.

    `named`: what its settings begin with. Raises ConfigError where the address is taken, not ours, or not allowed.
    """
    host, port = address
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise ConfigError(f"cannot listen on {host}:{port} ({reason}): check {named}_HOST and {named}_PORT") from None
    bound = runner.addresses[0]
    return f"http://{bound[0]}:{bound[1]}"
