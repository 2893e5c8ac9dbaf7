"""What ends a process and what comes out of one of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.parts import essential
from schemas.errors import ConfigError


class Ended(BaseException):
    """Instead of the process."""


@pytest.fixture(autouse=True)
def _process(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(status: int) -> None:
        raise Ended(status)

    monkeypatch.setattr("app.parts.os._exit", end)


async def _raise(error: BaseException) -> None:
    raise error


async def _in_a_group(error: BaseException) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_raise(error))


@pytest.mark.parametrize("work", [_raise, _in_a_group])
async def test_a_wrong_configuration_is_said_and_not_called_a_fault(
    work: Callable[[BaseException], Awaitable[None]],
) -> None:
    with pytest.raises(ConfigError, match="topics are missing"):
        await essential("ingest", essential("consumer", work(ConfigError("topics are missing: jobs"))))


@pytest.mark.parametrize("work", [_raise, _in_a_group])
async def test_p1_what_nobody_foresaw_ends_the_process(work: Callable[[BaseException], Awaitable[None]]) -> None:
    with pytest.raises(Ended, match="70"):
        await essential("relay", work(AttributeError("no controller")))


async def test_p1_a_cancellation_nobody_asked_for_ends_the_process() -> None:
    """A task group would take the part for one that ended in good order, and the others would go on without it."""
    with pytest.raises(Ended, match="70"):
        await essential("relay", _raise(asyncio.CancelledError()))


async def test_a_cancellation_that_was_asked_for_unwinds() -> None:
    part = asyncio.create_task(essential("relay", asyncio.sleep(60)))
    await asyncio.sleep(0)
    part.cancel()
    with pytest.raises(asyncio.CancelledError):
        await part
