"""A storm of its own for each test, on a PostgreSQL that may be crashed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.embedded.postgres import running_postgres
from app.ledger.migrate import migrate
from tests.chaos.storm import Storm, storm_on


@pytest.fixture
async def storm(tmp_path: Path) -> AsyncIterator[Storm]:
    async with running_postgres() as postgres:
        url = await postgres.create_database("storm")
        migrate(url)
        async with storm_on(postgres, url, tmp_path) as one:
            yield one
