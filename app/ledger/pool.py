"""Opens the ledger's connection pool, and repeats an operation while the database is only passingly unwell."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg

from app.delivery.work import LedgerAway
from schemas.codec import decode, encode

SCHEMA: Final = "ats_sync"
_JSONB_VERSION: Final = b"\x01"  # the one version byte of jsonb's binary form
_T = TypeVar("_T")

# Quoted: asyncpg's classes are generic for type checkers only.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Held: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

_TRANSIENT: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InsufficientResourcesError,  # too many clients, disk or memory full
    asyncpg.OperatorInterventionError,  # shutting down, crash recovery, cannot connect now, statement time-out
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is being promoted
    asyncpg.IdleInTransactionSessionTimeoutError,
    OSError,
    TimeoutError,
    LedgerAway,  # one of these, in our own words
)

_OF_DATA: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)

# asyncpg has no class for a session that ended under us. The second is what one of a pool says, which takes it back by
# itself; the third what one says whose server has said farewell unasked and not hung up yet: its protocol then is in
# state 2, in which it reads on until it may be used again. In any other state that error is a mistake.
_ENDED: Final = {
    asyncpg.InterfaceError: ("closed", "released back to the pool"),
    asyncpg.InternalClientError: ("another operation (2) is in progress",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long `persist` waits between two tries: doubling from `first_s` to `cap_s`, each +-20 %."""

    first_s: float = 0.05
    cap_s: float = 5.0

    def after(self, failures: int) -> float:
        return min(self.cap_s, self.first_s * 2.0 ** min(failures, 30)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


class _Session(asyncpg.Connection):
    """Comes back to its pool without a reset: that is a round trip of its own after every statement.

    Nothing here changes a session's settings; who takes a lock of a session gives it back with `unlock`. What is left
    of a transaction is rolled back all the same.
    """

    def get_reset_query(self) -> str:
        return ""


async def unlock(session: Held) -> None:
    """Gives back every lock of this session; where that cannot be said, the session ends, and its locks with it."""
    try:
        await session.execute("select pg_advisory_unlock_all()")
    except Exception:  # noqa: BLE001 - the session is gone, or goes now
        _end(session)
    except BaseException:
        _end(session)
        raise


async def give_back(pool: Pool, session: Held) -> None:
    """To its pool. One that ended by itself may be there already, which asyncpg takes for a mistake of its own."""
    with contextlib.suppress(asyncpg.InternalClientError):
        await pool.release(session)


def _end(session: Held) -> None:
    with contextlib.suppress(asyncpg.InterfaceError):  # it ended by itself, and its pool has let go of it
        session.terminate()


async def open_pool(url: str, *, size: int, statement_timeout_s: float = 30.0) -> Pool:
    """A pool whose sessions look in our schema, speak JSON as Python values and give up a statement in time.

    A `bytes` given for a jsonb parameter is taken as JSON that is encoded already. Raises OSError or a
    PostgresError when the database cannot be reached: callers that may wait go through `persist`.
    """
    return await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        init=_prepare,
        connection_class=_Session,
        command_timeout=statement_timeout_s + 5,
        timeout=10,
        server_settings={
            "search_path": SCHEMA,
            "statement_timeout": str(int(statement_timeout_s * 1000)),
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "UTC",
            "application_name": "ats-sync",
        },
    )


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary"
    )


def _to_jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + (value if isinstance(value, bytes) else encode(value))


def _from_jsonb(data: bytes) -> Any:
    return decode(data[1:])


async def answered(pool: Pool, *, within_s: float) -> None:
    """Returns when the database has answered. Raises what asyncpg raises, or TimeoutError, by 3 x `within_s`.

    A session that does not answer is ended after that. Merely cancelled, asyncpg would wait for the server to agree: as
    long as any statement may take, where the server stands still.
    """
    async with pool.acquire(timeout=within_s) as session:  # and to give it back
        await session.fetchval("select 1", timeout=within_s)


def is_transient(exc: BaseException) -> bool:
    """Whether the same operation may succeed later without anybody changing it."""
    if isinstance(exc, _TRANSIENT):
        return True
    # Subclasses are our own mistakes.
    return any(words in str(exc) for words in _ENDED.get(type(exc), ()))


def is_of_data(exc: BaseException) -> bool:
    """Whether what was to be written cannot be held, such as a NUL in a text or a key too long for its index."""
    return isinstance(exc, _OF_DATA)


async def persist(
    operation: Callable[[], Awaitable[_T]],
    *,
    backoff: Backoff | None = None,
    on_fault: Callable[[BaseException, int], None] | None = None,
) -> _T:
    """`operation`'s result, however long the database is away; any other error is raised at once.

    The operation must be one whole transaction or a read: after a lost connection it runs again from the start.
    """
    pause, failures = backoff or Backoff(), 0
    while True:
        try:
            return await operation()
        except Exception as exc:
            if not is_transient(exc):
                raise
            failures += 1
            if on_fault:
                on_fault(exc, failures)
        await asyncio.sleep(pause.after(failures - 1))
