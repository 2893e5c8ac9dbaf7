"""Apache Kafka as the tests run it: what was acknowledged survives a kill of one node, alone or of three."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from app.embedded.kafka import KafkaCluster, running_kafka

pytestmark = [pytest.mark.service, pytest.mark.java]


@pytest.fixture
async def one() -> AsyncIterator[KafkaCluster]:
    async with running_kafka(nodes=1) as cluster:
        yield cluster


@pytest.fixture
async def three() -> AsyncIterator[KafkaCluster]:
    async with running_kafka(nodes=3) as cluster:
        yield cluster


async def _write(cluster: KafkaCluster, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, acks="all", max_request_size=4_000_000)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait("kept", value, partition=0)
    finally:
        await producer.stop()


async def _read(cluster: KafkaCluster, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition("kept", 0)])
        await consumer.seek_to_beginning()
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def _leader(cluster: KafkaCluster) -> int:
    """Which node, counted from 1, leads the topic's only partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(["kept"])
        return int(described[0]["partitions"][0]["leader"])
    finally:
        await admin.close()


async def test_one_node_keeps_acknowledged_records_through_a_kill(one: KafkaCluster) -> None:
    largest = b"x" * 2_000_000
    await one.create_topics({"kept": 1})
    await one.create_topics({"kept": 5})
    await _write(one, largest, b"second")
    address = one.url
    one.nodes[0].kill()
    assert not one.nodes[0].is_alive
    await one.nodes[0].start()
    assert one.url == address
    assert await _read(one, 2) == [largest, b"second"]


@pytest.mark.chaos
async def test_three_nodes_take_and_keep_records_while_the_leader_is_dead(three: KafkaCluster) -> None:
    await three.create_topics({"kept": 1})
    await _write(three, b"before")
    leader = three.nodes[await _leader(three) - 1]
    leader.kill()
    await _write(three, b"without")
    await leader.start()
    await three.wait_until_complete()
    await _write(three, b"after")
    assert await _read(three, 3) == [b"before", b"without", b"after"]
