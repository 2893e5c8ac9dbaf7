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
