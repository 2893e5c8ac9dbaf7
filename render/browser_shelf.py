"""The warm slots: which are free, who waits for one, in what order; no browser and no clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field

from render.browser_engine import Process, Slot


@dataclass(slots=True, eq=False)
class Generation:
    """One browser and the slots opened in it. `over` once nothing new may start there."""

    process: Process
    started_at_s: float
    slots: int = 0
    renders: int = 0
    over: bool = False


@dataclass(slots=True, eq=False)
class Held:
    """A slot and what it has done. `worn`: to be replaced, still good. `retired`: to be closed when next free."""

    slot: Slot
    generation: Generation
    renders: int = 0
    worn: bool = False
    retired: bool = False


@dataclass(slots=True, eq=False)
class Shelf:
    """Free slots, last used first (its memory is warm); waiters first come, first served."""

    free: list[Held] = field(default_factory=list)
    in_use: set[Held] = field(default_factory=set)
    closed: bool = False
    _waiters: deque[asyncio.Future[Held]] = field(default_factory=deque)

    @property
    def waiting(self) -> int:
        return sum(not waiter.done() for waiter in self._waiters)

    def put(self, held: Held) -> None:
        """Free again: to the first waiter, else onto the shelf."""
        self.in_use.discard(held)
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self.in_use.add(held)
                waiter.set_result(held)
                return
        self.free.append(held)

    def drop(self, held: Held) -> None:
        """Neither free nor in use any more."""
        self.in_use.discard(held)
        if held in self.free:
            self.free.remove(held)

    def close(self) -> None:
        """There will be no slot any more."""
        self.closed = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(TimeoutError())

    async def take(self, wait_s: float) -> Held:
        """A free slot, waiting at most `wait_s`. A slot given to one who left is not lost.

        Raises TimeoutError, and at once when the shelf is closed.
        """
        if self.closed:
            raise TimeoutError
        if self.free:
            held = self.free.pop()
            self.in_use.add(held)
            return held
        waiter: asyncio.Future[Held] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(wait_s):
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.put(waiter.result())
            with contextlib.suppress(ValueError):  # somebody has put a slot since
                self._waiters.remove(waiter)
            raise
