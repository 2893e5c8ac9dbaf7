"""Who does what in a cluster of three, and how long ingest stands still when that one is taken away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.embedded.kafka import KafkaCluster, KafkaNode
from app.embedded.topics import count_brokers
from schemas.codec import decode
from schemas.events import APPLICATIONS, STATUS
from tests.storm.ledger import positions
from tests.storm.scene import PATIENT, Scene
from tests.storm.waiting import until_so

Duty = Literal["leader", "controller", "coordinator"]
DUTIES: Final[tuple[Duty, ...]] = ("leader", "controller", "coordinator")
# For what must hold on both: the embedded broker, and one node of Apache Kafka where the machine can run it.
BROKERS: Final = ["tansu", pytest.param("apache1", marks=pytest.mark.java)]
SETTINGS: Final = {**PATIENT, "SESSION_TIMEOUT_S": "10", "REBALANCE_TIMEOUT_S": "10"}
_POLL_S: Final = 0.1
_AHEAD: Final = 100


async def begin(play: Scene) -> KafkaCluster:
    """Two processes of ingest and one of deliver, at work; returns the broker they work with.

    It is about ingest here: few deliveries may wait, so that the end is not all theirs.
    """
    play.ahead = _AHEAD
    for role in ("ingest", "ingest", "deliver"):
        play.crew.start(role)
    await play.until_ingested(len(play.load.jobs()))
    log = play.place.log
    assert isinstance(log, KafkaCluster)
    return log


async def lost_s(duty: Duty, cluster: KafkaCluster, play: Scene) -> float:
    """kill -9 of the node with that duty: how long until all partitions moved again. It is back at the end."""
    node = await node_on(duty, cluster, play.place.group)
    node.kill()
    took_s = await standstill_s(play, time.monotonic())
    await node.start()
    await whole(cluster)
    return took_s


@asynccontextmanager
async def _admin(cluster: KafkaCluster) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def node_on(duty: Duty, cluster: KafkaCluster, group: str) -> KafkaNode:
    """The node that leads partition 0 of the applications, that is the active controller, or coordinates the group."""
    if duty == "controller":
        return cluster.nodes[_controller(cluster) - 1]
    async with _admin(cluster) as admin:
        if duty == "coordinator":
            return cluster.nodes[int(await admin.find_coordinator(group)) - 1]
        described = await admin.describe_topics([APPLICATIONS])
    leaders: dict[int, int] = {one["partition"]: one["leader"] for one in described[0]["partitions"]}
    return cluster.nodes[leaders[0] - 1]


def _controller(cluster: KafkaCluster) -> int:
    """As the nodes have written it down: clients are told of any broker as the controller (KRaft)."""
    newest: tuple[int, int] = (-1, 1)
    for node in cluster.nodes:
        file = node._plan.run_dir.path / "data" / "__cluster_metadata-0" / "quorum-state"
        state: dict[str, Any] = decode(file.read_bytes())
        newest = max(newest, (state["leaderEpoch"], state["leaderId"]))
    return newest[1]


async def whole(cluster: KafkaCluster) -> None:
    """Until all nodes are there and every copy is in sync: the next one may be taken away."""

    async def complete() -> bool:
        return await count_brokers(cluster.bootstrap) == len(cluster.nodes) and await _in_sync(cluster)

    await until_so(complete)


async def _in_sync(cluster: KafkaCluster) -> bool:
    try:
        async with _admin(cluster) as admin:
            described = await admin.describe_topics()
    except (KafkaError, OSError):
        return False
    return all(len(part["isr"]) == len(part["replicas"]) for topic in described for part in topic["partitions"])


async def standstill_s(play: Scene, since: float) -> float:
    """Seconds from `since` (time.monotonic()) until every partition of both joined topics has moved once more.

    Applications must be coming in for all of them.
    """
    start = await positions(play.place.pool)
    waiting = {place for place in start if place[0] in (APPLICATIONS, STATUS)}
    while waiting:
        await asyncio.sleep(_POLL_S)
        now = await positions(play.place.pool)
        waiting = {place for place in waiting if now[place] <= start[place]}
    return time.monotonic() - since
