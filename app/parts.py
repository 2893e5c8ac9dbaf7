"""A part of a worker that fails for good ends the whole process: half a process looks alive and does nothing."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Awaitable, Iterator, Mapping
from typing import Final, NoReturn

from app import log
from app.health import Check
from schemas.errors import ConfigError

_FRAMES: Final = 4


async def essential(part: str, work: Awaitable[None]) -> None:
    """`work`; whatever it raises and nobody foresaw is logged by type and place, and ends the process at once.

    Unwinding would cancel Faust's tasks, of which some take a cancellation for a rebalance and go on for ever. Nothing
    is lost by the hard way: what was not committed is read again, what was sent is looked up. A cancellation nobody
    asked for, as a client that dies passes on, is a failure too: a task group takes it for an end in good order.
    Raises ConfigError, also where the group of a part's own tasks has wrapped it.
    """
    try:
        await work
    except asyncio.CancelledError as exc:
        if not _is_asked_to_end():
            _end_process(part, exc)
        raise
    except Exception as exc:  # noqa: BLE001 - see above
        leaves = list(_leaves(exc))
        if all(isinstance(one, ConfigError) for one in leaves):
            raise leaves[0] from None
        _end_process(part, exc)


def _is_asked_to_end() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def watch(checks: Mapping[str, Check], *, every_s: float) -> None:
    """Ends the process when a check says that a part stands still: whoever restarts on an exit need not ask /livez."""
    while True:
        await asyncio.sleep(every_s)
        for part, check in checks.items():
            if fault := await check():
                log.get("worker").error("worker_stuck", part=part, reason=fault)
                os._exit(os.EX_SOFTWARE)


def _end_process(part: str, exc: BaseException) -> NoReturn:
    for one in _leaves(exc):
        log.get("worker").error("worker_exits", part=part, error=type(one).__name__, where=_where(one))
    os._exit(os.EX_SOFTWARE)


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    if isinstance(exc, BaseExceptionGroup):
        for one in exc.exceptions:
            yield from _leaves(one)
    else:
        yield exc


def _where(exc: BaseException) -> str:
    """The innermost frames, files and lines alone: an error's text may quote people."""
    frames = traceback.extract_tb(exc.__traceback__)[-_FRAMES:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
