"""An address that cannot be had is a setting to change, not a service that is away."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from aiohttp import web

from app import health
from app.listening import listen
from schemas.errors import ConfigError
from tests.unit.app.test_health import no_metrics


@pytest.fixture
def taken() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()


async def test_a_port_that_somebody_else_has_names_its_setting(taken: tuple[str, int]) -> None:
    """Two workers of one machine have the same one by default."""
    with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{taken[1]} \(.*ATS_SYNC_HTTP_PORT"):
        async with health.serve(taken, live={}, ready={}, metrics=no_metrics):
            pass


async def test_an_address_that_is_not_this_machines_names_its_setting() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    try:
        with pytest.raises(ConfigError, match=r"192\.0\.2\.1:8081 \(.*ATS_SYNC_FILES_HOST"):
            await listen(runner, ("192.0.2.1", 8081), named="ATS_SYNC_FILES")
    finally:
        await runner.cleanup()
