"""Partitions that move all the time, and stops in good order: nobody is lost, nothing is left unsure."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from tests.storm.cluster import BROKERS
from tests.storm.ledger import ask, tally
from tests.storm.place import Kafka
from tests.storm.scene import PATIENT, Scene, scene
from tests.storm.verdict import shown

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.timeout(600)]

_EVERY_S: Final = 5.0
_RESTARTS: Final = 12


async def _grow_and_shrink(play: Scene) -> list[int | None]:
    """2 -> 6 -> 1, one change every 5 s; returns how the stopped ones ended."""
    ends = []
    for _ in range(4):
        await asyncio.sleep(_EVERY_S)
        play.crew.start("ingest")
    for _ in range(5):
        await asyncio.sleep(_EVERY_S)
        ends.append(await play.crew.retire(play.crew.of("ingest")[0]))
    return ends


@pytest.mark.parametrize("kafka", BROKERS)
async def test_p1_nobody_is_lost_while_ingest_grows_to_six_and_shrinks_to_one(
    kafka: Kafka, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scene(kafka=kafka, settings=PATIENT, seed=2) as play:
        for role in ("ingest", "ingest", "deliver"):
            play.crew.start(role)
        async with play.fed():
            await play.until_ended(1)
            ends = await _grow_and_shrink(play)
            await play.until_ended(20)
        verdict = await play.verdict()
        _print(capsys, f"2 -> 6 -> 1 on {kafka}: {verdict.arrived} of {verdict.expected} arrived", play)
        assert verdict, shown(verdict.wrong)
        assert set(ends) == {0}
        assert play.exits["exits"] == 0  # the embedded broker tells a wrong end of a log: that must end nobody
        assert len(play.crew.of("ingest")) == 1


@pytest.mark.parametrize("kafka", BROKERS)
async def test_p2_a_rolling_restart_and_a_sigterm_every_few_seconds_leave_nothing_unsure(
    kafka: Kafka, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scene(kafka=kafka, settings=PATIENT, seed=3, static_members=True) as play:
        for role in ("ingest", "ingest", "deliver", "deliver"):
            play.crew.start(role)
        ends = []
        async with play.fed():
            await play.until_ended(1)
            for number in range(_RESTARTS):
                worker = play.crew.workers[number % 4]
                await worker.stop()
                ends.append(worker.status)
                worker.spawn()
                await play.until_ended(10)
        verdict = await play.verdict()
        unsure = await ask(play.place.pool, "select count(*) from delivery_move where to_state = 'uncertain'")
        classes = await tally(play.place.pool, "select class, count(*)::int from attempt group by 1")
        _print(capsys, f"{_RESTARTS} stops on {kafka}: {verdict.arrived} of {verdict.expected} arrived", play)
        assert verdict, shown(verdict.wrong)
        assert set(ends) == {0}
        assert unsure == 0, classes


def _print(capsys: pytest.CaptureFixture[str], what: str, play: Scene) -> None:
    with capsys.disabled():
        print(f"\n{what}, {play.exits['exits']} processes ended by themselves")  # noqa: T201
