"""Apache Kafka at length: each duty killed five times, a node out for a minute, a rolling restart, storms."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from rich.console import Console

from tests.storm.cluster import DUTIES, SETTINGS, Duty, begin, lost_s, node_on, standstill_s, whole
from tests.storm.havoc import Counts
from tests.storm.place import PARTITIONS, Kafka, Place
from tests.storm.pulse import watched
from tests.storm.run import StormOptions, storm
from tests.storm.scene import scene
from tests.storm.show import table
from tests.storm.verdict import shown

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.java,
]

_TIMES: Final = 5
_OUTAGE_S: Final = 60.0
_MOVING_AGAIN_S: Final = 30.0
_LIMIT_S: Final = 800.0


def _print(capsys: pytest.CaptureFixture[str], what: str, found: list[float]) -> None:
    with capsys.disabled():
        print(f"\n{what}: moving again after {', '.join(f'{one:.1f}' for one in found)} s")  # noqa: T201


@pytest.mark.parametrize("duty", DUTIES)
async def test_p1_ingest_moves_on_when_a_node_of_the_cluster_is_killed(
    duty: Duty, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scene(kafka="apache3", settings=SETTINGS, seed=6, limit_s=_LIMIT_S) as play:
        cluster = await begin(play)
        took: list[float] = []
        async with play.fed():
            for _ in range(_TIMES):
                await play.until_ended(10)
                took.append(await lost_s(duty, cluster, play))
        _print(capsys, f"kill -9 of the {duty}", took)
        verdict = await play.verdict()
    assert verdict, shown(verdict.wrong)
    assert max(took) <= _MOVING_AGAIN_S


async def test_p1_a_node_out_for_a_minute_and_a_rolling_restart(capsys: pytest.CaptureFixture[str]) -> None:
    took: list[float] = []
    async with scene(kafka="apache3", settings=SETTINGS, seed=7, static_members=True, limit_s=_LIMIT_S) as play:
        cluster = await begin(play)
        async with play.fed():
            await play.until_ended(10)
            node = await node_on("leader", cluster, play.place.group)
            node.kill()
            began = time.monotonic()
            took.append(await standstill_s(play, began))
            await asyncio.sleep(max(0.0, _OUTAGE_S - (time.monotonic() - began)))
            await node.start()
            await whole(cluster)
            async with watched(play.place.pool, PARTITIONS) as seen:
                for node in cluster.nodes:
                    seen.reset()
                    await node.restart()
                    await whole(cluster)
                    took.append(max(seen.worst_s.values()))
        _print(capsys, "a minute's outage, then a rolling restart", took)
        verdict = await play.verdict()
    assert verdict, shown(verdict.wrong)
    assert max(took) <= _MOVING_AGAIN_S


async def test_p1_ingest_starts_again_when_the_log_has_let_go_of_what_its_table_was_made_from() -> None:
    """A week's retention takes the changelog's beginning, and all of it where a partition was quiet for so long."""
    async with scene(kafka="apache1", settings=SETTINGS, seed=41) as play:
        ingest, _ = (play.crew.start(role) for role in ("ingest", "deliver"))
        async with play.fed():
            await play.until_ended(60)
            await ingest.stop()
            await _forget(play.place, f"{play.place.group}-facts-changelog", left=3)
            ingest.spawn()
            await play.until_ended(100)
        verdict = await play.verdict()
        assert verdict, shown(verdict.wrong)
        assert play.exits["exits"] == 0


async def _forget(place: Place, topic: str, *, left: int) -> None:
    """All of every even partition, and all but the last `left` records of the others."""
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    async with AIOKafkaConsumer(bootstrap_servers=place.bootstrap) as consumer:
        ends = await consumer.end_offsets(partitions)
        admin = AIOKafkaAdminClient(bootstrap_servers=place.bootstrap)
        await admin.start()
        first = {tp: max(0, end - left * (tp.partition % 2)) for tp, end in ends.items()}
        await admin.delete_records({tp: RecordsToDelete(before_offset=offset) for tp, offset in first.items()})
        await admin.close()
        assert await consumer.beginning_offsets(partitions) == first


@pytest.mark.parametrize("kafka", ["apache1", "apache3"])
async def test_p1_p2_a_storm_on_apache_kafka(kafka: Kafka, capsys: pytest.CaptureFixture[str]) -> None:
    counts = Counts(kills=8, pauses=3, crashes=2, broker=3)
    told = await storm(StormOptions(deliveries=800, counts=counts, seed=8, kafka=kafka, whole_s=_LIMIT_S))
    with capsys.disabled():
        Console(width=110).print(table(told))
    assert told.verdict, shown(told.verdict.wrong)
