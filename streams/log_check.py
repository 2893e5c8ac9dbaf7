"""Looks at the topics before anything is consumed: that they exist, are partitioned alike, and keyed as we expect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    BrokerNotAvailableError,
    InvalidReplicationFactorError,
    KafkaError,
    KafkaTimeoutError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.partitioner import murmur2

from schemas.errors import ConfigError
from schemas.events import APPLICATIONS
from streams.stumbles import is_stumble
from streams.topics import CO_PARTITIONED, SOURCE_TOPICS

_SAMPLE = 20  # records looked at per partition
_PATIENCE_S = 3.0
_DAY_MS = 86_400_000
_CHANGELOG = {"cleanup.policy": "compact,delete", "retention.ms": str(7 * _DAY_MS), "segment.ms": str(_DAY_MS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogShape:
    """Partitions by source topic, and how many sampled keys lie where Java's partitioner would not put them."""

    partitions: Mapping[str, int]
    strays: int


async def check_log(bootstrap: str) -> LogShape:
    """Raises ConfigError when a source topic is missing, or the two that are joined differ in their partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await consumer.start()
        counts = await _partition_counts(bootstrap)
        _refuse(counts)
        strays = await _strays(consumer, [TopicPartition(t, p) for t in CO_PARTITIONED for p in range(counts[t])])
    finally:
        await consumer.stop()
    return LogShape(partitions=counts, strays=strays)


async def _partition_counts(bootstrap: str) -> dict[str, int]:
    """Of every source topic; 0: there is none. Asked of the broker: a consumer knows only topics it was assigned."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        described = await admin.describe_topics()
    finally:
        await admin.close()
    there = {topic["topic"]: len(topic["partitions"]) for topic in described}
    return {topic: there.get(topic, 0) for topic in SOURCE_TOPICS}


def _refuse(counts: Mapping[str, int]) -> None:
    if missing := sorted(topic for topic, count in counts.items() if not count):
        raise ConfigError(f"topics are missing: {', '.join(missing)}")
    if len({counts[topic] for topic in CO_PARTITIONED}) != 1:
        shown = ", ".join(f"{topic} has {counts[topic]}" for topic in CO_PARTITIONED)
        raise ConfigError(f"topics that are joined need the same number of partitions: {shown}")


async def _strays(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> int:
    ends = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    consumer.assign(partitions)
    for tp in partitions:
        consumer.seek(tp, max(starts[tp], ends[tp] - _SAMPLE))
    waiting = {tp for tp in partitions if ends[tp] > starts[tp]}
    counts = [sum(tp.topic == topic for tp in partitions) for topic in CO_PARTITIONED]
    strays = 0
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while waiting and asyncio.get_running_loop().time() < deadline:
        for tp, found in (await consumer.getmany(timeout_ms=200)).items():
            strays += sum(_is_stray(record.key, tp.partition, counts[0]) for record in found)
            if found and found[-1].offset + 1 >= ends[tp]:
                waiting.discard(tp)
    return strays


def _is_stray(key: bytes | None, partition: int, count: int) -> bool:
    return key is not None and (murmur2(key) & 0x7FFFFFFF) % count != partition


async def ensure_changelog(bootstrap: str, topic: str, partitions: int) -> None:
    """Makes the table's changelog, with as many partitions as its source. One that exists stays as it is.

    Raises ConfigError where the broker will never make it, a KafkaError where it cannot now.
    Compacted, and without what is older than a week: a process reads all of it before it takes its first event, and
    what it does not find there costs the ledger a read.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        replication = await _replication(admin)
        reply = await admin.create_topics([NewTopic(topic, partitions, replication, topic_configs=dict(_CHANGELOG))])
    finally:
        await admin.close()
    _refuse_codes(topic, (code for _, code, *_ in reply.topic_errors))


async def _replication(admin: AIOKafkaAdminClient) -> int:
    """As many copies as the source has."""
    described = await admin.describe_topics([APPLICATIONS])
    return max(1, *(len(partition["replicas"]) for topic in described for partition in topic["partitions"]))


def _refuse_codes(topic: str, codes: Iterable[int]) -> None:
    for code in codes:
        if code in (0, TopicAlreadyExistsError.errno):
            continue
        refusal = for_code(code)
        if refusal.retriable or refusal is InvalidReplicationFactorError:  # too few brokers are up as yet
            raise BrokerNotAvailableError(f"topic {topic}: {refusal.__name__}")
        raise ConfigError(f"topic {topic} was refused: {refusal.__name__}")


def is_unreachable(exc: BaseException) -> bool:
    """Whether a broker that comes up later would cure it."""
    if isinstance(exc, OSError | TimeoutError | KafkaTimeoutError | BrokerNotAvailableError) or is_stumble(exc):
        return True
    return isinstance(exc, KafkaError) and bool(exc.retriable)
