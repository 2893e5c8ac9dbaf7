"""Apache Kafka in CI: one node taken away, and each duty of three killed once, under load. 0 lost, 0 doubled."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.storm.cluster import DUTIES, SETTINGS, begin, lost_s, standstill_s
from tests.storm.scene import scene
from tests.storm.verdict import shown

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(700),
    pytest.mark.java,
]

_AWAY_S = 3.0
_LIMIT_S = 600.0  # against a hang


async def test_p1_one_node_that_is_killed_and_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    async with scene(kafka="apache1", settings=SETTINGS, seed=9, limit_s=_LIMIT_S) as play:
        (node,) = (await begin(play)).nodes
        async with play.fed():
            await play.until_ended(10)
            node.kill()
            killed = time.monotonic()
            await asyncio.sleep(_AWAY_S)
            await node.start()
            back = time.monotonic()
            took_s = await standstill_s(play, back)
        verdict = await play.verdict()
    with capsys.disabled():
        print(f"\nthe only node away for {back - killed:.1f} s: moving again {took_s:.1f} s after it is back")  # noqa: T201
    assert verdict, shown(verdict.wrong)


async def test_p1_each_duty_of_three_nodes_killed_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The bound of 30 s is judged by the long version, on a machine of its own."""
    async with scene(kafka="apache3", settings=SETTINGS, seed=10, limit_s=_LIMIT_S) as play:
        cluster = await begin(play)
        took_s = {}
        async with play.fed():
            for duty in DUTIES:
                await play.until_ended(10)
                took_s[duty] = await lost_s(duty, cluster, play)
        verdict = await play.verdict()
    with capsys.disabled():
        words = ", ".join(f"{duty} {took:.1f} s" for duty, took in took_s.items())
        print(f"\nkill -9 of three nodes' duties, moving again after: {words}")  # noqa: T201
    assert verdict, shown(verdict.wrong)
