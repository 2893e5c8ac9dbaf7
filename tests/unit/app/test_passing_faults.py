"""Which of asyncpg's errors mean that the database is away for a while, and which a mistake of ours or of asyncpg's."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from app.delivery.work import LedgerAway
from app.ledger.pool import is_transient
from app.rounds import repeat
from schemas.errors import Fenced

# All without a class of their own were met at crashes and restarts of a real PostgreSQL.
PASSING = [
    ConnectionRefusedError(111, "Connect call failed"),
    ConnectionResetError(104, "Connection reset by peer"),
    ConnectionError("unexpected connection_lost() call"),
    TimeoutError(),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.CrashShutdownError("terminating connection because of crash of another server process"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InterfaceError("cannot perform operation: connection is closed"),
    asyncpg.InterfaceError("cannot call Transaction.__aexit__(): the underlying connection is closed"),
    asyncpg.InterfaceError("cannot call Connection.fetchval(): connection has been released back to the pool"),
    asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    LedgerAway("the database did not answer before the claim ran out"),
]
MISTAKES = [
    asyncpg.InternalClientError("cannot switch to state 12; another operation (16) is in progress"),
    asyncpg.InternalClientError("cannot switch to state 12; another operation (22) is in progress"),
    asyncpg.InternalClientError("could not resolve query result and/or argument types in 6 attempts"),
    asyncpg.InternalClientError("unknown error in protocol implementation"),
    asyncpg.InternalClientError("got result for unknown protocol state 3"),
    asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
    asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
    asyncpg.exceptions.DataError("invalid input for query argument $1: 'closed'"),
    asyncpg.UndefinedTableError('relation "delivery" does not exist'),
    asyncpg.InvalidPasswordError("password authentication failed"),
    Fenced("another worker owns this delivery"),
    KeyError("closed"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_a_database_that_is_away_for_a_while_is_a_passing_fault(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", MISTAKES, ids=repr)
def test_a_mistake_does_not_pass_by_itself(error: Exception) -> None:
    assert not is_transient(error)


async def test_a_round_in_which_the_ledger_went_away_is_only_delayed() -> None:
    """A round that renews log-ins is told so in our words; it ended the whole process."""
    stop, told = asyncio.Event(), []

    async def work() -> None:
        stop.set()
        raise LedgerAway("the database went away in a log-in: ConnectionRefusedError")

    await repeat(work, stop, every_s=60.0, tell=lambda event, fields: told.append((event, fields["error"])))
    assert told == [("round_delayed", "LedgerAway")]
