"""Where a storm happens: a broker that can be hurt, PostgreSQL, the sandbox ATS, topics, ledger and connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal

from adapters.sandbox import Plan, Sandbox, SandboxSettings, base_url, credentials
from app.embedded.broker import Broker, start_broker
from app.embedded.kafka import KafkaCluster, start_kafka
from app.embedded.postgres import Postgres, running_postgres
from app.ledger.connections import ConnectionStore
from app.ledger.migrate import migrate
from app.ledger.pool import Pool, open_pool
from app.secrets import new_key, secrets_from
from schemas.connection import ConnectionSpec, Policy
from streams.topics import CO_PARTITIONED, TOPICS
from tests.storm.fleet import plain_environment
from tests.storm.load import Account

Kafka = Literal["tansu", "apache1", "apache3"]
Log = Broker | KafkaCluster
DATABASE: Final = "storm"
PARTITIONS: Final = 6
PAUSE_S: Final = (5.5, 7.5)  # past the lease below
# Waits short enough to be met often. What is promised does not depend on them, only how long it takes.
QUICK: Final[Mapping[str, str]] = {
    "HTTP_TIMEOUT_S": "1.5",
    "UPLOAD_TIMEOUT_S": "3",
    "CONNECT_TIMEOUT_S": "1",
    "LEASE_S": "4.5",
    "SETTLE_S": "2",
    "LOOK_INTERVAL_S": "0.5",
    "RETRY_SCALE": "0.01",
    "RATE_SCALE": "1000",
    "DELIVER_SLOTS": "24",
    "STOP_GRACE_S": "10",
    "SESSION_TIMEOUT_S": "6",
    "REBALANCE_TIMEOUT_S": "6",
    "COMMIT_INTERVAL_S": "0.5",
    "AUDIT_INTERVAL_S": "2",
    "SURGE_PER_HOUR": "1000000",
    "BACKFILL_MAX_APPLICATIONS": "1000000",
    "TESTING": "true",
}
# Every fault that the sandbox knows and that a retry may follow, each well within `settle`: what P2 asks of `lookup`.
_RATES: Final = {
    "commit_then_timeout": 0.0075,
    "timeout_no_commit": 0.005,
    "hang": 0.0025,
    "commit_then_reset": 0.01,
    "commit_then_reset_in_body": 0.01,
    "reset_no_commit": 0.01,
    "500": 0.0075,
    "502": 0.005,
    "503": 0.005,
    "504": 0.005,
    "commit_then_500": 0.0075,
    "commit_then_502": 0.005,
    "commit_then_503": 0.0025,
    "commit_then_504": 0.005,
    "429": 0.01,
    "503_retry_after": 0.005,
    "late_commit": 0.005,
    "bad_body": 0.005,
    "html_body": 0.0025,
    "empty_body": 0.0025,
    "huge_body": 0.00025,
    "slow": 0.005,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`environment` is the whole one of every process of the service."""

    log: Log
    postgres: Postgres
    sandbox: Sandbox
    pool: Pool
    accounts: Sequence[Account]
    environment: Mapping[str, str]

    @property
    def bootstrap(self) -> str:
        return self.log.bootstrap

    @property
    def group(self) -> str:
        return self.environment["ATS_SYNC_CONSUMER_GROUP"]


def weather(accounts: Sequence[Account], seed: int, *, lag_s: float = 0.2) -> dict[str, Plan | list[Plan]]:
    """Misfortune for every account. A search index that lags belongs to the vendor that is only looked up."""
    found: dict[str, Plan | list[Plan]] = {}
    for number, account in enumerate(accounts):
        found[account.name] = Plan(
            seed=seed * 100 + number,
            rates=dict(_RATES),
            retry_after_s=0.3,
            late_commit_s=0.5,
            slow_s=0.7,
            hold_s=4.0,
            lookup_lag_s=lag_s if account.vendor == "greenhouse" else 0.0,
        )
    return found


@asynccontextmanager
async def place(
    accounts: Sequence[Account], *, kafka: Kafka = "tansu", settings: Mapping[str, str] | None = None
) -> AsyncIterator[Place]:
    """All servers up, topics made, ledger migrated, connections applied; all gone at the end."""
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(
            Sandbox(SandboxSettings(port=0, keep_bodies=False, keep_attachments=False))
        )
        log = await start_log(kafka)
        stack.push_async_callback(log.stop)
        postgres = await stack.enter_async_context(running_postgres())
        url = await postgres.create_database(DATABASE)
        await asyncio.gather(make_topics(log), asyncio.to_thread(migrate, url))
        pool = await stack.enter_async_context(await open_pool(url, size=4))
        secret_key = new_key()
        await _connect(pool, secret_key, sandbox.url, accounts)
        own = {"KAFKA_URL": log.url, "DATABASE_URL": url, "SECRET_KEY": secret_key, "CONSUMER_GROUP": "storm"}
        ours = {**QUICK, **own, **(settings or {})}
        environment = {**plain_environment(), **{f"ATS_SYNC_{name}": value for name, value in ours.items()}}
        yield Place(log=log, postgres=postgres, sandbox=sandbox, pool=pool, accounts=accounts, environment=environment)


async def start_log(kafka: Kafka) -> Log:
    """Raises ConfigError where Java or Maven is missing."""
    if kafka == "tansu":
        return await start_broker()
    return await start_kafka(nodes=3 if kafka == "apache3" else 1)


async def make_topics(log: Log) -> None:
    await log.create_topics({topic.name: PARTITIONS if topic.name in CO_PARTITIONED else 2 for topic in TOPICS})


async def _connect(pool: Pool, secret_key: str, url: str, accounts: Sequence[Account]) -> None:
    specs = [
        ConnectionSpec(
            name=account.name,
            employer_id=account.employer_id,
            vendor=account.vendor,
            base_url=base_url(url, account.vendor, account.name),
            credentials=credentials(account.vendor),
            trigger="engaged",
            policy=Policy(backfill_on_link="auto"),
        )
        for account in accounts
    ]
    await ConnectionStore(pool=pool, secrets=secrets_from(secret_key)).apply(specs)
