"""Chromium, driven by its own protocol: one process, pages that print."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from render.browser_engine import Process, Slot, SlotBroken
from render.browser_processes import is_running, kill, tree
from render.browser_settings import BrowserSettings
from render.devtools import MOST_BYTES, DevTools, Nothing

# Descriptors 3 and 4 are where Chromium reads and writes its protocol.
_ONTO_PIPES: Final = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
_ARGUMENTS: Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-startup-window",
    # Beside CSP, JavaScript off and offline: pdf.md section 9. Every layer alone had a hole; together 0 of 96 vectors.
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--blink-settings=scriptEnabled=false",
    # Nothing of its own accord: no traffic, no crash dumps (a page is people's data), no questions.
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
    # The same on every machine, and at full speed although nobody looks.
    "--disable-back-forward-cache",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-dev-shm-usage",
    "--disable-field-trial-config",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-renderer-backgrounding",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--enable-begin-frame-control",  # none is asked for: a sixth of the time went there
)
_NO_SANDBOX: Final = b"No usable sandbox!"  # Chromium's own words on the way out
_LAST_WORDS_BYTES: Final = 64_000
# Of our surroundings the browser gets these and no secret.
_ENVIRONMENT: Final = (
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
    "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
)  # fmt: skip
_FOLDER: Final = "ats-sync-chromium-"
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
_PROOFS: Final = 20
_PROOF_PAUSE_S: Final = 0.05
# A page that is only set and printed never comes to rest, which is when Chromium tidies up: three pages held 430 MiB
# after 50 prints each, and hold 260 like this, for no measurable processor time.
_TIDY_EVERY: Final = 25


class _Version(msgspec.Struct, frozen=True):
    product: str


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
            refused = _NO_SANDBOX in await self._last_words
            raise SlotBroken("sandbox" if refused else "launch") from exc
        self.version = product.rpartition("/")[2]

    async def open(self) -> Slot:
        context = (await self._line.ask(_Context, "Target.createBrowserContext")).id
        page = (await self._line.ask(_Target, "Target.createTarget", url="about:blank", browserContextId=context)).id
        session = (await self._line.ask(_Session, "Target.attachToTarget", targetId=page, flatten=True)).id
        await self._line.ask(Nothing, "Inspector.enable", session)  # it tells of a crash
        await self._line.ask(Nothing, "Emulation.setScriptExecutionDisabled", session, value=True)
        await self._line.ask(Nothing, "Network.enable", session, maxTotalBufferSize=0, maxResourceBufferSize=0)
        await self._line.ask(Nothing, "Network.emulateNetworkConditions", session, **_OFFLINE)  # nothing unless enabled
        await self._line.ask(Nothing, "Browser.setDownloadBehavior", behavior="deny", browserContextId=context)
        slot = ChromiumSlot(self._line, context, page, session)
        await self._prove_offline(slot, session)
        return slot

    async def _prove_offline(self, slot: ChromiumSlot, session: str) -> None:
        """The process that loads hears of it on another way than of what to load, and may be late: seen when busy."""
        for _ in range(_PROOFS):
            failure = asyncio.ensure_future(self._line.next(_Failure, "Network.loadingFailed", session))
            try:
                await slot.pdf(_CANARY)
                if (await failure).error_text == _IS_OFFLINE:
                    return
            finally:
                failure.cancel()
            await asyncio.sleep(_PROOF_PAUSE_S)
        raise SlotBroken("online")

    async def close(self) -> None:
        with contextlib.suppress(SlotBroken):  # already gone
            await self._line.ask(Nothing, "Browser.close")
        await asyncio.shield(self.life)

    async def _live(self) -> None:
        try:
            await asyncio.gather(self._line.serve(), self._last_words, self._process.wait())
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)


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
        """Raises SlotBroken where no folder or no process can be had."""
        try:
            folder = await asyncio.to_thread(_own_folder)
        except OSError as exc:
            raise SlotBroken("launch") from exc
        mark = f"--ats-sync-browser={uuid.uuid4().hex}"
        sandbox = () if self._settings.sandbox else ("--no-sandbox",)
        command = (str(self._settings.executable), *_ARGUMENTS, *sandbox, f"--user-data-dir={folder}", mark)
        try:
            return ChromiumProcess(await _started(command), mark, folder)
        except BaseException as exc:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(exc, OSError):
                raise SlotBroken("launch") from exc
            raise


async def _started(command: tuple[str, ...]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        _ONTO_PIPES,
        "chromium",
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=MOST_BYTES,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        start_new_session=True,  # Ctrl-C at a terminal is for us: what is under way is printed first
    )


async def _end(browser: ChromiumProcess) -> None:
    await asyncio.to_thread(lambda: kill(tree(browser.mark)))
    await asyncio.shield(browser.life)


async def _end_of(words: asyncio.StreamReader) -> bytes:
    """The last of what is said there, once nobody can say more. It may name files, so it goes nowhere."""
    last = b""
    while more := await words.read(_LAST_WORDS_BYTES):
        last = (last + more)[-_LAST_WORDS_BYTES:]
    return last


def _own_folder() -> Path:
    """For one browser of this process. Those of processes that were killed are cleared away."""
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        owner = left.name.removeprefix(_FOLDER).partition("-")[0]
        if owner.isdigit() and not is_running(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
