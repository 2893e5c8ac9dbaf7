"""Chromium through Playwright: one process, pages that print; the only file that knows the library."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, CDPSession, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from render.browser_settings import BrowserSettings

Done = TypeVar("Done")


class SlotBroken(Exception):  # noqa: N818 - a state, not a fault of the caller
    """A slot that can print no more, or a browser that does not start.

    `reason` is crash, disconnect or print; at the start driver, sandbox or launch.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Slot(Protocol):
    """A warm page. Not shared: one print at a time."""

    @property
    def broken(self) -> bool:
        """It crashed while it was free: not to be used."""

    async def pdf(self, html: str) -> bytes:
        """The printed document. Raises SlotBroken; may never return (the caller holds the deadline)."""

    async def close(self) -> None:
        """Frees the renderer, also in the middle of a print. Never raises."""


class Process(Protocol):
    """One running browser."""

    @property
    def mark(self) -> str:
        """An argument that only this browser's processes carry."""

    @property
    def version(self) -> str: ...

    async def open(self) -> Slot:
        """A new warm page. Raises SlotBroken."""

    async def close(self) -> None:
        """Asks the browser to end. Never raises."""


class Engine(Protocol):
    """Starts browsers; what the pool's tests replace."""

    async def launch(self, gone: Callable[[], None]) -> Process:
        """A running browser; `gone` is called once if it ends by itself. Raises SlotBroken."""

    async def close(self) -> None: ...


# Beside CSP, JavaScript off and offline: pdf.md section 9. Every layer alone had a hole; together 0 of 96 vectors.
_ARGUMENTS: Final = (
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--blink-settings=scriptEnabled=false",
    "--font-render-hinting=none",
    "--enable-begin-frame-control",  # none is asked for: a sixth of the time went there
)
_NO_SANDBOX: Final = "No usable sandbox!"  # Chromium's own words, among what Playwright quotes of them
_CANARY: Final = "<!DOCTYPE html><html lang=en><title>ready</title><p>ready</p></html>"


_PRINT: Final = {
    "generateTaggedPDF": True,
    "generateDocumentOutline": True,
    "preferCSSPageSize": True,
    "printBackground": True,
    "transferMode": "ReturnAsBase64",
}


class ChromiumSlot:
    """A context with everything off, and its one page.

    Set and printed by Chromium's own protocol: the same bytes as by Playwright's `set_content` and `pdf`, for a fifth
    less processor time, because nothing is written by script or read back in pieces.
    """

    def __init__(self, context: BrowserContext, page: Page, line: CDPSession, frame: str) -> None:
        self._context = context
        self._line = line
        self._frame = frame
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        page.on("crash", lambda _: self.lost("crash"))

    @property
    def broken(self) -> bool:
        return self._lost.done()

    def lost(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)

    async def pdf(self, html: str) -> bytes:
        return await _unless(self._lost, self._print(html), fault="print")

    async def close(self) -> None:
        with contextlib.suppress(PlaywrightError):  # the browser it lived in may have gone
            await self._context.close()

    async def _print(self, html: str) -> bytes:
        await self._line.send("Page.setDocumentContent", {"frameId": self._frame, "html": html})
        answer = await self._line.send("Page.printToPDF", _PRINT)
        return base64.b64decode(answer["data"])


class ChromiumProcess:
    """A Chromium of our own, told from others by `mark`."""

    def __init__(self, browser: PlaywrightBrowser, mark: str) -> None:
        self._browser = browser
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        browser.once("disconnected", lambda _: self._lost.set_result("disconnect"))
        self.mark = mark

    @property
    def version(self) -> str:
        return self._browser.version

    async def open(self) -> Slot:
        slot = await _unless(self._lost, self._opened(), fault="disconnect")
        self._lost.add_done_callback(lambda lost: slot.lost(lost.result()))
        await slot.pdf(_CANARY)
        return slot

    async def _opened(self) -> ChromiumSlot:
        context = await self._browser.new_context(
            java_script_enabled=False, offline=True, accept_downloads=False, service_workers="block"
        )
        page = await context.new_page()
        line = await context.new_cdp_session(page)
        frame: str = (await line.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        return ChromiumSlot(context, page, line, frame)

    async def close(self) -> None:
        with contextlib.suppress(PlaywrightError):  # already gone
            await self._browser.close()


class ChromiumEngine:
    """Playwright's driver, started with the first browser and kept."""

    def __init__(self, settings: BrowserSettings) -> None:
        self._settings = settings
        self._driver: asyncio.Future[Playwright] | None = None

    async def launch(self, gone: Callable[[], None]) -> Process:
        mark = f"--ats-sync-browser={uuid.uuid4().hex}"
        driver = await self._started()
        try:
            browser = await driver.chromium.launch(
                executable_path=self._settings.executable,
                chromium_sandbox=self._settings.sandbox,
                args=[*_ARGUMENTS, mark],
                timeout=self._settings.start_s * 1_000,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        except PlaywrightError as exc:
            await self.close()  # the driver itself may be what broke
            raise SlotBroken("sandbox" if _NO_SANDBOX in str(exc) else "launch") from exc
        browser.on("disconnected", lambda _: gone())
        return ChromiumProcess(browser, mark)

    async def close(self) -> None:
        starting, self._driver = self._driver, None
        if starting is not None:
            with contextlib.suppress(Exception):  # it never started, or its process is gone
                await (await starting).stop()

    async def _started(self) -> Playwright:
        """The driver. Raises SlotBroken where its process ends at once, as it does without a library it needs."""
        if self._driver is None:
            self._driver = asyncio.ensure_future(async_playwright().start())
        try:
            return await asyncio.shield(self._driver)  # cut short, its process would stay behind
        except Exception as exc:  # Playwright has no class of its own for it
            self._driver = None
            raise SlotBroken("driver") from exc


async def _unless(lost: asyncio.Future[str], work: Coroutine[Any, Any, Done], *, fault: str) -> Done:
    """The outcome of `work`. Raises SlotBroken with `fault`, or at once with why its page is lost.

    The protocol's line does not end what waits for an answer when the browser is gone.
    """
    working = asyncio.ensure_future(work)
    either: set[asyncio.Future[Any]] = {working, lost}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise SlotBroken(lost.result())
        return working.result()
    except PlaywrightError as exc:
        raise SlotBroken(lost.result() if lost.done() else fault) from exc
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)  # or its outcome is reported as never retrieved
