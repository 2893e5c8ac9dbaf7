"""Resumes that come by address: only https, only from hosts on the list, never from a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from render.links import web_link
from render.parts import NoticeCode
from schemas.errors import AtsSyncError

Fetch = Callable[[str], Awaitable[bytes]]

_CHUNK: Final = 65_536
_TRANSLATED: Final = tuple(  # IPv6 addresses that lead to an IPv4 one: mapped, NAT64, Teredo, 6to4
    ipaddress.IPv6Network(network) for network in ("::ffff:0:0/96", "64:ff9b::/32", "2001::/32", "2002::/16")
)
_HTTPS_PORT: Final = 443
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_OK: Final = 200


class FetchRefused(AtsSyncError):  # noqa: N818 - it becomes a notice
    """An address that will not be used, now or later; `code` is the notice."""

    def __init__(self, code: NoticeCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class FetchFailed(AtsSyncError):  # noqa: N818 - named for what happened
    """The download did not work this time; it may work later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """`hosts`: exact names, or `.example.com` for a domain and all below it. Empty: nothing is downloaded."""

    hosts: tuple[str, ...] = ()
    size_bytes: int = 25_000_000
    total_s: float = 20.0
    port: int = 443
    tries: int = 2


def is_allowed(address: str, settings: FetchSettings) -> bool:
    """https, the one port, no user name, a host on the list, and a name rather than an IP address."""
    link = web_link(address)
    if link is None:
        return False
    parts = urlsplit(link)
    host = (parts.hostname or "").rstrip(".").lower()
    usual_port = (parts.port or _HTTPS_PORT) == settings.port
    return usual_port and not _is_ip(host) and any(_covers(one, host) for one in settings.hosts)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not private, loopback, link-local, metadata or multicast."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    hides_another = isinstance(found, ipaddress.IPv6Address) and any(found in network for network in _TRANSLATED)
    return found.is_global and not found.is_multicast and not hides_another


class PublicResolver(AbstractResolver):
    """Resolves once and connects to just those addresses, so that a name cannot change between check and use."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OSError when any of the addresses is not public."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        if not found or not all(is_public(str(entry[4][0])) for entry in found):
            raise OSError("the name leads to a private address")
        return [
            ResolveResult(
                hostname=host,
                host=str(entry[4][0]),
                port=port,
                family=entry[0],
                proto=entry[2],
                flags=socket.AI_NUMERICHOST,
            )
            for entry in found
        ]

    async def close(self) -> None:
        return None


class HttpsFetch:
    """`Fetch` over aiohttp. Redirects are not followed: a storage service signs addresses, it does not move them."""

    def __init__(
        self, settings: FetchSettings, *, resolver: AbstractResolver | None = None, trust: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._trust: ssl.SSLContext | bool = trust or True

    async def __call__(self, address: str) -> bytes:
        """The file. Raises FetchRefused (for good) or FetchFailed (this time); no address is in the text of either."""
        if not is_allowed(address, self._settings):
            raise FetchRefused("refused_address", "the resume's address is not https or not on the list of hosts")
        for attempt in range(self._settings.tries):
            try:
                return await self._download(address)
            except FetchFailed:
                if attempt + 1 == self._settings.tries:
                    raise
        raise FetchFailed("no attempt was allowed")

    async def _download(self, address: str) -> bytes:
        limit = aiohttp.ClientTimeout(total=self._settings.total_s)
        connector = aiohttp.TCPConnector(resolver=self._resolver or PublicResolver(), limit=1)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit, connector=connector, trust_env=False) as session,
                session.get(address, allow_redirects=False, ssl=self._trust) as response,
            ):
                _judge(response.status)
                return await self._body(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise FetchFailed(f"the resume could not be downloaded: {type(exc).__name__}") from None

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        received = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            received += chunk
            if len(received) > self._settings.size_bytes:
                raise FetchRefused("too_large", "the resume is larger than may be downloaded")
        return bytes(received)


def _judge(status: int) -> None:
    if status in _AGAIN:
        raise FetchFailed(f"the resume's host answered {status}")
    if status != _OK:
        raise FetchRefused("not_downloaded", f"the resume's host answered {status}")


def _covers(entry: str, host: str) -> bool:
    name = entry.lower().rstrip(".")
    return host == name.lstrip(".") or (name.startswith(".") and host.endswith(name))


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
