"""Live, ready and metrics over HTTP; aiohttp in app/ is imported here, in files.py, listening.py and the console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from app.listening import listen
from app.metrics import CONTENT_TYPE

Check = Callable[[], Awaitable[str | None]]  # None: fine; else what is wrong, in words without people's data


@asynccontextmanager
async def serve(
    address: tuple[str, int],
    *,
    live: Mapping[str, Check],
    ready: Mapping[str, Check],
    metrics: Callable[[], Awaitable[bytes]],
    console: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[str]:
    """Serve /livez, /readyz, /metrics and perhaps the console until the context ends; yields the base URL.

    Port 0 takes a free one. Raises ConfigError where the address cannot be had.
    """
    app = web.Application()
    if console:
        console(app)

    async def exposition(_: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers={"Content-Type": CONTENT_TYPE})

    app.router.add_get("/livez", _answer(live))
    app.router.add_get("/readyz", _answer(ready))
    app.router.add_get("/metrics", exposition)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        yield await listen(runner, address, named="ATS_SYNC_HTTP")
    finally:
        await runner.cleanup()


def _answer(checks: Mapping[str, Check]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_: web.Request) -> web.Response:
        found = dict(zip(checks, await asyncio.gather(*(check() for check in checks.values())), strict=True))
        body = {name: fault or "ok" for name, fault in found.items()}
        return web.json_response(body, status=503 if any(found.values()) else 200)

    return handler
