"""What Faust 0.15.3 does to events (delivery.md section 2): pinned, so that an upgrade that changes it is noticed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.embedded.broker import Broker, running_broker
from app.intake.log_reader import LogReader
from schemas.events import STATUS
from tests.integration.faust.probe import GROUP, Probe
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import make_topics, publish

pytestmark = [pytest.mark.service, pytest.mark.timeout(60)]

Start = Callable[..., Awaitable["Running"]]


class Running:
    """A probe, and what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def until(self, line: str) -> None:
        assert self.process.stdout is not None
        async for said in self.process.stdout:
            self.said.append(said.decode().strip())
            if self.said[-1] == line:
                return
        raise AssertionError(f"it ended without saying {line}: {self.said}")

    async def send(self, sign: signal.Signals) -> None:
        self.process.send_signal(sign)
        output, _ = await self.process.communicate()
        self.said += output.decode().splitlines()


@pytest.fixture
async def broker_of_one() -> AsyncIterator[Broker]:
    async with running_broker() as started:
        await make_topics(started.bootstrap)
        await started.create_topics({f"{GROUP}-counts-changelog": 1})
        yield started


@pytest.fixture
async def start(broker_of_one: Broker, tmp_path: Path) -> AsyncIterator[Start]:
    running: list[Running] = []

    async def begin(**hazard: Any) -> Running:
        probe = Probe(kafka=broker_of_one.url, state_dir=str(tmp_path), **hazard)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.faust.probe", msgspec.json.encode(probe).decode()),
            cwd=Path(__file__).parents[3],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        running.append(Running(process))
        return running[-1]

    yield begin
    for probe in running:
        if probe.process.returncode is None:
            await probe.send(signal.SIGKILL)


async def committed(broker: Broker, at_least: int = 0) -> int:
    """What the group has committed, once that is at least so much: Faust commits a little after it acknowledges."""
    while True:
        async with LogReader(broker.bootstrap, group=GROUP) as log:
            found = (await log.positions([STATUS])).committed.get((STATUS, 0), 0)
        if found >= at_least:
            return found


async def eight_events(broker: Broker) -> None:
    log = Log()
    await publish(broker.bootstrap, [log.status(f"a-{n % 4}", "new", n) for n in range(8)])


async def test_faust_acknowledges_the_event_an_agent_raised_on(broker_of_one: Broker, start: Start) -> None:
    await eight_events(broker_of_one)
    probe = await start(raise_at=3)
    await probe.until("seen 7")
    assert await committed(broker_of_one, at_least=8) == 8
    assert "seen 3" not in probe.said


async def test_faust_acknowledges_the_event_a_stop_cancelled(broker_of_one: Broker, start: Start) -> None:
    await eight_events(broker_of_one)
    probe = await start(stick_at=0, wait_empty=False)
    await probe.until("stuck 0")
    await probe.send(signal.SIGTERM)
    assert await committed(broker_of_one, at_least=1) == 1
    assert "seen 0" not in probe.said


async def test_faust_commits_past_what_is_in_flight_when_concurrency_is_above_one(
    broker_of_one: Broker, start: Start
) -> None:
    await eight_events(broker_of_one)
    probe = await start(stick_at=0, concurrency=2)
    await probe.until("seen 7")
    assert await committed(broker_of_one, at_least=2) >= 2
    await probe.send(signal.SIGKILL)
    assert "seen 0" not in probe.said


async def test_faust_commits_the_source_although_the_changelog_was_refused(broker_of_one: Broker, start: Start) -> None:
    await eight_events(broker_of_one)
    probe = await start(table=True, reject_changelog=True)
    await probe.until("seen 7")
    assert await committed(broker_of_one, at_least=8) == 8
    await probe.send(signal.SIGKILL)

    await publish(broker_of_one.bootstrap, [Log().status("a-0", "engaged", 9)])
    again = await start(table=True)
    await again.until("seen 8")
    assert "had 8 False" in again.said  # offset 0 and 4 were of the same key


async def test_a_hard_exit_acknowledges_nothing(broker_of_one: Broker, start: Start) -> None:
    await eight_events(broker_of_one)
    probe = await start(exit_at=3)
    await probe.process.wait()
    assert await committed(broker_of_one) <= 3
