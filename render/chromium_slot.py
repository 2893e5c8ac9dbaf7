"""A page of Chromium's that sets, prints and loads nothing."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import msgspec

from render.browser_engine import SlotBroken
from render.devtools import DevTools, Nothing

_PRINT: Final[dict[str, object]] = {
    "generateTaggedPDF": True,
    "generateDocumentOutline": True,
    "preferCSSPageSize": True,
    "printBackground": True,
}
_OFFLINE: Final[dict[str, object]] = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
# RFC 6761: there is no such name, ever.
_CANARY: Final = "<!DOCTYPE html><html lang=en><title>ready</title><p>ready<img src=http://offline.invalid/></html>"
_IS_OFFLINE: Final = "net::ERR_INTERNET_DISCONNECTED"
# Requests for documents are stopped, and `DevTools` aborts them: a page that had left for one, if only for the page
# that says it cannot be had, made all of Chromium 156 end (SIGTRAP) at the next document with a frame in it.
_LEAVING: Final[dict[str, object]] = {"patterns": [{"urlPattern": "*", "resourceType": "Document"}]}
_PROOFS: Final = 20
_PROOF_PAUSE_S: Final = 0.05
# A page that is only set and printed never comes to rest, which is when Chromium tidies up: three pages held 430 MiB
# after 50 prints each, and hold 260 like this, for no measurable processor time.
_TIDY_EVERY: Final = 25


class _Context(msgspec.Struct, frozen=True, rename={"id": "browserContextId"}):
    id: str


class _Target(msgspec.Struct, frozen=True, rename={"id": "targetId"}):
    id: str


class _Session(msgspec.Struct, frozen=True, rename={"id": "sessionId"}):
    id: str


class _Failure(msgspec.Struct, frozen=True, rename="camel"):
    error_text: str


class _Printed(msgspec.Struct, frozen=True):
    data: bytes  # base64 on the line


class ChromiumSlot:
    """A context with everything off, and its one page."""

    def __init__(self, line: DevTools, context: str, page: str, session: str) -> None:
        self._line = line
        self._context = context
        self._page = page
        self._session = session
        self._prints = 0

    @property
    def broken(self) -> bool:
        return self._line.is_lost(self._session)

    async def pdf(self, html: str) -> bytes:
        # A page's main frame has the page's own id.
        await self._line.ask(Nothing, "Page.setDocumentContent", self._session, frameId=self._page, html=html)
        printed = await self._line.ask(_Printed, "Page.printToPDF", self._session, **_PRINT)
        self._prints += 1
        if self._prints % _TIDY_EVERY == 0:
            self._line.tell("HeapProfiler.collectGarbage", self._session)
        return printed.data

    async def close(self) -> None:
        with contextlib.suppress(SlotBroken):  # the browser it lived in may have gone
            await self._line.ask(Nothing, "Target.disposeBrowserContext", browserContextId=self._context)


async def opened(line: DevTools) -> ChromiumSlot:
    """A new page in a context of its own, proven to print and to be offline, or nothing. Raises SlotBroken."""
    context = (await line.ask(_Context, "Target.createBrowserContext")).id
    try:
        return await _opened_in(context, line)
    except BaseException:
        with contextlib.suppress(SlotBroken):  # it went with the browser
            line.tell("Target.disposeBrowserContext", browserContextId=context)
        raise


async def _opened_in(context: str, line: DevTools) -> ChromiumSlot:
    page = (await line.ask(_Target, "Target.createTarget", url="about:blank", browserContextId=context)).id
    session = (await line.ask(_Session, "Target.attachToTarget", targetId=page, flatten=True)).id
    await line.ask(Nothing, "Inspector.enable", session)  # it tells of a crash
    await line.ask(Nothing, "Emulation.setScriptExecutionDisabled", session, value=True)
    await line.ask(Nothing, "Network.enable", session, maxTotalBufferSize=0, maxResourceBufferSize=0)
    await line.ask(Nothing, "Network.emulateNetworkConditions", session, **_OFFLINE)  # nothing unless enabled
    await line.ask(Nothing, "Fetch.enable", session, **_LEAVING)
    await line.ask(Nothing, "Browser.setDownloadBehavior", behavior="deny", browserContextId=context)
    slot = ChromiumSlot(line, context, page, session)
    await _prove_offline(line, slot, session)
    return slot


async def _prove_offline(line: DevTools, slot: ChromiumSlot, session: str) -> None:
    """The process that loads hears of it on another way than of what to load, and may be late: seen when busy."""
    for _ in range(_PROOFS):
        failure = asyncio.ensure_future(line.next(_Failure, "Network.loadingFailed", session))
        try:
            await slot.pdf(_CANARY)
            if (await failure).error_text == _IS_OFFLINE:
                return
        finally:
            failure.cancel()
            await asyncio.gather(failure, return_exceptions=True)  # or it is reported as never retrieved
        await asyncio.sleep(_PROOF_PAUSE_S)
    raise SlotBroken("online")
