"""Waits for something that happens in other processes, of which nobody is told; the test's time-out is the limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_POLL_S: Final = 0.1


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(_POLL_S)


async def until_so(reached: Callable[[], Awaitable[bool]]) -> None:
    """The same for what has to be asked for."""
    while not await reached():  # noqa: ASYNC110 - as above
        await asyncio.sleep(_POLL_S)
