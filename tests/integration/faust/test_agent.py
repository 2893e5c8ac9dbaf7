"""What our agent does when it is cancelled, and what our app's queues keep: Faust's own parts, no broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import faust
import pytest

from schemas.record import Record
from streams.agents import Known, agent
from streams.batches import BatchLimits
from streams.memory import NoMemory
from streams.runtime import _App


class _Died(BaseException):
    """Stands for the end of the process."""


def _die(reason: str) -> NoReturn:
    raise _Died(reason)


class _Stuck:
    """A sink that never returns."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def apply(self, _records: Sequence[Record], _known: Known, /) -> Any:
        self.reached.set()
        await asyncio.Event().wait()


class _Event:
    def __init__(self) -> None:
        self.acknowledged = False
        self.message = SimpleNamespace(
            topic="jobs", partition=0, offset=0, key=b"k", value=b"v", headers=(), timestamp=0.0, tracked=True
        )
        self.message.generation_id = 1

    def ack(self) -> None:
        self.acknowledged = True


async def _started() -> None:
    return


async def test_a_batch_that_is_cancelled_is_not_acknowledged_and_ends_the_process() -> None:
    """Faust cancels its agents when a service crashes, and would acknowledge what they were doing."""
    app: Any = SimpleNamespace(flow_control=SimpleNamespace(is_active=lambda: True), consumer_generation_id=1)
    queue: asyncio.Queue[Any] = asyncio.Queue()
    event, sink = _Event(), _Stuck()
    queue.put_nowait(event)
    stream: Any = SimpleNamespace(channel=SimpleNamespace(queue=queue), maybe_start=_started)
    body: Any = agent(app, sink, NoMemory(), BatchLimits(linger_s=0), _die)
    outcome: list[str] = []

    async def guarded() -> None:
        try:
            await body(stream)
        except _Died as died:
            outcome.append(str(died))

    running = asyncio.create_task(guarded())
    await sink.reached.wait()
    running.cancel()
    await running

    assert outcome == ["cancelled_in_batch"]
    assert not event.acknowledged


def _settings(path: Path) -> Mapping[str, Any]:
    return {
        "id": "g",
        "broker": "kafka://127.0.0.1:1",
        "datadir": str(path),
        "web_enabled": False,
        "autodiscover": False,
    }


@pytest.mark.parametrize("ours", [True, False])
async def test_what_is_queued_when_flow_resumes_is_kept_by_us_and_dropped_by_faust(
    tmp_path: Path, *, ours: bool
) -> None:
    """Faust resumes several times while a table recovers and the fetcher runs; what it drops nobody fetches again."""
    app = _App(_die, **_settings(tmp_path)) if ours else faust.App(**_settings(tmp_path))
    app.flow_control.resume()
    queue = app.FlowControlQueue(10, clear_on_resume=True)
    queue.put_nowait("an event")
    app.flow_control.resume()
    assert queue.empty() is not ours
