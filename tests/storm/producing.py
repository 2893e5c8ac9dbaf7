"""A Kafka producer that is closed whatever happens: its own context manager forgets one that could not connect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaProducer

_LARGEST: Final = 16_000_000
_REQUEST_MS: Final = 10_000  # a killed node answers nothing, and the next one should be asked soon


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Acknowledged by all copies. Not idempotent, which the embedded broker cannot do. Raises KafkaError or OSError."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        linger_ms=5,
        max_request_size=_LARGEST,
        request_timeout_ms=_REQUEST_MS,
    )
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()
