"""The ledger as commands use it: opened for one question and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.ledger.overview import Overview
from app.ledger.pool import Pool, open_pool
from app.settings import Settings


@asynccontextmanager
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    """A small pool. Raises OSError when the database cannot be reached."""
    opened = await open_pool(settings.database_url, size=2)
    async with opened:
        yield opened


@asynccontextmanager
async def overview(settings: Settings) -> AsyncIterator[Overview]:
    async with pool(settings) as opened:
        yield Overview(opened)
