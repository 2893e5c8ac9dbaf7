"""The demo does not mix its history with records that are on the broker already."""

from __future__ import annotations

import time

import pytest

from app.demo.play import refuse_used_topics
from app.embedded.broker import running_broker
from app.embedded.kafka import running_kafka
from app.publish import publish_records
from schemas.errors import ConfigError
from schemas.record import Record
from streams.topics import SOURCE_TOPICS

pytestmark = pytest.mark.service


async def test_empty_topics_are_taken_and_used_ones_refused() -> None:
    async with running_broker() as broker:
        await broker.create_topics(dict.fromkeys(SOURCE_TOPICS, 2))
        await _taken_then_refused(broker.bootstrap)


@pytest.mark.chaos
@pytest.mark.java
async def test_the_same_on_apache_kafka() -> None:
    async with running_kafka() as kafka:
        await kafka.create_topics(dict.fromkeys(SOURCE_TOPICS, 2))
        await _taken_then_refused(kafka.bootstrap)


async def _taken_then_refused(bootstrap: str) -> None:
    await refuse_used_topics(bootstrap)
    record = Record(topic="jobs", key=b"job-1", value=b"{}", timestamp_ms=int(time.time() * 1000))
    await publish_records([record], bootstrap=bootstrap)
    with pytest.raises(ConfigError, match="not empty: jobs"):
        await refuse_used_topics(bootstrap)
