"""Our own runtime against the broker: its table, its checks at the start, its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from app.embedded.broker import Broker, running_broker
from app.embedded.topics import create_topics
from schemas.errors import ConfigError
from schemas.events import APPLICATIONS, ERASURES, JOBS, STATUS
from schemas.record import Record
from streams.agents import Known
from streams.batches import BatchLimits
from streams.changelog import ChangelogWriter
from streams.log_check import check_log
from streams.runtime import IngestSettings, Runtime
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import make_topics, publish

pytestmark = [pytest.mark.service, pytest.mark.timeout(60)]

_PARTITIONS = 4


class Outcome:
    def __init__(self, facts: Mapping[str, bytes]) -> None:
        self.facts = facts


class Notebook:
    """A sink that notes what it was told and what was known of it, and has facts of its own for each application."""

    def __init__(self, expected: int) -> None:
        self.records: list[Record] = []
        self.known: dict[str, bytes | None] = {}
        self.complete = asyncio.Event()
        self._expected = expected

    async def apply(self, records: Sequence[Record], known: Known, /) -> Outcome:
        keys = [record.key.decode() for record in records if record.key]
        self.known |= {key: known.get(key) for key in keys}
        self.records += records
        if len(self.records) >= self._expected:
            self.complete.set()
        return Outcome({key: f"facts of {key}".encode() for key in keys})


def nobody_listens(_event: str, _fields: Mapping[str, Any]) -> None:
    return


@pytest.fixture
async def own_broker() -> AsyncIterator[Broker]:
    async with running_broker() as started:
        yield started


def _settings(broker: Broker, path: Path) -> IngestSettings:
    return IngestSettings(
        kafka_url=broker.url,
        state_dir=path,
        session_timeout_s=6,
        heartbeat_s=0.5,
        rebalance_timeout_s=6,
        commit_interval_s=0.1,
        batch=BatchLimits(events=10),
    )


async def _run(settings: IngestSettings, sink: Notebook) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Runtime(settings, sink, tell=nobody_listens).run(stop))
    await sink.complete.wait()
    stop.set()
    await running


async def test_facts_survive_a_restart_in_the_partition_of_their_own_events(own_broker: Broker, tmp_path: Path) -> None:
    """With `take` and a plain table, a whole batch's changes would go to the partition of its last event."""
    await make_topics(own_broker.bootstrap, partitions=_PARTITIONS)
    log = Log()
    names = [f"a-{n}" for n in range(60)]
    await publish(own_broker.bootstrap, [log.status(name, "new") for name in names])
    settings = _settings(own_broker, tmp_path)
    first = Notebook(len(names))
    await _run(settings, first)
    assert set(first.known.values()) == {None}

    await publish(own_broker.bootstrap, [log.application(name) for name in names])
    second = Notebook(len(names))
    await _run(settings, second)

    assert {record.topic for record in second.records} == {APPLICATIONS}
    recovered = {name: facts for name, facts in second.known.items() if facts is not None}
    assert recovered.items() <= {name: f"facts of {name}".encode() for name in names}.items()
    # The embedded broker counts a partition's last batch as one record, so Faust stops short of it. Costs a read each.
    assert len(recovered) > len(names) / 3
    homes = {record.key: record.partition for record in first.records}
    assert await _places(own_broker, settings.changelog) == homes
    assert len(set(homes.values())) == _PARTITIONS


async def test_a_restart_reads_no_more_of_the_changelog_than_is_worth_waiting_for(
    own_broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is asked of the ledger: nothing is lost by it, and every event comes."""
    monkeypatch.setattr("streams.faust_consumer.MOST_READ", _PARTITIONS * 2)
    await make_topics(own_broker.bootstrap, partitions=_PARTITIONS)
    log = Log()
    names = [f"a-{n}" for n in range(60)]
    settings = _settings(own_broker, tmp_path)
    await publish(own_broker.bootstrap, [log.status(name, "new") for name in names])
    await _run(settings, Notebook(len(names)))
    await publish(own_broker.bootstrap, [log.application(name) for name in names])
    second = Notebook(len(names))
    await _run(settings, second)
    assert {record.key for record in second.records} == {name.encode() for name in names}
    assert sum(facts is not None for facts in second.known.values()) <= _PARTITIONS * 2


async def _places(broker: Broker, topic: str) -> dict[bytes | None, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, n) for n in range(_PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning()
        found: dict[bytes | None, int] = {}
        while records := await consumer.getmany(timeout_ms=1_000):
            found |= {one.key: tp.partition for tp, several in records.items() for one in several}
    finally:
        await consumer.stop()
    return found


async def test_topics_that_are_missing_are_named(own_broker: Broker) -> None:
    await create_topics(own_broker.bootstrap, {APPLICATIONS: 2, STATUS: 2})
    with pytest.raises(ConfigError, match="candidate-erasures, jobs"):
        await check_log(own_broker.bootstrap)


async def test_joined_topics_need_equal_partitions(own_broker: Broker, tmp_path: Path) -> None:
    await create_topics(own_broker.bootstrap, {APPLICATIONS: 2, STATUS: 3, JOBS: 1, ERASURES: 1})
    with pytest.raises(ConfigError, match="applications has 2, candidate-status has 3"):
        await Runtime(_settings(own_broker, tmp_path), Notebook(1), tell=nobody_listens).run(asyncio.Event())


async def test_keys_where_another_partitioner_put_them_are_noticed(own_broker: Broker) -> None:
    await make_topics(own_broker.bootstrap, partitions=_PARTITIONS)
    log = Log()
    await publish(own_broker.bootstrap, [log.status(f"a-{n}", "new") for n in range(40)])
    assert (await check_log(own_broker.bootstrap)).strays == 0

    async with ChangelogWriter(own_broker.bootstrap, STATUS) as writer:
        await writer.write({n: {f"b-{n}-{m}".encode(): b"{}" for m in range(10)} for n in range(_PARTITIONS)})
    assert (await check_log(own_broker.bootstrap)).strays > 0
