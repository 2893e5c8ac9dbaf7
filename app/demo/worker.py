"""The service as the demo runs it: one `ats-sync worker`, a process of its own that can be killed and started again."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from typing import Final

from app.embedded.process import ServerCommand, ServerProcess, find_free_port
from app.embedded.run_dir import RunDir, make_run_dir
from schemas.errors import ConfigError

COMMAND: Final = (sys.executable, "-c", "from app.cli import main; main()")
_START_S: Final = 60.0
_STOP_S: Final = 40.0


class Worker:
    """One `ats-sync worker` process. It can be killed and started again."""

    def __init__(self, environment: Mapping[str, str], *, role: str = "all") -> None:
        self._run_dir: RunDir = make_run_dir("worker")
        self._port = find_free_port()
        own = {"ATS_SYNC_HTTP_PORT": str(self._port), "ATS_SYNC_STATE_DIR": str(self._run_dir.path / "state")}
        self._process = ServerProcess(
            ServerCommand(
                name="the worker",
                argv=(*COMMAND, "worker", "--role", role),
                run_dir=self._run_dir,
                environment={**environment, **own},
                death_signal=signal.SIGTERM,
            )
        )

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive

    @property
    def url(self) -> str:
        """Of its health and metrics."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Until it is ready. Raises ConfigError with the end of its log when it is not."""
        self._process.spawn()
        await self.until_ready()

    def spawn(self) -> None:
        self._process.spawn()

    async def until_ready(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_S
        while loop.time() < deadline and self._process.is_alive:
            if await self.is_ready():
                return
            await asyncio.sleep(0.1)
        if self._process.is_alive:
            raise ConfigError(f"the worker is not ready after {_START_S:g} s: {await self._unready()}")
        await self._process.wait_until(lambda: False, timeout_s=0.1)

    async def is_ready(self) -> bool:
        return not await self._unready()

    async def _unready(self) -> str:
        """Which parts are not ready and why, as /readyz says; empty when all are."""
        try:
            said = json.loads(await _get(self._port, "/readyz"))
        except (OSError, ValueError, TimeoutError):
            return "it does not answer"
        return ", ".join(f"{part}: {fault}" for part, fault in said.items() if fault != "ok")

    async def metrics(self) -> str:
        """What /metrics says."""
        return await _get(self._port, "/metrics")

    async def kill(self) -> None:
        """SIGKILL to the worker alone, until it is gone; its Chromium has to see to itself."""
        await self._process.kill_alone()

    async def stop(self) -> None:
        await self._process.end(signal.SIGTERM, grace_s=_STOP_S)

    def log(self) -> str:
        """Everything it has written, over every start."""
        return self._process.read_log()

    def file_names(self) -> str:
        """What it has left lying about, one path a line."""
        return "\n".join(str(path) for path in self._run_dir.path.rglob("*"))

    def remove(self) -> None:
        self._run_dir.remove()


async def _get(port: int, path: str) -> str:
    """The body of the answer to one HTTP/1.0 request."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
            return (await reader.read()).decode().partition("\r\n\r\n")[2]
        finally:
            writer.close()
