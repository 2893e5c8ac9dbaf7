"""Apache Kafka itself, one node or three, for tests that need the real broker: KRaft, no Docker, no ZooKeeper."""

import asyncio
import base64
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.embedded.kafka_files import KafkaFiles, fetch_kafka
from app.embedded.process import Server, ServerCommand, ServerProcess, accepts_connections, find_free_ports
from app.embedded.run_dir import RunDir, make_run_dir
from app.embedded.topics import count_brokers, create_topics
from schemas.errors import ConfigError

_START_S = 120.0
_FORMAT_S = 120
_POLL_S = 0.1
_RECORD_BYTES = 4_194_304  # an event may have 2 MB, and Kafka's default is 1 MB
_QUORUM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Where one node listens and lives."""

    number: int
    port: int
    controller_port: int
    run_dir: RunDir

    @property
    def voter(self) -> str:
        return f"{self.number}@127.0.0.1:{self.controller_port}"

    @property
    def properties_file(self) -> Path:
        return self.run_dir.path / "node.properties"


class KafkaNode(Server):
    """One broker and controller. What it stored outlives `kill` and `restart`."""

    __slots__ = ("_plan",)

    def __init__(self, process: ServerProcess, plan: _Plan) -> None:
        super().__init__(process)
        self._plan = plan

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._plan.port}"

    async def start(self) -> None:
        """Brings it back after `kill`, at the same address; nothing when it runs."""
        if not self.is_alive:
            self.spawn()
            await self.wait_until_listening()

    async def restart(self) -> None:
        """Ends it in good order if it runs, then starts it."""
        await self._process.end(signal.SIGTERM, grace_s=30)
        await self.start()

    def spawn(self) -> None:
        self._process.spawn()

    async def wait_until_listening(self) -> None:
        await self._process.wait_until(lambda: accepts_connections(self._plan.port), timeout_s=_START_S)

    async def stop(self) -> None:
        """Ends it without ceremony, since its data goes too. Safe to repeat."""
        await self._process.end(signal.SIGKILL)
        self._plan.run_dir.remove()


class KafkaCluster:
    """Its nodes, and what is done with all of them."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: Sequence[KafkaNode]) -> None:
        self.nodes = tuple(nodes)

    @property
    def bootstrap(self) -> str:
        """host:port,host:port, as aiokafka takes it."""
        return ",".join(node.bootstrap for node in self.nodes)

    @property
    def url(self) -> str:
        """As Faust and our settings take it: `kafka://` before each, separated by semicolons."""
        return ";".join(f"kafka://{node.bootstrap}" for node in self.nodes)

    async def create_topics(self, partitions: Mapping[str, int]) -> None:
        """On as many nodes as there are, three at most."""
        await create_topics(self.bootstrap, partitions, replication=min(_QUORUM, len(self.nodes)))

    async def wait_until_complete(self) -> None:
        """Every node has joined. Raises ConfigError when that takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                while await count_brokers(self.bootstrap) < len(self.nodes):  # noqa: ASYNC110 - no event from there
                    await asyncio.sleep(_POLL_S)
                return
        message = f"Apache Kafka: not all of {len(self.nodes)} nodes joined in {_START_S:.0f} s"
        raise ConfigError(message)

    async def stop(self) -> None:
        for node in self.nodes:
            await node.stop()


async def start_kafka(*, nodes: int = 1, cache: Path | None = None) -> KafkaCluster:
    """A new, empty cluster. Raises ConfigError without Java 17 or, the first time, Maven."""
    files = await asyncio.to_thread(fetch_kafka, cache)
    plans = _plans(nodes)
    cluster_id = cluster_id_of(uuid.uuid4())
    cluster = KafkaCluster([KafkaNode(ServerProcess(_command(files, plan)), plan) for plan in plans])
    try:
        for plan in plans:
            plan.properties_file.write_text(_properties(plan, plans), encoding="utf-8")
            await asyncio.to_thread(_format, files, plan, cluster_id)
        for node in cluster.nodes:
            node.spawn()
        for node in cluster.nodes:
            await node.wait_until_listening()
        await cluster.wait_until_complete()
    except BaseException:
        await cluster.stop()
        raise
    return cluster


@asynccontextmanager
async def running_kafka(*, nodes: int = 1, cache: Path | None = None) -> AsyncIterator[KafkaCluster]:
    """A cluster for the length of the block."""
    cluster = await start_kafka(nodes=nodes, cache=cache)
    try:
        yield cluster
    finally:
        await cluster.stop()


def cluster_id_of(chance: uuid.UUID) -> str:
    """22 letters as Kafka writes an id, never with a dash in front: its own tool takes that for an option."""
    first, *others = chance.bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *others])).decode().rstrip("=")


def _plans(nodes: int) -> list[_Plan]:
    ports = find_free_ports(2 * nodes)
    return [
        _Plan(number=number, port=port, controller_port=controller_port, run_dir=make_run_dir(f"kafka-{number}"))
        for number, (port, controller_port) in enumerate(zip(ports[::2], ports[1::2], strict=True), start=1)
    ]


def _command(files: KafkaFiles, plan: _Plan) -> ServerCommand:
    argv = files.command("kafka.Kafka", str(plan.properties_file))
    return ServerCommand(name=f"Apache Kafka node {plan.number}", argv=argv, run_dir=plan.run_dir)


def _properties(plan: _Plan, plans: Sequence[_Plan]) -> str:
    copies = min(_QUORUM, len(plans))
    in_sync = 2 if copies == _QUORUM else 1
    values = {
        "process.roles": "broker,controller",
        "node.id": plan.number,
        "controller.quorum.voters": ",".join(each.voter for each in plans),
        "listeners": f"PLAINTEXT://127.0.0.1:{plan.port},CONTROLLER://127.0.0.1:{plan.controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{plan.port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": plan.run_dir.path / "data",
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "message.max.bytes": _RECORD_BYTES,
        "replica.fetch.max.bytes": _RECORD_BYTES,
        "broker.heartbeat.interval.ms": 1_000,
        "broker.session.timeout.ms": 3_000,  # so long does a killed node stay leader
        "group.initial.rebalance.delay.ms": 0,  # a test's consumer group is complete when it starts
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _format(files: KafkaFiles, plan: _Plan, cluster_id: str) -> None:
    command = files.command("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(plan.properties_file))
    done = subprocess.run(  # noqa: S603 - Kafka's own tool with our own file
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_FORMAT_S, check=False
    )
    if done.returncode:
        message = f"Apache Kafka could not format node {plan.number}: {done.stderr.strip()[-300:]}"
        raise ConfigError(message)
