"""One connection's OAuth tokens on Postgres: sealed, shared by all processes, renewed by one of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

from app.ledger.pool import Pool, persist
from app.ledger.queries import query
from app.secrets import Secrets
from schemas.codec import decode, encode
from schemas.errors import ConfigError

_FILE: Final = "connections"
_LEASE_S: Final = 120.0  # longer than a log-in may take, so that a crash does not shut everybody out for long
_POLL_S: Final = 0.1


class LedgerTokens:
    """See adapters.sessions.TokenStore. Make one per connection and process."""

    def __init__(self, *, pool: Pool, secrets: Secrets, connection: str) -> None:
        self._pool = pool
        self._secrets = secrets
        self._connection = connection
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else, in any process, is inside for this connection; for at most two minutes after a crash inside."""
        async with self._here:
            owner = uuid4()
            while not await self._value("lease_login", owner, _LEASE_S):
                await asyncio.sleep(_POLL_S)
            try:
                yield
            finally:
                await self._value("end_login", owner)

    async def load(self) -> Mapping[str, str] | None:
        """None where nothing is kept, or it was sealed with a key that is gone: then there is a new log-in."""
        sealed = await self._value("load_token")
        if sealed is None:
            return None
        try:
            return dict(decode(self._secrets.open(sealed, bound_to=self._bound_to)))
        except ConfigError:
            return None

    async def save(self, tokens: Mapping[str, str], /) -> None:
        await self._value("save_token", self._secrets.seal(encode(dict(tokens)), bound_to=self._bound_to))

    @property
    def _bound_to(self) -> str:
        return f"{self._connection}/tokens"

    async def _value(self, name: str, *values: object) -> bytes | None:
        async def once() -> bytes | None:
            value: bytes | None = await self._pool.fetchval(query(_FILE, name), self._connection, *values)
            return value

        return await persist(once)
