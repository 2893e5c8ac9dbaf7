"""Sends one call with limits on time and size: not connected is Transient, cut off is Unknown. Only here is aiohttp."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from adapters.base import Call, Reply
from schemas.errors import Permanent, Transient, Unknown

_LARGE_BYTES: Final = 2_000_000
_CHUNK_BYTES: Final = 65_536
_MAX_HEADER_BYTES: Final = 65_536  # a cursor in a Link may be long, and gateways add theirs
_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_FAILED: Final = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""ValueError: a host name the ATS gave us that cannot be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    connect_s: float = 5.0
    total_s: float = 30.0
    upload_s: float = 60.0  # for bodies over 2 MB
    reply_bytes: int = 5_000_000
    keepalive_s: float = 10.0  # below the usual idle limit of a load balancer, so that few POSTs meet a dead connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call goes. `trusted_host` is the host an operator named in the connection: only it may be private."""

    url: str
    headers: Mapping[str, str]
    trusted_host: str | None = None

    def __repr__(self) -> str:
        return "Target()"


class Transport:
    """One per process. Follows no redirects, keeps no cookies, never retries a write."""

    def __init__(self, session: aiohttp.ClientSession, resolver: GuardedResolver, settings: TransportSettings) -> None:
        self._session = session
        self._resolver = resolver
        self._settings = settings

    def limit_s(self, call: Call) -> float:
        """How long one call may take at most, connecting included."""
        return self._settings.upload_s if len(call.body) > _LARGE_BYTES else self._settings.total_s

    async def send(self, call: Call, target: Target) -> Reply:
        """Raises Transient (surely not sent), Unknown (may have been), Permanent (an address we refuse to call)."""
        url = self._address(call, target)
        sent = SimpleNamespace(begun=False)
        try:
            async with asyncio.timeout(self.limit_s(call)):
                return await self._exchange(call, url, target.headers, sent)
        except _NEVER_SENT as exc:
            raise Transient(f"{call.step}: could not connect ({type(exc).__name__})") from exc
        except _FAILED as exc:
            failed = Unknown if sent.begun else Transient
            raise failed(f"{call.step}: {type(exc).__name__}") from exc

    async def _exchange(self, call: Call, url: URL, headers: Mapping[str, str], sent: SimpleNamespace) -> Reply:
        async with self._session.request(
            call.method,
            url,
            data=call.body or None,
            headers=headers,
            allow_redirects=False,
            trace_request_ctx=sent,
        ) as response:
            body = await self._whole(call, response.content)
            return Reply(
                status=response.status,
                headers=_lower(response.headers.items()),
                body=body,
                step=call.step,
            )

    async def _whole(self, call: Call, content: aiohttp.StreamReader) -> bytes:
        body = bytearray()
        async for chunk in content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._settings.reply_bytes:
                raise Unknown(f"{call.step}: a reply larger than {self._settings.reply_bytes} bytes")
        return bytes(body)

    def _address(self, call: Call, target: Target) -> URL:
        try:
            url = URL(target.url).extend_query(list(call.query)) if call.query else URL(target.url)
            host = url.host
        except ValueError:
            host = None
        if host is None or url.scheme not in {"http", "https"}:
            raise Permanent(f"{call.step}: not an address that can be called", code="bad_address")
        if host == target.trusted_host or (_is_loopback(host) and _is_loopback(target.trusted_host or "")):
            self._resolver.trusted.add(host)
        elif url.scheme != "https" or _is_private(host):
            raise Permanent(
                f"{call.step}: an address outside the connection must be public and https", code="bad_address"
            )
        return url


class GuardedResolver(AbstractResolver):
    """Names that resolve to private addresses are not found, unless an operator named the host in a connection."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()
        self.trusted: set[str] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allowed = [address for address in found if host in self.trusted or not _is_private(address["host"])]
        if not allowed:
            raise OSError(None, "resolves to private addresses only")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()


@asynccontextmanager
async def open_transport(settings: TransportSettings | None = None) -> AsyncIterator[Transport]:
    """The one HTTP session of this process."""
    settings = settings or TransportSettings()
    resolver = GuardedResolver()
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_note_begun)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver, keepalive_timeout=settings.keepalive_s, limit=0),
        timeout=aiohttp.ClientTimeout(total=None, connect=settings.connect_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[tracing],
        trust_env=False,
        max_field_size=_MAX_HEADER_BYTES,
        headers={"User-Agent": "ats-sync"},
        skip_auto_headers=("Content-Type",),
    ) as session:
        # aiohttp sends a PUT or DELETE again when a kept connection turns out dead; in some ATS a PUT creates.
        session._retry_connection = False  # noqa: SLF001 - there is no public switch; a test holds it
        yield Transport(session, resolver, settings)


def _lower(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """By lower-case name; the last where one comes twice, but all lines of Link: each may hold another relation."""
    told = list(headers)
    links = [value for name, value in told if name.lower() == "link"]
    return {name.lower(): value for name, value in told} | ({"link": ", ".join(links)} if links else {})


async def _note_begun(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
    """Told right before the first byte leaves: what fails earlier was surely not sent."""
    context.trace_request_ctx.begun = True


def _is_loopback(host: str) -> bool:
    """Names this machine; a mock here may call itself by address or by name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
