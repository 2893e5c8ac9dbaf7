"""A health check that may take longer than whoever asks will wait: one look at a time, which goes on without them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look came to: None or a fault, as app.health.Check says it. `good_s`: how long nobody looks again."""

    fault: str | None
    good_s: float = math.inf


class Look:
    """A `Check`: `look` at most once at a time, however many ask; it outlives them, and what it saw is remembered.

    Whoever asks has an answer `patience_s` after the look began, or at once when that is past: `meanwhile` if it still
    goes on. `look` has to end by itself; what it raises, those who asked get, and the next to ask begins anew. One that
    is under way ends with the context.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[Seen]],
        *,
        patience_s: float,
        meanwhile: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._patience_s = patience_s
        self._meanwhile = meanwhile
        self._clock = clock
        self._task: asyncio.Task[str | None] | None = None
        self._began_at = self._good_until = -math.inf

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def __call__(self) -> str | None:
        task = self._task
        if task is None or (task.done() and self._clock() >= self._good_until):
            self._began_at = self._clock()
            task = self._task = asyncio.create_task(self._remember())
        left_s = self._began_at + self._patience_s - self._clock()
        await asyncio.wait({task}, timeout=max(0.0, left_s))
        return task.result() if task.done() else self._meanwhile

    async def _remember(self) -> str | None:
        seen = await self._look()
        self._good_until = self._clock() + seen.good_s
        return seen.fault
