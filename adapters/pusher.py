"""One connection's ATS, ready to be pushed to: adapter, transport and log-in together, within the claim's deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from adapters.base import AtsAdapter, Call, Finding, Reply, Session
from adapters.driver import ask, drive
from adapters.findings import in_words
from adapters.pacing import Limits, limits_told
from adapters.sessions import MemoryTokens, Now, Sessions, TokenStore, utc_now
from adapters.transport import Target, Transport
from schemas.delivery import Delivery, Receipt
from schemas.errors import DeliveryError, Transient, Unauthorized
from schemas.journal import Journal, Kept
from schemas.vendor import VendorFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSeen:
    """Evidence of one call: no address, no body, no person. `status` is None where no answer came."""

    step: str
    method: str
    status: int | None = None
    took_s: float = 0.0
    limits: Limits | None = None
    fault: str | None = None  # the kind of DeliveryError the transport raised


def unwatched(_seen: CallSeen) -> None:
    """For callers that want no evidence."""


async def free_of_charge() -> float:
    """For callers that make a few calls by hand."""
    return 0.0


Toll = Callable[[], Awaitable[float]]  # 0: the call may go; else in how many seconds to ask again
_PATIENCE_S: Final = 10.0  # a slot is held meanwhile; who must wait longer gives it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Passed in, so that tests do not wait."""

    monotonic: Callable[[], float] = time.monotonic
    now: Now = utc_now


class VendorPusher:
    """The Pusher of app/ports.py for one connection. Keep one per connection and process: it holds the session."""

    def __init__(  # noqa: PLR0913 - all that a connection has around it, each with its plain default
        self,
        adapter: AtsAdapter,
        transport: Transport,
        *,
        tokens: TokenStore | None = None,
        watch: Callable[[CallSeen], None] = unwatched,
        toll: Toll = free_of_charge,
        clock: Clock | None = None,
    ) -> None:
        self._adapter = adapter
        self._transport = transport
        self._watch = watch
        self._toll = toll
        self._clock = clock or Clock()
        self._sessions = Sessions(adapter.auth(), tokens or MemoryTokens(), self._clock.now)
        self._held_until = 0.0

    @property
    def facts(self) -> VendorFacts:
        return self._adapter.facts

    async def push(self, delivery: Delivery, journal: Journal, *, deadline: float) -> Receipt:
        """Run the delivery's flow from where its journal stands; see app.ports.Pusher."""
        return await drive(self._adapter, delivery, lambda call: self._send(call, deadline), journal)

    async def find(self, delivery: Delivery, step: str, *, deadline: float) -> Kept | None:
        """What `step` left behind, asked of the ATS; None: nothing. Raises Unknown where it cannot be asked."""
        return await ask(self._adapter.find(delivery, step), lambda call: self._send(call, deadline))

    async def check(self, ats_job_id: str | None = None, *, limit_s: float = 120.0) -> tuple[Finding, ...]:
        """Preflight, reading only. What stops it is a finding too."""
        deadline = self._clock.monotonic() + limit_s
        try:
            return await ask(self._adapter.check(ats_job_id), lambda call: self._send(call, deadline))
        except DeliveryError as exc:
            what = "credentials" if isinstance(exc, Unauthorized) else "reach the ATS"
            said, remedy = in_words(exc)
            return (Finding(what=what, ok=False, detail=said, remedy=remedy),)

    async def stay_logged_in(self, *, limit_s: float = 120.0) -> None:
        """Log in again where the present token has ended: some ATS forget a log-in that is not renewed in time.

        Raises DeliveryError; nothing but the log-in is called.
        """
        deadline = self._clock.monotonic() + limit_s
        await self._sessions.current(lambda login: self._exchange(login, None, deadline))

    async def _send(self, call: Call, deadline: float) -> Reply:
        if not call.signed:
            return await self._exchange(call, None, deadline)

        async def unsigned(login: Call) -> Reply:
            return await self._exchange(login, None, deadline)

        session = await self._sessions.current(unsigned)
        reply = await self._exchange(call, session, deadline)
        if reply.status != HTTPStatus.UNAUTHORIZED or session is None:
            return reply
        # A 401 was not applied, so the same call may be made again with another token; once.
        session = await self._sessions.after_refusal(session, unsigned)
        return await self._exchange(call, session, deadline)

    async def _exchange(self, call: Call, session: Session | None, deadline: float) -> Reply:
        self._may_begin(call, deadline)
        if call.signed:
            await self._pay(call, deadline)
        target = self._target(call, session)
        began = self._clock.monotonic()
        try:
            reply = await self._transport.send(call, target)
        except DeliveryError as exc:
            took_s = self._clock.monotonic() - began
            self._watch(CallSeen(step=call.step, method=call.method, took_s=took_s, fault=exc.kind))
            raise
        took_s = self._clock.monotonic() - began
        limits = limits_told(reply.headers, at=self._clock.now().timestamp())
        if limits is not None and call.signed:
            self._held_until = self._clock.monotonic() + limits.wait_s
        self._watch(CallSeen(step=call.step, method=call.method, status=reply.status, took_s=took_s, limits=limits))
        return reply

    def _may_begin(self, call: Call, deadline: float) -> None:
        """Raises Transient: nothing was sent."""
        at = self._clock.monotonic()
        if at + self._transport.limit_s(call) > deadline:
            raise Transient(f"{call.step}: no time left under this claim")
        if call.signed and at < self._held_until:
            wait_s = self._held_until - at
            raise Transient(f"{call.step}: the rate window is used up", retry_after_s=wait_s, throttled=True)

    async def _pay(self, call: Call, deadline: float) -> None:
        """Charge the account's bucket for one call, waiting a little. Raises Transient: nothing was sent."""
        patient_until = self._clock.monotonic() + _PATIENCE_S
        while (wait_s := await self._toll()) > 0:
            if self._clock.monotonic() + wait_s > patient_until:
                raise Transient(f"{call.step}: the rate is used up", retry_after_s=wait_s, throttled=True)
            await asyncio.sleep(wait_s)
            self._may_begin(call, deadline)

    def _target(self, call: Call, session: Session | None) -> Target:
        base = self._adapter.base_url
        headers: Mapping[str, str] = call.headers
        if call.signed:
            base = followed(base, session)
            headers = {**call.headers, **self._adapter.auth().headers(call, session, self._clock.now())}
        url = call.path if "://" in call.path else under(base, call.path)
        return Target(url=url, headers=headers, trusted_host=urlsplit(self._adapter.base_url).hostname)


def under(base_url: str, path: str) -> str:
    """`path` below the base's own path, before its query; an empty path is the base itself."""
    parts = urlsplit(base_url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path)) if path else base_url


def followed(base_url: str, session: Session | None) -> str:
    """Where to send calls when a log-in named another base: only to the same server, or to a host of the same domain.

    Regional API hosts share the vendor's domain; a connection whose base URL was set by an operator stays there.
    """
    told = None if session is None else session.base_url
    if not told:
        return base_url
    try:
        ours, theirs = urlsplit(base_url), urlsplit(told)
    except ValueError:
        return base_url
    same_server = ours.netloc == theirs.netloc and ours.scheme == theirs.scheme
    regional = theirs.scheme == "https" and _domain(ours.hostname) == _domain(theirs.hostname) is not None
    return told if same_server or regional else base_url


def _domain(host: str | None) -> str | None:
    """The last two labels of a name; None for an address or a bare name."""
    labels = (host or "").split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 and not labels[-1].isdigit() else None
