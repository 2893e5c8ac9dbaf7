"""Recorded records onto a broker, in their order, each acknowledged by all replicas."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, UnknownError, UnsupportedVersionError

from schemas.errors import Unreachable
from schemas.record import Record

_IN_FLIGHT = 5_000
_LARGEST = 16_000_000  # bytes; the broker has the last word


def bootstrap_of(kafka_url: str) -> str:
    """`kafka://a:1;b:2` -> `a:1,b:2`."""
    return kafka_url.removeprefix("kafka://").replace(";", ",").replace("kafka://", "")


async def publish_records(
    records: Iterable[Record], *, bootstrap: str, rate: float | None = None, on_sent: Callable[[], None] = lambda: None
) -> int:
    """Send each record to its topic with its key and timestamp; the key picks the partition. Returns how many arrived.

    `rate` is records a second; None: as fast as the broker acknowledges. Order per key is kept (idempotent producer).
    Raises ConnectionError when no broker answers.
    """
    producer = await _started(bootstrap)
    try:
        return await _send_all(producer, records, rate=rate, on_sent=on_sent)
    finally:
        await producer.stop()


def no_broker(bootstrap: str, *, named: str = "ATS_SYNC_KAFKA_URL") -> Unreachable:
    """`named`: what its address was given by."""
    return Unreachable(f"no Kafka broker answers at {bootstrap}: check {named}")


async def require_broker(bootstrap: str) -> None:
    """Raises ConnectionError when no broker answers."""
    await (await _started(bootstrap)).stop()


async def _started(bootstrap: str) -> AIOKafkaProducer:
    """Idempotent where the broker can; the embedded one hands out no producer ids, so a lost answer may repeat."""
    try:
        return await _start(bootstrap, idempotent=True)
    except (UnknownError, UnsupportedVersionError):
        return await _start(bootstrap, idempotent=False)


async def _start(bootstrap: str, *, idempotent: bool) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=idempotent, linger_ms=5, max_request_size=_LARGEST
    )
    try:
        await producer.start()
    except BaseException as exc:
        await producer.stop()
        if isinstance(exc, KafkaConnectionError):
            raise ConnectionError("no broker answers") from exc
        raise
    return producer


async def _send_all(
    producer: AIOKafkaProducer, records: Iterable[Record], *, rate: float | None, on_sent: Callable[[], None]
) -> int:
    loop = asyncio.get_running_loop()
    waiting: deque[Any] = deque()
    started, sent = loop.time(), 0
    for sent, record in enumerate(records, start=1):
        waiting.append(await _send(producer, record))
        if len(waiting) >= _IN_FLIGHT:
            await waiting.popleft()
        on_sent()
        if rate and (ahead := started + sent / rate - loop.time()) > 0:
            await asyncio.sleep(ahead)
    await asyncio.gather(*waiting)
    return sent


async def _send(producer: AIOKafkaProducer, record: Record) -> Any:
    return await producer.send(
        record.topic,
        value=record.value,
        key=record.key,
        timestamp_ms=record.timestamp_ms or None,
        headers=list(record.headers),
    )
