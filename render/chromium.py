"""Chromium, driven by its own protocol: one process, pages that print."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from render.browser_engine import Process, Slot, SlotBroken
from render.browser_settings import BrowserSettings
from render.chromium_slot import opened
from render.chromium_start import clear_folders, own_folder, started
from render.devtools import DevTools, Nothing

_NO_SANDBOX: Final = b"No usable sandbox!"  # Chromium's own words on the way out
_LAST_WORDS_BYTES: Final = 64_000


class _Version(msgspec.Struct, frozen=True):
    product: str


class ChromiumProcess:
    """A Chromium of our own, told from others by `mark`."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str, folder: Path) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise TypeError("the browser's pipes are not piped")
        self.mark = mark
        self.version = ""
        self._process = process
        self._folder = folder
        self._line = DevTools(process.stdout, process.stdin)
        self._last_words = asyncio.create_task(_end_of(process.stderr))
        self.life = asyncio.create_task(self._live())
        """Over when nothing is left of it."""

    @property
    def hung_up(self) -> asyncio.Future[None]:
        """Done as soon as it has gone, whoever ended it."""
        return self._line.closed

    async def greet(self) -> None:
        """Waits until it answers. Raises SlotBroken with sandbox or launch when it ends instead."""
        try:
            product = (await self._line.ask(_Version, "Browser.getVersion")).product
        except SlotBroken as exc:
            refused = _NO_SANDBOX in await asyncio.shield(self._last_words)  # part of its life, also if we give up
            raise SlotBroken("sandbox" if refused else "launch") from exc
        self.version = product.rpartition("/")[2]

    async def open(self) -> Slot:
        return await opened(self._line)

    async def close(self) -> None:
        with contextlib.suppress(SlotBroken):  # already gone
            await self._line.ask(Nothing, "Browser.close")
        await asyncio.shield(self.life)

    def kill(self) -> None:
        if not self.life.done():  # afterwards its number may be another's
            with contextlib.suppress(OSError):  # nobody is left of the group
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _live(self) -> None:
        try:
            await asyncio.gather(self._talk(), self._last_words, self._process.wait())
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _talk(self) -> None:
        if not await self._line.serve():
            self.kill()  # nobody reads what it still says, and it would never end


class ChromiumEngine:
    """Starts browsers, and ends what is left of them."""

    def __init__(self, settings: BrowserSettings) -> None:
        self._settings = settings
        self._running: set[ChromiumProcess] = set()

    async def launch(self, gone: Callable[[], None]) -> Process:
        browser = await self._started()
        self._running.add(browser)
        browser.life.add_done_callback(lambda _: self._running.discard(browser))
        try:
            await browser.greet()
        except BaseException:
            await _end(browser)
            raise
        browser.hung_up.add_done_callback(lambda _: gone())
        return browser

    async def close(self) -> None:
        await asyncio.gather(*map(_end, self._running))

    async def _started(self) -> ChromiumProcess:
        """Raises SlotBroken where no folder, no thread or no process can be had."""
        try:
            await asyncio.to_thread(clear_folders)
            folder = own_folder()  # in no thread, which would make it even after we were cancelled
        except (OSError, RuntimeError) as exc:  # the latter where no thread can be had
            raise SlotBroken("launch") from exc
        mark = f"--ats-sync-browser={uuid.uuid4().hex}"
        try:
            return ChromiumProcess(await started(self._settings, mark, folder), mark, folder)
        except BaseException as exc:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(exc, OSError):
                raise SlotBroken("launch") from exc
            raise


async def _end(browser: ChromiumProcess) -> None:
    browser.kill()
    await asyncio.shield(browser.life)


async def _end_of(words: asyncio.StreamReader) -> bytes:
    """The last of what is said there, once nobody can say more. It may name files, so it goes nowhere."""
    last = b""
    while more := await words.read(_LAST_WORDS_BYTES):
        last = (last + more)[-_LAST_WORDS_BYTES:]
    return last
