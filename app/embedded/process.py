"""One server as a child process: start it, end it, freeze it, all by its own pid."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.embedded.run_dir import ENDED, RunDir, kill_all, wait_for_status
from schemas.errors import ConfigError

_TRAMPOLINE = Path(__file__).with_name("trampoline.py")
# Below every system's ephemeral range: a client that retries its connection to a dead server on an ephemeral port can
# be given that very port as its own, connect to itself, and keep the server from coming back.
_PORTS = range(20_000, 32_000)
_POLL_S = 0.01
_LOG_TAIL_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """Whom a server runs as when we are root and it refuses to be."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCommand:
    """What to run. `death_signal` is what Linux sends it when we die; elsewhere the next start sweeps it away."""

    name: str
    argv: tuple[str, ...]
    run_dir: RunDir
    environment: Mapping[str, str] = field(default_factory=dict)
    user: ServerUser | None = None
    death_signal: signal.Signals = signal.SIGKILL
    outlives_owner: bool = False

    @property
    def log(self) -> Path:
        return self.run_dir.path / "server.log"


class ServerProcess:
    """A handle on the running server, usable from any event loop.

    `spawn` has to be called on a thread that lives as long as the server should: Linux ties a death signal to the
    thread that started the child, not to its process.
    """

    __slots__ = ("_child", "_command")

    def __init__(self, command: ServerCommand) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Raises ConfigError when it was never started."""
        return self._started().pid

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def spawn(self) -> None:
        """Starts it and returns at once; see `wait_until` for readiness."""
        command = self._command
        with command.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - the command is built in this package, never from input
                [*_trampoline(command), *command.argv],
                env=dict(command.environment),
                cwd=command.run_dir.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is for us; we end the servers in our own order
            )
        command.run_dir.record_server(self._child.pid, outlives_owner=command.outlives_owner)

    async def wait_until(self, is_ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Raises ConfigError with the end of the server's log when it ends, or is not ready in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.is_alive:
                    if is_ready():
                        return
                    await asyncio.sleep(_POLL_S)
        last_words = " | ".join(self.read_log().splitlines()[-_LOG_TAIL_LINES:])
        message = f"{self._command.name} did not start: {last_words or 'it said nothing'}"
        raise ConfigError(message)

    def kill(self) -> None:
        """SIGKILL to it and its children, as a machine that loses power would; returns when all are gone."""
        if self._child is None or self._child.poll() is not None:
            return
        kill_all(self._family())
        self._child.wait()

    async def kill_alone(self) -> None:
        """SIGKILL to it and to none of its children, as the kernel's memory killer would; returns when it is gone.

        It waits for this one process: somebody may have started the server anew by then.
        """
        child = self._started()
        child.kill()
        await asyncio.to_thread(child.wait)

    def pause(self) -> None:
        """SIGSTOP to it and its children: alive, and silent. Returns when all have stopped."""
        family = self._family()
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.suspend()
        wait_for_status(family, (psutil.STATUS_STOPPED, *ENDED))

    def resume(self) -> None:
        """SIGCONT, the end of `pause`; harmless when it runs."""
        for member in self._family():
            with suppress(psutil.NoSuchProcess):
                member.resume()

    async def end(self, with_signal: signal.Signals, *, grace_s: float = 15.0) -> None:
        """Asks it to end and waits; kills it when it takes longer than `grace_s`. Safe to repeat."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        self.resume()
        child.send_signal(with_signal)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(child.wait, grace_s)
        self.kill()

    def read_log(self) -> str:
        """All it said so far, over every start."""
        with suppress(FileNotFoundError):
            return self._command.log.read_text(encoding="utf-8", errors="replace")
        return ""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            message = f"{self._command.name} was not started"
            raise ConfigError(message)
        return self._child

    def _family(self) -> list[psutil.Process]:
        server = psutil.Process(self.pid)
        return [server, *server.children(recursive=True)]


class Server:
    """What a test may do to any server: see whether it lives, kill it, freeze it."""

    __slots__ = ("_process",)

    def __init__(self, process: ServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive

    def kill(self) -> None:
        """SIGKILL to the server and every process of it."""
        self._process.kill()

    def pause(self) -> None:
        self._process.pause()

    def resume(self) -> None:
        self._process.resume()


def find_free_port() -> int:
    return find_free_ports(1)[0]


def find_free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that nobody listens on at this moment, outside the ephemeral range."""
    found = [port for port in random.sample(_PORTS, k=200 + count) if _is_free(port)]
    if len(found) < count:
        message = "no free port on 127.0.0.1 among 200 tried"
        raise ConfigError(message)
    return found[:count]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts_connections(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _trampoline(command: ServerCommand) -> list[str]:
    parent = 0 if command.outlives_owner else os.getpid()
    user = command.user or ServerUser(uid=-1, gid=-1)
    numbers = (parent, int(command.death_signal), user.uid, user.gid)
    return [sys.executable, "-I", "-S", str(_TRAMPOLINE), *(str(number) for number in numbers)]
