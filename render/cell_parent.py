"""A process that forks cells, seen from the service: started when it is needed and again when it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from typing import Final

from render.cell_line import CellFailed

_START_S: Final = 30.0
_FORK_S: Final = 10.0  # it takes milliseconds; a parent that needs this long stands still


class Parent:
    """`module` is what the process runs: it decides what its cells can do."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._starting = asyncio.Lock()
        self._control: socket.socket | None = None
        self.process: asyncio.subprocess.Process | None = None

    async def close(self) -> None:
        """Ends the process; a second call does nothing."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
            self.process = None

    async def start(self) -> None:
        """Starts the process unless it runs. Raises CellFailed `start`."""
        async with self._starting:
            if self.process is None or self.process.returncode is not None:
                await self.close()
                await self._start()

    async def line(self) -> socket.socket:
        """Our end of a socket whose other end a new child holds, which has said so. Raises CellFailed `start`."""
        for _ in range(2):
            await self.start()
            asked = self.process
            ours, theirs = _pair()
            ours.setblocking(False)
            try:
                if await self._forked(ours, theirs):
                    return ours
            except BaseException:
                ours.close()
                raise
            ours.close()
            if self.process is asked:  # not yet replaced by another who waited
                await self.close()
        raise CellFailed("start")

    async def _forked(self, ours: socket.socket, theirs: socket.socket) -> bool:
        """Whether a child holds `theirs`. There is none where the parent ended, stands still or cannot fork."""
        try:
            with theirs:
                socket.send_fds(_opened(self._control), [b"j"], [theirs.fileno()])
            return await _spoke(ours, _FORK_S)
        except OSError:  # also that it took too long
            return False

    async def _start(self) -> None:
        ours, theirs = _pair()
        ours.setblocking(False)
        try:
            with theirs:
                self.process = await _process(self._module, theirs)
            ready = await _spoke(ours, _START_S)
        except OSError:  # also that it took too long
            ready = False
        except BaseException:
            ours.close()
            await self.close()
            raise
        self._control = ours
        if not ready:
            await self.close()
            raise CellFailed("start")


async def _process(module: str, control: socket.socket) -> asyncio.subprocess.Process:
    """Raises OSError."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        str(control.fileno()),
        pass_fds=[control.fileno()],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        env=_environment(),
    )


async def _spoke(line: socket.socket, within_s: float) -> bool:
    """Whether the other end says that it is there, and does not hang up. Raises OSError, TimeoutError among them."""
    async with asyncio.timeout(within_s):
        return bool(await asyncio.get_running_loop().sock_recv(line, 1))


def _pair() -> tuple[socket.socket, socket.socket]:
    """Raises CellFailed `start`."""
    try:
        return socket.socketpair()
    except OSError:  # no descriptor is free
        raise CellFailed("start") from None


def _environment() -> dict[str, str]:
    """None of our secrets. Symbols are bound once, in the parent, not by each cell in pages of its own."""
    return {"PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8", "LD_BIND_NOW": "1"}


def _opened(control: socket.socket | None) -> socket.socket:
    if control is None:
        raise BrokenPipeError
    return control
