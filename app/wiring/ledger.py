"""The ledger as commands use it: opened for one question and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.ledger import trouble
from app.ledger.migrate import migrate as bring_up_to_date
from app.ledger.overview import Overview
from app.ledger.pool import Pool, open_pool
from app.settings import Settings


@asynccontextmanager
async def pool(settings: Settings, *, named: str = trouble.SETTING) -> AsyncIterator[Pool]:
    """A small pool. Raises Unreachable or ConfigError, in words, for what the database has against us.

    `named`: what its address was given by, for those words.
    """
    try:
        async with await open_pool(settings.database_url, size=2) as opened:
            await opened.fetchval("select 1")  # most of what follows would wait for a database that is away
            yield opened
    except Exception as exc:
        if (shown := trouble.told(exc, settings.database_url, named)) is not None:
            raise shown from exc
        raise


async def migrate(settings: Settings) -> None:
    """Create or upgrade the schema. Raises what `pool` does."""
    async with pool(settings):
        await asyncio.to_thread(bring_up_to_date, settings.database_url)


@asynccontextmanager
async def overview(settings: Settings) -> AsyncIterator[Overview]:
    async with pool(settings) as opened:
        yield Overview(opened)
