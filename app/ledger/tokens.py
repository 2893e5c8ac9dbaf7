"""One connection's OAuth tokens on Postgres: sealed, shared by all processes, renewed by one of them at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from app.ledger.pool import Pool, persist
from app.ledger.queries import query
from app.secrets import Secrets
from schemas.codec import decode, encode
from schemas.errors import ConfigError

_FILE: Final = "connections"
_NAME: Final = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTokens:
    """See adapters.sessions.TokenStore."""

    pool: Pool
    secrets: Secrets
    connection: str

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else, in any process, is inside for this connection. Ends with the database session too."""
        async with self.pool.acquire() as session, session.transaction():
            await session.execute(query(_FILE, "alone"), self.connection)
            yield

    async def load(self) -> Mapping[str, str] | None:
        async def once() -> bytes | None:
            return await self.pool.fetchval(query(_FILE, "load_token"), self.connection, _NAME)

        sealed = await persist(once)
        if sealed is None:
            return None
        try:
            return dict(decode(self.secrets.open(sealed, bound_to=self._bound_to)))
        except ConfigError:  # sealed with a key that is gone: log in again
            return None

    async def save(self, tokens: Mapping[str, str], /) -> None:
        sealed = self.secrets.seal(encode(dict(tokens)), bound_to=self._bound_to)

        async def once() -> None:
            await self.pool.execute(query(_FILE, "save_token"), self.connection, _NAME, sealed)

        await persist(once)

    @property
    def _bound_to(self) -> str:
        return f"{self.connection}/{_NAME}"
