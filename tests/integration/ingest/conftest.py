"""An intake on a database of its own, and the questions the tests ask of its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.intake.intake import Intake
from app.intake.judging import Rules
from app.ledger.intake import IngestLedger
from app.ledger.pool import Backoff, Pool, Row, open_pool
from streams.case import BackfillBudget
from tests.integration.ingest.history import Log, connection

_TO_DELIVERED = (
    "state = 'ready'",
    "state = 'sending', lease_owner = gen_random_uuid(), lease_until = now()",
    "state = 'delivered', lease_owner = null, lease_until = null, delivered_at = now()",
)


class Ledger:
    """The tables as a test sees them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def connect(self, **changes: Any) -> None:
        row = connection(**changes)
        await self.pool.execute(
            "insert into connection (name, employer_id, vendor, trigger, policy, credentials)"
            " values ($1, $2, $3, $4, $5, $6)",
            *(row[name] for name in ("name", "employer_id", "vendor", "trigger", "policy", "credentials")),
        )

    async def decision(self, application_id: str) -> tuple[str, str | None] | None:
        row = await self.pool.fetchrow(
            "select verdict, reason from application where application_id = $1", application_id
        )
        return (row["verdict"], row["reason"]) if row else None

    async def deliveries(self, application_id: str) -> list[tuple[str, str]]:
        rows = await self.pool.fetch(
            "select kind, state from delivery where application_id = $1 order by created_at", application_id
        )
        return [(row["kind"], row["state"]) for row in rows]

    async def value(self, query: str, *arguments: Any) -> Any:
        return await self.pool.fetchval(query, *arguments)

    async def rows(self, query: str, *arguments: Any) -> list[Row]:
        return await self.pool.fetch(query, *arguments)

    async def deliver(self, application_id: str, kind: str = "create") -> None:
        """What the delivery side writes until the ATS has it."""
        for change in _TO_DELIVERED:
            await self.pool.execute(
                f"update delivery set {change} where application_id = $1 and kind = $2 and state <> 'delivered'",  # noqa: S608
                application_id,
                kind,
            )


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    opened = await open_pool(database_url, size=8)
    yield opened
    await opened.close()


@pytest.fixture
def ledger(pool: Pool) -> Ledger:
    return Ledger(pool)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def ingest_ledger(pool: Pool) -> IngestLedger:
    return IngestLedger(pool, backoff=Backoff(first_s=0.01, cap_s=0.1))


@pytest.fixture
def intake(ingest_ledger: IngestLedger) -> Intake:
    return Intake(ingest_ledger, Rules())


@pytest.fixture
def small_budget(ingest_ledger: IngestLedger) -> Intake:
    """Backfills three applications of a job by itself."""
    return Intake(ingest_ledger, Rules(budget=BackfillBudget(max_applications=3)))


@pytest.fixture
def small_surge(ingest_ledger: IngestLedger) -> Intake:
    """Lets four creates an hour pass."""
    return Intake(ingest_ledger, Rules(surge_per_hour=4))
