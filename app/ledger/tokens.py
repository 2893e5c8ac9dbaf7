"""One connection's OAuth tokens on Postgres: sealed, shared by all processes, renewed by one of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from app.delivery.work import LedgerAway
from app.ledger.pool import Connection, Held, Pool, give_back, is_transient, unlock
from app.ledger.queries import query
from app.secrets import Secrets
from schemas.codec import decode, encode
from schemas.errors import ConfigError

_FILE: Final = "connections"
_POLL_S: Final = 0.1


class LedgerTokens:
    """See adapters.sessions.TokenStore. Make one per connection and process.

    `locks`: where to take the session from that is held while the ATS answers; a pool of its own keeps an ATS that
    hangs from using up the sessions of the others.
    """

    def __init__(self, *, pool: Pool, secrets: Secrets, connection: str, locks: Pool | None = None) -> None:
        self._pool = pool
        self._locks = locks or pool
        self._secrets = secrets
        self._connection = connection
        self._here = asyncio.Lock()
        self._held: Connection | None = None

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else, in any process, is inside for this connection. Raises LedgerAway, as all here does."""
        async with self._here:
            with _said_in_our_words():
                session = await self._locked()
            self._held = session
            try:
                yield
                with _said_in_our_words():
                    await session.execute(query(_FILE, "end_login"), self._connection)
            finally:
                self._held = None
                await self._give_back(session)

    async def load(self) -> Mapping[str, str] | None:
        """None where nothing is kept, or it was sealed with a key that is gone: then there is a new log-in."""
        with _said_in_our_words():
            sealed: bytes | None = await self._session.fetchval(query(_FILE, "load_token"), self._connection)
        if sealed is None:
            return None
        try:
            return dict(decode(self._secrets.open(sealed, bound_to=self._bound_to)))
        except ConfigError:
            return None

    async def save(self, tokens: Mapping[str, str], /) -> None:
        sealed = self._secrets.seal(encode(dict(tokens)), bound_to=self._bound_to)
        with _said_in_our_words():
            await self._session.execute(query(_FILE, "save_token"), self._connection, sealed)

    @property
    def _session(self) -> Connection | Pool:
        """The held one while inside: waiting for another could wait for ourselves."""
        return self._held or self._pool

    @property
    def _bound_to(self) -> str:
        return f"{self._connection}/tokens"

    async def _locked(self) -> Held:
        """Asks again rather than waits, so that a session is only kept by whoever is inside."""
        while True:
            session = await self._locks.acquire()
            try:
                if await session.fetchval(query(_FILE, "try_login"), self._connection):
                    return session
            except BaseException:
                await self._give_back(session)
                raise
            await give_back(self._locks, session)
            await asyncio.sleep(_POLL_S)

    async def _give_back(self, session: Held) -> None:
        """Whatever happened inside: the lock first, then the session."""
        try:
            await unlock(session)
        finally:
            await give_back(self._locks, session)


@contextmanager
def _said_in_our_words() -> Iterator[None]:
    """A log-in is part of a delivery, which must not be told that a database that is away is a fault of the program."""
    try:
        yield
    except Exception as exc:
        if is_transient(exc):
            raise LedgerAway(f"the database went away in a log-in: {type(exc).__name__}") from None
        raise
