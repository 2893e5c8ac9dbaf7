"""Keeps the shelf full of good slots: launches, replaces, rotates and ends browsers, one step at a time in one task."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from render.browser_engine import Engine, SlotBroken
from render.browser_processes import memory_bytes
from render.browser_settings import BrowserSettings
from render.browser_shelf import Generation, Held, Shelf

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 10.0
_FAILED_CANARIES: Final = 2


class Keeper:
    """The supervisor. Only its one task starts browsers and slots, so there is no race between two repairs."""

    def __init__(
        self,
        settings: BrowserSettings,
        engine: Engine,
        shelf: Shelf,
        clock: Callable[[], float],
        counts: Counter[str],
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self._counts = counts
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._current: Generation | None = None
        self._failed_canaries = 0
        self.version = ""
        self.fault = ""
        self.memory_bytes = 0

    @property
    def alive(self) -> bool:
        return self._current is not None and not self._current.over

    def start(self, canary: Callable[[], Awaitable[bool]]) -> None:
        self._spawn(self._keep(canary))

    async def stop(self) -> None:
        self._shelf.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._current is not None:
            await self._end(self._current)
        await self._engine.close()
        await asyncio.gather(*self._tasks)  # of browsers that were to be the next ones, and went just now

    def give_back(self, held: Held, *, large: bool) -> None:
        """A slot that printed well. `large` documents leave memory behind, so their slot is replaced."""
        held.renders += 1
        held.generation.renders += 1
        if held.retired or held.generation.over:
            self.discard(held)
            return
        if large or held.renders >= self._settings.renders_per_slot:
            held.worn = True
        if held.worn or held.generation.renders == self._settings.renders_per_browser:
            self._wake.set()
        self._shelf.put(held)

    def discard(self, held: Held) -> None:
        """A slot that must not be used again."""
        self._shelf.drop(held)
        held.generation.slots -= 1
        self._counts["slots_replaced"] += 1
        self._spawn(held.slot.close())
        self._wake.set()

    async def _keep(self, canary: Callable[[], Awaitable[bool]]) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._repair()
                pause_s, self.fault = _FIRST_PAUSE_S, ""
            except (SlotBroken, TimeoutError) as exc:
                self.fault = exc.reason if isinstance(exc, SlotBroken) else "timeout"
                self._counts["launch_failures"] += 1
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                continue
            if not await self._woken():
                await self._check(canary)

    async def _woken(self) -> bool:
        """True when there is something to repair, False when the time of a check has come."""
        try:
            async with asyncio.timeout(self._settings.check_every_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _repair(self) -> None:
        """A living browser with all its slots, none worn."""
        self._wake.clear()
        generation = self._current
        if generation is None or generation.over:
            generation = self._current = await self._launch()
        await self._fill(generation)
        for held in [one for one in (*self._shelf.free, *self._shelf.in_use) if one.worn and not one.retired]:
            await self._replace(held)
        if generation.renders >= self._settings.renders_per_browser:
            await self._rotate_or_stay("renders")

    async def _fill(self, generation: Generation) -> None:
        """All slots of `generation`; a browser that cannot open one is given up."""
        try:
            while generation.slots < self._settings.slots and not generation.over:
                self._shelf.put(await self._open(generation))
        except (SlotBroken, TimeoutError):
            self._abandon(generation)
            raise

    async def _launch(self) -> Generation:
        box: list[Generation] = []
        async with asyncio.timeout(self._settings.start_s):
            process = await self._engine.launch(lambda: self._lost(box))
        self._counts["launches"] += 1
        self.version = process.version
        box.append(Generation(process=process, started_at_s=self._clock()))
        return box[0]

    def _lost(self, box: list[Generation]) -> None:
        """The browser went by itself: its free slots are gone, those in use will fail at once."""
        for generation in box:
            if not generation.over:
                self._counts["browsers_lost"] += 1
                self._abandon(generation)
        self._wake.set()

    async def _open(self, generation: Generation) -> Held:
        async with asyncio.timeout(self._settings.open_s):
            slot = await generation.process.open()
        generation.slots += 1
        return Held(slot=slot, generation=generation)

    async def _replace(self, worn: Held) -> None:
        """Make before break: the new slot takes work before the worn one stops."""
        if worn.generation.over:
            return
        worn.worn = False
        fresh = await self._open(worn.generation)
        self._shelf.put(fresh)
        self._retire(worn)

    def _retire(self, held: Held) -> None:
        held.retired = True
        if held in self._shelf.free:
            self.discard(held)

    def _end_use(self, generation: Generation) -> None:
        generation.over = True
        for held in [one for one in self._shelf.free if one.generation is generation]:
            self.discard(held)

    def _abandon(self, generation: Generation) -> None:
        self._end_use(generation)
        self._spawn(self._end(generation))

    async def _rotate(self, reason: str) -> None:
        """A new browser, warm, before the old one stops taking work."""
        old, fresh = self._current, await self._launch()
        try:
            slots = [await self._open(fresh) for _ in range(self._settings.slots)]
        except (SlotBroken, TimeoutError):
            self._abandon(fresh)
            raise
        self._current = fresh
        self._counts[f"rotation:{reason}"] += 1
        for held in slots:
            self._shelf.put(held)
        if old is not None:
            self._end_use(old)
            self._spawn(self._drain(old))

    async def _drain(self, generation: Generation) -> None:
        until_s = self._clock() + self._settings.deadline_s
        while self._clock() < until_s and any(  # noqa: ASYNC110 - slots end one by one, no event says which was last
            one.generation is generation for one in self._shelf.in_use
        ):
            await asyncio.sleep(_FIRST_PAUSE_S)
        await self._end(generation)

    async def _end(self, generation: Generation) -> None:
        """Asks the browser to close, then kills what is left of its processes."""
        generation.over = True
        try:
            async with asyncio.timeout(self._settings.drain_s):
                await generation.process.close()
        except TimeoutError:
            self._counts["killed"] += 1
        generation.process.kill()

    async def _check(self, canary: Callable[[], Awaitable[bool]]) -> None:
        """Age, memory and a canary; any of them may call for a new browser."""
        generation = self._current
        if generation is None or generation.over:
            return
        self._sweep()
        self._failed_canaries = 0 if await canary() else self._failed_canaries + 1
        with contextlib.suppress(OSError, RuntimeError):  # no descriptor or no thread to look with
            self.memory_bytes = await asyncio.to_thread(memory_bytes, generation.process.mark)
        reason = self._reason_to_rotate(generation)
        if reason:
            self._failed_canaries = 0
            await self._rotate_or_stay(reason)

    def _sweep(self) -> None:
        """Slots that crashed while nobody used them. A canary that met only such would wait for new ones: from us."""
        for held in [one for one in self._shelf.free if one.slot.broken]:
            self._counts["crashes"] += 1
            self.discard(held)

    def _reason_to_rotate(self, generation: Generation) -> str:
        if self._failed_canaries >= _FAILED_CANARIES:
            return "health"
        if self._clock() - generation.started_at_s > self._settings.browser_age_s:
            return "age"
        return "memory" if self.memory_bytes > self._settings.browser_bytes else ""

    async def _rotate_or_stay(self, reason: str) -> None:
        """A planned rotation that fails leaves the working browser in place; the next check tries again."""
        try:
            await self._rotate(reason)
        except (SlotBroken, TimeoutError):
            self._counts["launch_failures"] += 1

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
