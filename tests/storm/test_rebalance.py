"""Partitions that move all the time, and stops in good order: nobody is lost, nothing is left unsure."""

from __future__ import annotations

import asyncio

import pytest

from tests.storm.ledger import ask, tally
from tests.storm.scene import PATIENT, Scene, scene
from tests.storm.verdict import shown

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

_EVERY_S = 5.0


async def _grow_and_shrink(play: Scene) -> int:
    """2 -> 6 -> 1, one change every 5 s; returns how many stops were clean."""
    clean = 0
    for _ in range(4):
        await asyncio.sleep(_EVERY_S)
        play.crew.start("ingest")
    for _ in range(5):
        await asyncio.sleep(_EVERY_S)
        clean += await play.crew.retire(play.crew.of("ingest")[0])
    return clean


async def test_p1_nobody_is_lost_while_ingest_grows_to_six_and_shrinks_to_one() -> None:
    async with scene(settings=PATIENT, seed=2) as play:
        for role in ("ingest", "ingest", "deliver"):
            play.crew.start(role)
        async with play.fed():
            await play.until_ended(1)
            clean = await _grow_and_shrink(play)
            await play.until_ended(20)
        verdict = await play.verdict()
        assert verdict, shown(verdict.wrong)
        assert clean == 5
        assert len(play.crew.of("ingest")) == 1


async def test_p2_a_rolling_restart_and_a_sigterm_every_few_seconds_leave_nothing_unsure() -> None:
    async with scene(settings=PATIENT, seed=3, static_members=True) as play:
        for role in ("ingest", "ingest", "deliver", "deliver"):
            play.crew.start(role)
        async with play.fed():
            await play.until_ended(1)
            clean = 0
            for number in range(12):
                worker = play.crew.workers[number % 4]
                clean += await worker.stop()
                worker.spawn()
                await play.until_ended(10)
        verdict = await play.verdict()
        unsure = await ask(play.place.pool, "select count(*) from delivery_move where to_state = 'uncertain'")
        classes = await tally(play.place.pool, "select class, count(*)::int from attempt group by 1")
        assert verdict, shown(verdict.wrong)
        assert clean == 12
        assert unsure == 0, classes
