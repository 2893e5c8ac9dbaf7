"""Apache Kafka itself: each part of a cluster of three killed under load, and storms on it. 0 lost, 0 doubled."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from app.embedded.kafka import KafkaCluster
from tests.storm.cluster import Duty, node_on, standstill_s, whole
from tests.storm.havoc import Counts
from tests.storm.run import StormOptions, storm
from tests.storm.scene import PATIENT, Scene, scene
from tests.storm.show import table
from tests.storm.verdict import shown

_MISSING = [name for name in ("java", "mvn") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(_MISSING), reason=f"Apache Kafka needs {' and '.join(_MISSING)} on the PATH"),
]

_TIMES: Final = 5
_OUTAGE_S: Final = 60.0
_MOVING_AGAIN_S: Final = 30.0
_SETTINGS: Final = {**PATIENT, "SESSION_TIMEOUT_S": "10", "REBALANCE_TIMEOUT_S": "10"}


@contextmanager
def _printed(capsys: pytest.CaptureFixture[str], what: str, found: list[float]) -> Iterator[None]:
    yield
    with capsys.disabled():
        print(f"\n{what}: moving again after {', '.join(f'{one:.1f}' for one in found)} s")  # noqa: T201


async def _workers(play: Scene) -> KafkaCluster:
    for role in ("ingest", "ingest", "deliver"):
        play.crew.start(role)
    await play.until_ingested(len(play.load.jobs()))
    log = play.place.log
    assert isinstance(log, KafkaCluster)
    return log


@pytest.mark.parametrize("duty", ["leader", "controller", "coordinator"])
async def test_p1_kill_9_of_a_node_under_load(duty: Duty, capsys: pytest.CaptureFixture[str]) -> None:
    took: list[float] = []
    async with scene(kafka="apache3", settings=_SETTINGS, seed=6, static_members=True) as play:
        cluster = await _workers(play)
        with _printed(capsys, f"kill -9 of the {duty}", took):
            async with play.fed():
                for _ in range(_TIMES):
                    await play.until_ended(10)
                    node = await node_on(duty, cluster, play.place.group)
                    node.kill()
                    took.append(await standstill_s(play, time.monotonic()))
                    await node.start()
                    await whole(cluster)
        verdict = await play.verdict()
    assert verdict, shown(verdict.wrong)
    assert max(took) <= _MOVING_AGAIN_S


async def test_p1_a_node_out_for_a_minute_and_a_rolling_restart(capsys: pytest.CaptureFixture[str]) -> None:
    took: list[float] = []
    async with scene(kafka="apache3", settings=_SETTINGS, seed=7, static_members=True) as play:
        cluster = await _workers(play)
        with _printed(capsys, "a minute's outage, then a rolling restart", took):
            async with play.fed():
                await play.until_ended(10)
                node = await node_on("leader", cluster, play.place.group)
                node.kill()
                began = time.monotonic()
                took.append(await standstill_s(play, began))
                await asyncio.sleep(max(0.0, _OUTAGE_S - (time.monotonic() - began)))
                await node.start()
                await whole(cluster)
                for node in cluster.nodes:
                    began = time.monotonic()
                    await node.restart()
                    took.append(await standstill_s(play, began))
                    await whole(cluster)
        verdict = await play.verdict()
    assert verdict, shown(verdict.wrong)
    assert max(took) <= _MOVING_AGAIN_S


@pytest.mark.parametrize("kafka", ["apache1", "apache3"])
async def test_p1_p2_a_storm_on_apache_kafka(kafka: str, capsys: pytest.CaptureFixture[str]) -> None:
    counts = Counts(kills=8, pauses=3, crashes=2, broker=3)
    told = await storm(StormOptions(deliveries=800, counts=counts, seed=8, kafka=kafka))  # type: ignore[arg-type]
    with capsys.disabled():
        from rich.console import Console  # noqa: PLC0415

        Console(width=110).print(table(told))
    assert told.verdict, shown(told.verdict.wrong)
