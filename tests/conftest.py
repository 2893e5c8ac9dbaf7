"""Shared fixtures: real servers started when first wanted, and an own database for each test."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from app.embedded.broker import Broker, start_broker
from app.embedded.postgres import Postgres, start_postgres

pytest_plugins = ["pytester", "tests.leak_checks", "tests.folder_counts", "tests.machine_limits", "tests.two_cores"]

_TEMPLATE = "ats_sync_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One broker for all tests: give topics and consumer groups a name of their own with `unique`."""
    server = asyncio.run(start_broker())
    yield server
    asyncio.run(server.stop())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests. A test that kills PostgreSQL starts its own with `running_postgres`."""
    server = asyncio.run(start_postgres())
    yield server
    asyncio.run(server.stop())


@pytest.fixture(scope="session")
def template_database(postgres: Postgres) -> str:
    """A database at the newest schema, to be copied and never connected to."""
    # Late, so that tests without the ledger do not load it.
    from app.ledger.migrate import migrate  # noqa: PLC0415

    migrate(asyncio.run(postgres.create_database(_TEMPLATE)))
    return _TEMPLATE


@pytest.fixture
def database_url(postgres: Postgres, template_database: str) -> Iterator[str]:
    """The URL of a fresh database at the newest schema, dropped afterwards."""
    yield from _own_database(postgres, template_database)


@pytest.fixture
def empty_database_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh database with nothing in it, dropped afterwards."""
    yield from _own_database(postgres, None)


@pytest.fixture
def unique() -> str:
    """A name no other test has, for topics and consumer groups on the shared broker."""
    return f"test-{next(_numbers)}"


def _own_database(postgres: Postgres, template: str | None) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    yield asyncio.run(postgres.create_database(name, template=template))
    asyncio.run(postgres.drop_database(name))
