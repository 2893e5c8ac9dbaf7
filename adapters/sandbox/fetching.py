"""What an ATS fetches by itself: the files behind the addresses in a request, from this machine and nowhere else."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import aiohttp

from adapters.sandbox.wire import Fetched

if TYPE_CHECKING:
    from adapters.sandbox.settings import SandboxSettings
    from adapters.sandbox.vendor import Vendor
    from adapters.sandbox.wire import Request

_MOST_ADDRESSES: Final = 10


async def with_files(vendor: Vendor, request: Request, settings: SandboxSettings) -> Request:
    """The request, and what lies behind each address that this vendor would fetch for it."""
    addresses = dict.fromkeys(list(vendor.addresses(request))[:_MOST_ADDRESSES])
    if not addresses:
        return request
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=settings.fetch_s)) as session:
        files = {address: await _fetched(session, address, settings.max_body_bytes) for address in addresses}
    return replace(request, files=files)


async def _fetched(session: aiohttp.ClientSession, address: str, limit_bytes: int) -> Fetched:
    """Redirects are not followed: they could lead away from this machine."""
    if not _is_here(address):
        return Fetched(why="the sandbox fetches from this machine only")
    try:
        async with session.get(address, allow_redirects=False) as reply:
            if reply.status != HTTPStatus.OK:
                return Fetched(why=f"HTTP {reply.status}")
            content = await _at_most(reply.content, limit_bytes)
    except TimeoutError:
        return Fetched(why="no answer in time")
    except (aiohttp.ClientError, ValueError):
        return Fetched(why="no connection")
    return Fetched(content=content) if content is not None else Fetched(why="too large")


async def _at_most(stream: aiohttp.StreamReader, limit_bytes: int) -> bytes | None:
    pieces, size = [], 0
    while piece := await stream.readany():
        size += len(piece)
        if size > limit_bytes:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _is_here(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False
