"""The embedded broker: the Kafka protocol for real, and a fresh start each time."""

from collections.abc import AsyncIterator

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from app.embedded.broker import Broker, running_broker

pytestmark = pytest.mark.service

LARGEST_EVENT_BYTES = 2_000_000


@pytest.fixture
async def own() -> AsyncIterator[Broker]:
    async with running_broker() as server:
        yield server


async def _partitions(broker: Broker, topic: str) -> set[int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
    await consumer.start()
    try:
        await consumer.topics()
        return set(consumer.partitions_for_topic(topic) or ())
    finally:
        await consumer.stop()


async def _write(broker: Broker, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, max_request_size=2 * LARGEST_EVENT_BYTES)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def _read(broker: Broker, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_topics_get_the_partitions_asked_for_and_keep_them(broker: Broker, unique: str) -> None:
    await broker.create_topics({f"{unique}-a": 4, f"{unique}-b": 1})
    await broker.create_topics({f"{unique}-a": 9})
    assert await _partitions(broker, f"{unique}-a") == {0, 1, 2, 3}
    assert await _partitions(broker, f"{unique}-b") == {0}


async def test_what_is_written_is_read_in_order_even_the_largest_event(broker: Broker, unique: str) -> None:
    await broker.create_topics({unique: 1})
    values = [b"first", b"x" * LARGEST_EVENT_BYTES, b"last"]
    await _write(broker, unique, *values)
    assert await _read(broker, unique, 3) == values


async def test_a_restarted_broker_is_empty_at_the_same_address(own: Broker) -> None:
    await own.create_topics({"gone": 2})
    address = own.url
    await own.restart()
    assert own.url == address
    assert await _partitions(own, "gone") == set()


async def test_a_killed_broker_comes_back_by_restart(own: Broker) -> None:
    own.kill()
    assert not own.is_alive
    await own.restart()
    await own.create_topics({"again": 1})
    assert await _partitions(own, "again") == {0}


async def test_a_paused_broker_is_stopped_and_goes_on_when_resumed(own: Broker) -> None:
    await own.create_topics({"calm": 1})
    own.pause()
    assert psutil.Process(own.pid).status() == psutil.STATUS_STOPPED
    own.resume()
    await _write(own, "calm", b"value")
    assert await _read(own, "calm", 1) == [b"value"]
