"""Chromium through Playwright: one process, pages that print; the only file that knows the library."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from render.browser_settings import BrowserSettings


class SlotBroken(Exception):  # noqa: N818 - a state, not a fault of the caller
    """A slot that can print no more; `reason` is crash, disconnect or print."""

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
)
_CANARY: Final = "<!DOCTYPE html><html lang=en><title>ready</title><p>ready</p></html>"


class ChromiumSlot:
    """A context with everything off, and its one page."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self._context = context
        self._page = page
        self._crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        page.on("crash", self._on_crash)

    @property
    def broken(self) -> bool:
        return self._crashed.done()

    async def pdf(self, html: str) -> bytes:
        printing = asyncio.ensure_future(self._print(html))
        either: set[asyncio.Future[Any]] = {printing, self._crashed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not printing.done():
                raise SlotBroken("crash")
            return printing.result()
        except PlaywrightError as exc:
            raise SlotBroken("crash" if self._crashed.done() else "print") from exc
        finally:
            await _stop(printing)

    async def close(self) -> None:
        with contextlib.suppress(PlaywrightError):  # the browser it lived in may have gone
            await self._context.close()

    async def _print(self, html: str) -> bytes:
        await self._page.set_content(html, timeout=0)
        return await self._page.pdf(tagged=True, outline=True, prefer_css_page_size=True, print_background=True)

    def _on_crash(self, _page: Page) -> None:
        if not self._crashed.done():
            self._crashed.set_result(None)


class ChromiumProcess:
    """A Chromium of our own, told from others by `mark`."""

    def __init__(self, browser: PlaywrightBrowser, mark: str) -> None:
        self._browser = browser
        self.mark = mark

    @property
    def version(self) -> str:
        return self._browser.version

    async def open(self) -> Slot:
        try:
            context = await self._browser.new_context(
                java_script_enabled=False, offline=True, accept_downloads=False, service_workers="block"
            )
            slot = ChromiumSlot(context, await context.new_page())
        except PlaywrightError as exc:
            raise SlotBroken("disconnect") from exc
        await slot.pdf(_CANARY)
        return slot

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
        try:
            if self._driver is None:
                self._driver = asyncio.ensure_future(async_playwright().start())
            driver = await asyncio.shield(self._driver)  # cut short, its process would stay behind
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
            raise SlotBroken("launch") from exc
        browser.on("disconnected", lambda _: gone())
        return ChromiumProcess(browser, mark)

    async def close(self) -> None:
        starting, self._driver = self._driver, None
        if starting is not None:
            with contextlib.suppress(PlaywrightError, OSError):
                await (await starting).stop()


async def _stop(task: asyncio.Future[bytes]) -> None:
    """Ends `task` and takes its outcome, so that nothing is reported later as never retrieved."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
