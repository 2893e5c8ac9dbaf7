"""Keeps one connection logged in: one log-in at a time, tokens kept before they are used, renewed after a 401."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from adapters.base import Auth, Call, LogIn, Reply, Session
from schemas.errors import Transient, Unauthorized, Unknown

_EARLY: Final = timedelta(seconds=60)  # a token is renewed before it can end in the middle of a call
Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class TokenStore(Protocol):
    """One connection's tokens, encrypted at rest and shared by all processes.

    A single-use refresh token must never be used twice: the holder of `alone()` is the only one, in any process, that
    may log in; it loads, logs in and saves before the new token is used. What remains: a crash after the ATS answered
    and before `save` loses the new refresh token. Then the next log-in is refused and the connection pauses
    (Unauthorized) until a person connects it again; no delivery is lost or doubled by it.
    """

    def alone(self) -> AbstractAsyncContextManager[None]: ...

    async def load(self) -> Mapping[str, str] | None: ...

    async def save(self, tokens: Mapping[str, str], /) -> None: ...


class MemoryTokens:
    """For one process: preflight, tests, and vendors whose log-in can be repeated at will."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._tokens: Mapping[str, str] | None = None

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._lock:
            yield

    async def load(self) -> Mapping[str, str] | None:
        return self._tokens

    async def save(self, tokens: Mapping[str, str], /) -> None:
        self._tokens = tokens


class Sessions:
    """The present session of one connection; None for an auth that needs none."""

    def __init__(self, auth: Auth, store: TokenStore, now: Now = utc_now) -> None:
        self._auth = auth
        self._store = store
        self._now = now
        self._session: Session | None = None

    async def current(self, send: Callable[[Call], Awaitable[Reply]]) -> Session | None:
        """A session that lasts for another minute. Raises Unauthorized where the ATS refuses the credentials.

        Raises Transient where it cannot be told how the log-in went: nothing else was sent.
        """
        if self._usable(self._session):
            return self._session
        return await self._renewed(None, send)

    async def after_refusal(self, refused: Session, send: Callable[[Call], Awaitable[Reply]]) -> Session:
        """Another session than the one the ATS just answered 401 to. Raises Unauthorized."""
        session = await self._renewed(refused, send)
        if session is None:
            raise Unauthorized("the ATS refused the credentials")
        return session

    async def _renewed(self, refused: Session | None, send: Callable[[Call], Awaitable[Reply]]) -> Session | None:
        if self._auth.log_in(None, self._now()) is None:
            return None
        async with self._store.alone():
            kept = self._kept(await self._store.load())
            if kept is not None and self._usable(kept) and (refused is None or kept.token != refused.token):
                self._session = kept
                return kept
            flow = self._auth.log_in(kept, self._now())
            if flow is None:
                return None
            try:
                session = await self._logged_in(flow, send)
            except Unknown as exc:  # of the log-in: what it was for was not sent
                raise Transient(str(exc)) from exc
            await self._keep(session)
            self._session = session
            return session

    async def _logged_in(self, flow: LogIn, send: Callable[[Call], Awaitable[Reply]]) -> Session:
        try:
            following = next(flow)
            while True:
                if isinstance(following, Session):
                    await self._keep(following)
                    following = flow.send({})
                else:
                    following = flow.send(following.read(await send(following)))
        except StopIteration as ended:
            session: Session = ended.value
            return session

    async def _keep(self, session: Session) -> None:
        await self._store.save(_as_text(session, self._auth.fingerprint))

    def _usable(self, session: Session | None) -> bool:
        return session is not None and (session.expires_at is None or session.expires_at > self._now() + _EARLY)

    def _kept(self, tokens: Mapping[str, str] | None) -> Session | None:
        """None where nothing is kept, or where it belongs to credentials an operator has since replaced."""
        if tokens is None or tokens.get("for") != self._auth.fingerprint:
            return None
        session = Session(
            token=tokens["token"], refresh_token=tokens.get("refresh_token"), base_url=tokens.get("base_url")
        )
        expires_at = tokens.get("expires_at")
        return session if expires_at is None else replace(session, expires_at=datetime.fromisoformat(expires_at))


def _as_text(session: Session, fingerprint: str) -> Mapping[str, str]:
    tokens = {
        "for": fingerprint,
        "token": session.token,
        "refresh_token": session.refresh_token,
        "expires_at": None if session.expires_at is None else session.expires_at.isoformat(),
        "base_url": session.base_url,
    }
    return {name: value for name, value in tokens.items() if value is not None}
