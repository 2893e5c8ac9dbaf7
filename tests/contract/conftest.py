"""The sandbox over real HTTP, and a transport to it, for whoever needs no settings of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.sandbox import Sandbox
from adapters.transport import Transport, TransportSettings, open_transport


@pytest.fixture
async def ats() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with open_transport(TransportSettings(total_s=20, upload_s=20)) as opened:
        yield opened


@pytest.fixture
async def hasty() -> AsyncIterator[Transport]:
    """Gives up soon, so that requests nobody answers do not hold the test; giving up too soon is one more fault."""
    async with open_transport(TransportSettings(total_s=0.4, upload_s=0.4)) as opened:
        yield opened
