"""What a database error says to the person at the keyboard: which setting, which command; never a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from schemas.errors import AtsSyncError, ConfigError, Unreachable

SETTING: Final = "ATS_SYNC_DATABASE_URL"
_CONFIG: Final = (
    (
        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError),
        "the database does not let us in: check the user and the password in {named}",
    ),
    ((asyncpg.InvalidCatalogNameError,), "the database that {named} names does not exist on its server: create it"),
    (
        (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError),
        "the ledger's tables are not there, or older than this program: run `ats-sync migrate`",
    ),
    (
        (asyncpg.InsufficientPrivilegeError,),
        "the database's user in {named} may not do this: let it own the schema ats_sync",
    ),
    (
        (asyncpg.exceptions.ClientConfigurationError,),
        "{named} is not of the form postgresql://user:password@host:port/name",
    ),
)
_AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)


def told(exc: BaseException, url: str, named: str = SETTING) -> AtsSyncError | None:
    """The error to show instead; None where it is none of the database's. `named`: what its address was given by."""
    for cause in _causes(exc):
        for kinds, words in _CONFIG:
            if isinstance(cause, kinds):
                return ConfigError(words.format(named=named))
        if isinstance(cause, _AWAY):
            return Unreachable(f"the database at {_place(url)} does not answer ({type(cause).__name__}): check {named}")
    return None


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from: Alembic's wrap the driver's."""
    while exc is not None:
        yield exc
        exc = exc.__cause__


def _place(url: str) -> str:
    """Host and port alone: what stands before them is a password."""
    parts = urlsplit(url)
    try:
        port = parts.port or 5432
    except ValueError:
        return "its address"
    return f"{parts.hostname or 'localhost'}:{port}"
