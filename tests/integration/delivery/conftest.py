"""One bench per test, on a database of its own, and the public listener on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.ledger.links import LinkedPdfs
from app.links import OPEN_AFTER_S
from tests.integration.delivery.parts import Bench, bench_on
from tests.integration.delivery.public import FETCHES, Internet, served


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[Bench]:
    async with bench_on(database_url) as one:
        yield one


@pytest.fixture
async def internet(bench: Bench) -> AsyncIterator[Internet]:
    """The bench's ATS fetches its PDFs from here on."""
    bench.pusher.facts = FETCHES
    async with served(LinkedPdfs(pool=bench.pool, open_after_s=OPEN_AFTER_S)) as opened:
        bench.links = opened.links
        yield opened
