"""The public listener: hands an ATS the PDF its link leads to, and tells nobody anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal, Protocol
from uuid import UUID

from aiohttp import web

from app.delivery.work import LedgerAway
from app.links import Links, Opened
from app.listening import listen

Outcome = Literal["fetched", "asked", "checked", "closed", "refused", "ledger_away"]

_AT_ONCE: Final = 16  # PDFs in memory: a link that leaked must not use up the process
_SEND_S: Final = 60.0
_STOP_S: Final = 5.0
_AGAIN_S: Final = 10
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Server": "ats-sync",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


class Pdfs(Protocol):
    async def find(self, key: UUID, *, fetched: bool) -> bytes | None:
        """None where there is none, or it is not to be had. Raises LedgerAway."""
        ...


class NoPdfs:
    """Where there is no ledger."""

    async def find(self, key: UUID, *, fetched: bool) -> bytes | None:  # noqa: ARG002 - the protocol's shape
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """`page`: what every link of a preflight leads to. `tell`: how each request ended."""

    links: Links
    pdfs: Pdfs
    page: bytes
    tell: Callable[[Outcome], None]
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What is forged, unknown, over or erased is the same 404, and only a genuine link asks the ledger."""
        opened = self.links.opened(request.rel_url.raw_path) if request.method in ("GET", "HEAD") else None
        if opened is None:
            return self._nothing("refused")
        async with self._room:
            try:
                content = await self._content(opened, fetched=request.method == "GET")
            except LedgerAway:
                return self._away()
            if content is None:
                return self._nothing("closed")
            self.tell("checked" if opened.purpose == "check" else "fetched" if request.method == "GET" else "asked")
            return await _sent(request, content, opened.file_name)

    async def _content(self, opened: Opened, *, fetched: bool) -> bytes | None:
        return self.page if opened.purpose == "check" else await self.pdfs.find(opened.key, fetched=fetched)

    def _nothing(self, outcome: Outcome) -> web.Response:
        self.tell(outcome)
        return web.Response(status=HTTPStatus.NOT_FOUND, headers=_HEADERS)

    def _away(self) -> web.Response:
        self.tell("ledger_away")
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={**_HEADERS, "Retry-After": str(_AGAIN_S)})


@asynccontextmanager
async def serve(address: tuple[str, int], files: Files) -> AsyncIterator[str]:
    """Serve links until the context ends; yields the base URL. Port 0 takes a free one. No request is ever logged.

    Raises ConfigError where the address cannot be had.
    """
    runner = web.ServerRunner(web.Server(files.answer, access_log=None), shutdown_timeout=_STOP_S)
    await runner.setup()
    try:
        yield await listen(runner, address, named="ATS_SYNC_FILES")
    finally:
        await runner.cleanup()


async def _sent(request: web.BaseRequest, content: bytes, file_name: str) -> web.Response:
    """The file, or a cut connection where the other side does not take it in time."""
    disposition = f'attachment; filename="{file_name}"'
    response = web.Response(
        body=content, content_type="application/pdf", headers={**_HEADERS, "Content-Disposition": disposition}
    )
    try:
        async with asyncio.timeout(_SEND_S):
            await response.prepare(request)
            await response.write_eof()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    return response
