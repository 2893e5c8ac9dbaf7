"""The topics on a real broker: made, written to in the order of a log, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from app.embedded.topics import create_topics
from schemas.events import APPLICATIONS, DEAD_LETTERS, ERASURES, JOBS, RESULTS, STATUS
from schemas.record import Record

SOURCES = (APPLICATIONS, STATUS, JOBS, ERASURES)


async def make_topics(bootstrap: str, *, partitions: int = 1) -> None:
    joined = dict.fromkeys((APPLICATIONS, STATUS), partitions)
    await create_topics(bootstrap, {**joined, JOBS: 1, ERASURES: 1, RESULTS: 1, DEAD_LETTERS: 1})


async def publish(bootstrap: str, records: Sequence[Record]) -> None:
    """In their order, each to the partition its key belongs to."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_batch_size=262_144)
    await producer.start()
    try:
        sent = [
            await producer.send(r.topic, key=r.key, value=r.value, timestamp_ms=r.timestamp_ms, headers=list(r.headers))
            for r in records
        ]
        for future in sent:
            await future
    finally:
        await producer.stop()


async def commit(bootstrap: str, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
    """What a group commits when its agents have lost events."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        places = {TopicPartition(topic, partition): n for (topic, partition), n in offsets.items()}
        consumer.assign(list(places))
        await consumer.commit({tp: OffsetAndMetadata(n, "") for tp, n in places.items()})
    finally:
        await consumer.stop()


async def read_all(bootstrap: str, topic: str, count: int) -> list[ConsumerRecord[bytes, bytes]]:
    """The first `count` records of a topic with one partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    found: list[ConsumerRecord[bytes, bytes]] = []
    try:
        tp = TopicPartition(topic, 0)
        consumer.assign([tp])
        consumer.seek(tp, 0)
        while len(found) < count:
            for records in (await consumer.getmany(tp, timeout_ms=500)).values():
                found += records
    finally:
        await consumer.stop()
    return found
