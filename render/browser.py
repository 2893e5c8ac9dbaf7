"""The supervised pool that turns HTML into PDF: one warm Chromium, a few slots, every failure bounded and repaired."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

from render.browser_engine import Engine, SlotBroken
from render.browser_keeper import Keeper
from render.browser_settings import BrowserCounters, BrowserSettings
from render.browser_shelf import Held, Shelf
from render.chromium import ChromiumEngine
from schemas.errors import RenderError

__all__ = ["Browser", "BrowserCounters", "BrowserSettings"]

_FRESH_S: Final = 30.0
_START_FAULTS: Final = {
    "launch": "Chromium does not start: make setup says what it lacks",
    "online": "Chromium does not take its pages off the network: is it a version that was never tried here?",
    "sandbox": (
        "this kernel refuses Chromium's sandbox, as containers and Ubuntu do: allow user namespaces (for Docker: "
        "deploy/chromium-seccomp.json), or set ATS_SYNC_CHROMIUM_SANDBOX=false where resumes are trusted"
    ),
}


class Browser:
    """`async with Browser(settings) as browser: await browser.print_pdf(html)`.

    Starting is in the background and repeated until it works; `healthy()` tells. At most `slots` documents print at
    once, `slots * queue_per_slot` wait, more are refused with RenderError `queue_full`. Leaving ends what is under way.
    """

    def __init__(
        self,
        settings: BrowserSettings,
        *,
        engine: Engine | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._shelf = Shelf()
        self._counts: Counter[str] = Counter()
        self._printed_at_s = -_FRESH_S
        self._keeper = Keeper(settings, engine or ChromiumEngine(settings), self._shelf, clock, self._counts)

    async def __aenter__(self) -> Self:
        self._keeper.start(self._canary)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._keeper.stop()

    @property
    def version(self) -> str:
        """Of the Chromium that was started last: its version is part of what the bytes depend on."""
        return self._keeper.version

    def healthy(self) -> bool:
        """A document was printed in the last 30 s (planned and unplanned restarts included), or a warm slot is free."""
        return self._clock() - self._printed_at_s < _FRESH_S or (self._keeper.alive and bool(self._shelf.free))

    def fault(self) -> str | None:
        """What to do about it when no browser is there, None while `healthy()`."""
        return None if self.healthy() else _START_FAULTS.get(self._keeper.fault, "Chromium does not answer")

    def counters(self) -> BrowserCounters:
        known: dict[str, Any] = {name: self._counts[name] for name in _PLAIN_COUNTS}
        rotations = tuple(
            sorted(
                (name.removeprefix("rotation:"), n) for name, n in self._counts.items() if name.startswith("rotation:")
            )
        )
        return replace(
            BrowserCounters(**known),
            rotations_by_reason=rotations,
            idle=len(self._shelf.free),
            in_use=len(self._shelf.in_use),
            waiting=self._shelf.waiting,
            memory_bytes=self._keeper.memory_bytes,
        )

    async def print_pdf(self, html: str) -> bytes:
        """The PDF of `html`, tagged and with an outline. Repeated once on a fresh slot after a crash or time-out.

        Raises RenderError with code queue_full, no_browser, timeout, crash, disconnect or print.
        """
        try:
            return await self._attempt(await self._take(), html)
        except SlotBroken:
            self._counts["retries"] += 1
        try:
            return await self._attempt(await self._take_proven(), html)
        except SlotBroken as exc:
            self._counts["failures"] += 1
            raise RenderError(f"the document could not be printed: {exc.reason}", code=exc.reason) from exc

    async def _attempt(self, held: Held, html: str) -> bytes:
        content = await self._print_or_discard(held, html)
        self._counts["renders"] += 1
        self._printed_at_s = self._clock()
        self._keeper.give_back(held, large=len(html) > self._settings.large_document_bytes)
        return content

    async def _print_or_discard(self, held: Held, html: str) -> bytes:
        try:
            return await self._print_in(held, html)
        except SlotBroken as exc:
            self._counts["timeouts" if exc.reason == "timeout" else "crashes"] += 1
            self._keeper.discard(held)
            raise
        except BaseException:
            self._keeper.discard(held)
            raise

    async def _print_in(self, held: Held, html: str) -> bytes:
        try:
            async with asyncio.timeout(self._deadline_s(html)):
                return await held.slot.pdf(html)
        except TimeoutError:
            raise SlotBroken("timeout") from None

    def _deadline_s(self, html: str) -> float:
        return self._settings.deadline_s + self._settings.deadline_s_per_megabyte * len(html) / 1_000_000

    async def _take(self) -> Held:
        limit = self._settings.slots * self._settings.queue_per_slot
        if not self._shelf.free and self._shelf.waiting >= limit:
            self._counts["refused"] += 1
            raise RenderError(f"{limit} documents wait already", code="queue_full")
        try:
            while (held := await self._shelf.take(self._settings.wait_s)).slot.broken:
                self._counts["crashes"] += 1
                self._keeper.discard(held)
            return held  # noqa: TRY300 - the loop is what may raise
        except TimeoutError:
            self._counts["failures"] += 1
            raise RenderError(self._why_no_page(), code="no_browser") from None

    def _why_no_page(self) -> str:
        if self._shelf.closed:
            return "the browser was closed"
        waited = f"no free browser page in {self._settings.wait_s:g} s"
        return ": ".join(filter(None, (waited, self.fault())))

    async def _take_proven(self) -> Held:
        """A slot that has just printed a word: what broke one slot may have broken its neighbours unnoticed."""
        for _ in range(self._settings.slots):
            held = await self._take()
            with contextlib.suppress(SlotBroken):
                await self._print_or_discard(held, _CANARY)
                return held
        return await self._take()

    async def _canary(self) -> bool:
        """Prints a word when nothing was printed for a while; False when the browser could not."""
        if self._clock() - self._printed_at_s < _FRESH_S or not self._shelf.free:
            return True
        try:
            await self._attempt(await self._take(), _CANARY)
        except (SlotBroken, RenderError):
            return False
        return True


_CANARY: Final = "<!DOCTYPE html><html lang=en><title>canary</title><p>canary</p></html>"
_PLAIN_COUNTS: Final = (
    "renders",
    "failures",
    "timeouts",
    "crashes",
    "refused",
    "retries",
    "launches",
    "launch_failures",
    "browsers_lost",
    "killed",
    "slots_replaced",
)
