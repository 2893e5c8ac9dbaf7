"""Repeats a round until it is told to stop; a database that is away only delays the next one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.ledger.pool import is_transient

Tell = Callable[[str, Mapping[str, Any]], None]


async def repeat(work: Callable[[], Awaitable[object]], stop: asyncio.Event, *, every_s: float, tell: Tell) -> None:
    """`work`, then a pause of `every_s`, until `stop` is set. Raises what is not cured by waiting."""
    while not stop.is_set():
        try:
            await work()
        except Exception as exc:
            if not is_transient(exc):
                raise
            tell("round_delayed", {"error": type(exc).__name__})
        await pause(stop, every_s)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Ends early when `stop` is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
