"""Worker processes to be killed, frozen, stopped and started again, each with its own log, port and folder."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import psutil

from app.embedded.process import ServerCommand, ServerProcess, find_free_port
from app.embedded.run_dir import make_run_dir
from tests.endings import endings

Role = Literal["ingest", "deliver"]
_ROOT: Final = Path(__file__).parents[2]
_STOP_S: Final = 40.0


class Worker:
    """One process of one role. A killed one is started again with the same name, which static membership needs."""

    def __init__(self, name: str, role: Role, environment: Mapping[str, str]) -> None:
        self.name = name
        self.role = role
        self._frozen = False
        self._wanted = False
        self._run_dir = make_run_dir(f"storm-{name}")
        own = {
            "ATS_SYNC_HTTP_PORT": str(find_free_port()),
            "ATS_SYNC_STATE_DIR": str(self._run_dir.path / "state"),
            "PYTHONPATH": str(_ROOT),
        }
        self._process = ServerProcess(
            ServerCommand(
                name=name,
                argv=(sys.executable, "-m", "tests.storm.worker", role),
                run_dir=self._run_dir,
                environment={**environment, **own},
            )
        )

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive

    @property
    def is_frozen(self) -> bool:
        return self._frozen

    @property
    def is_wanted(self) -> bool:
        """Whether somebody should see to it that it runs."""
        return self._wanted

    def spawn(self) -> None:
        self._process.spawn()
        self._wanted = True

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self._frozen = self._wanted = False
        self._process.kill()

    def freeze(self) -> None:
        """SIGSTOP: alive for the kernel and for whoever it is connected to, and silent."""
        self._frozen = True
        with suppress(psutil.NoSuchProcess):
            self._process.pause()

    def thaw(self) -> None:
        self._frozen = False
        with suppress(psutil.NoSuchProcess):
            self._process.resume()

    @property
    def status(self) -> int | None:
        """Of its last end; None while it runs. -9: killed."""
        child = self._process._child
        return child.poll() if child else None

    async def stop(self) -> bool:
        """SIGTERM; whether it ended by itself, with status 0, in good time."""
        self._wanted = False
        await self._process.end(signal.SIGTERM, grace_s=_STOP_S)
        return self.status == 0

    def log(self) -> str:
        return self._process.read_log()

    def remove(self) -> None:
        self._process.kill()
        self._run_dir.remove()


@dataclass(slots=True, kw_only=True)
class Fleet:
    """The processes of one storm. `environment` is all they get of ours."""

    environment: Mapping[str, str]
    static_members: bool = False
    workers: list[Worker] = field(default_factory=list)
    _logs: dict[str, str] = field(default_factory=dict)
    _made: int = 0

    def start(self, role: Role, **changes: str) -> Worker:
        """One more process. `changes`: `ATS_SYNC_*` by their short names, in lower case."""
        self._made += 1
        name = f"{role}-{self._made}"
        own = {f"ATS_SYNC_{key.upper()}": value for key, value in changes.items()}
        if self.static_members and role == "ingest":
            own["ATS_SYNC_GROUP_INSTANCE_ID"] = name
        worker = Worker(name, role, {**self.environment, **own})
        self.workers.append(worker)
        worker.spawn()
        return worker

    def of(self, role: Role) -> list[Worker]:
        return [worker for worker in self.workers if worker.role == role]

    def revive(self) -> int:
        """Starts again whatever ended by itself, as a supervisor does; returns how many had."""
        ended = [worker for worker in self.workers if worker.is_wanted and not worker.is_alive]
        for worker in ended:
            worker.spawn()
        return len(ended)

    async def retire(self, worker: Worker) -> int | None:
        """A stop in order, for good; its status."""
        await worker.stop()
        self.workers.remove(worker)
        self._logs[worker.name] = worker.log()
        worker.remove()
        return worker.status

    def logs(self) -> dict[str, str]:
        """Everything any of them said, by name, over all its starts."""
        return {**self._logs, **{worker.name: worker.log() for worker in self.workers}}

    def reasons(self) -> Counter[str]:
        """Why any of them ended by itself, in its own words."""
        return endings("\n".join(self.logs().values()))

    def close(self) -> None:
        for worker in self.workers:
            worker.remove()


@asynccontextmanager
async def fleet(environment: Mapping[str, str], *, static_members: bool = False) -> AsyncIterator[Fleet]:
    """Whoever still runs at the end is killed."""
    made = Fleet(environment=environment, static_members=static_members)
    try:
        yield made
    finally:
        made.close()


def plain_environment() -> dict[str, str]:
    """What a process needs of the machine, and nothing of the user's own settings."""
    kept = ("PATH", "HOME", "TMPDIR", "LANG")
    return {"PYTHONUNBUFFERED": "1", **{name: os.environ[name] for name in kept if name in os.environ}}
