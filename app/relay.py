"""Publishes the outbox: results and dead letters leave through here, at least once, in the order they were written."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownError, UnsupportedVersionError

from app.failpoints import Failpoints
from app.ledger.outbox import Message, Outbox
from app.ledger.pool import is_transient
from app.rounds import Tell, pause
from streams.stumbles import is_stumble

_BATCH: Final = 500
_BATCH_BYTES: Final = 16_000_000  # refused records may be large, and many at once
_LARGEST_BYTES: Final = 16_000_000
_SEND_S: Final = 20.0
_PUBLISH_S: Final = 50.0  # less than a session may idle in a transaction (ledger/pool.py)
_RETRY_S: Final = 1.0


class Publisher:
    """A producer that returns when all replicas have a record."""

    def __init__(self, bootstrap: str, tell: Tell) -> None:
        self._bootstrap = bootstrap
        self._tell = tell
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        try:
            self._producer = await self._started(idempotent=True)
        except (UnknownError, UnsupportedVersionError):
            # The embedded broker hands out no producer ids; a repeat after a lost acknowledgement is then possible,
            # which at-least-once allows and `id` in the headers shows.
            self._tell("broker_without_idempotence", {})
            self._producer = await self._started(idempotent=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._producer:
            async with asyncio.timeout(_SEND_S):
                await self._producer.stop()

    async def send(self, message: Message) -> None:
        """Returns when it is durable. One too large for the broker goes without its value: the ledger keeps that."""
        try:
            await self._send(message, message.value)
        except MessageSizeTooLargeError:
            await self._send(message, None)

    async def _send(self, message: Message, value: bytes | None) -> None:
        if self._producer is None:
            raise RuntimeError("the publisher is not open")
        headers = [*message.headers, ("ats-sync-id", str(message.id).encode())]
        if value is None:
            headers.append(("ats-sync-value", b"left out"))
        if value is None and message.key is None:
            value = b""  # a record with neither would not be sent
        await self._producer.send_and_wait(message.topic, key=message.key, value=value, headers=headers)

    async def _started(self, *, idempotent: bool) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=idempotent,
            max_request_size=_LARGEST_BYTES,
            request_timeout_ms=int(_SEND_S * 1000),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer


class Relay:
    def __init__(self, outbox: Outbox, bootstrap: str, tell: Tell, failpoints: Failpoints | None = None) -> None:
        self._outbox = outbox
        self._bootstrap = bootstrap
        self._tell = tell
        self._failpoints = failpoints or Failpoints()

    async def run(self, stop: asyncio.Event, *, every_s: float) -> None:
        """Publish whatever waits, until `stop` is set; an absent broker or database only delays."""
        while not stop.is_set():
            try:
                async with Publisher(self._bootstrap, self._tell) as publisher:
                    await self._publish_until(stop, publisher, every_s)
            except Exception as exc:
                if not (isinstance(exc, KafkaError) or is_transient(exc) or is_stumble(exc)):
                    raise
                self._tell("relay_waits", {"error": type(exc).__name__, "retry_in_s": _RETRY_S})
                await pause(stop, _RETRY_S)

    async def _publish_until(self, stop: asyncio.Event, publisher: Publisher, every_s: float) -> None:
        while not stop.is_set():
            if await self.publish(publisher) < _BATCH:
                await pause(stop, every_s)

    async def publish(self, publisher: Publisher) -> int:
        """One batch; returns its size. A crash between sending and marking sends it again."""
        async with self._outbox.take(_BATCH, _BATCH_BYTES) as taken:
            if taken.messages:
                self._failpoints.passing("before_relay")
                async with asyncio.timeout(_PUBLISH_S):
                    await asyncio.gather(*(publisher.send(message) for message in taken.messages))
                self._failpoints.passing("after_relay")
                await taken.published([message.id for message in taken.messages])
            return len(taken.messages)
