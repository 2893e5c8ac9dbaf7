"""Hostile files are opened in cells: a forked child per job with limits of the kernel, driven from asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from types import TracebackType
from typing import Final, Self

import msgspec

from render.cell_jobs import Answer, Failed, Job, Order
from render.cell_limits import CellLimits
from schemas.errors import AtsSyncError

_ANSWERS: Final = msgspec.msgpack.Decoder(Answer)
_START_S: Final = 30.0
_GRACE_S: Final = 2.0
_CHUNK: Final = 1 << 20


class CellFailed(AtsSyncError):  # noqa: N818 - named for what happened
    """The job ended without an answer. `code`: time, memory, crash, fault or size; nothing of the file is in it."""

    def __init__(self, code: str, kind: str = "") -> None:
        super().__init__(f"the cell ended: {code} {kind}".rstrip())
        self.code = code
        self.kind = kind


class Cells:
    """Starts its parent process with the first job and again if it is lost. At most `at_once` cells run together."""

    def __init__(self, limits: CellLimits, *, at_once: int = 4) -> None:
        self._limits = limits
        self._gate = asyncio.Semaphore(at_once)
        self._starting = asyncio.Lock()
        self._parent: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the parent process; a second call does nothing."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._parent is not None:
            with contextlib.suppress(ProcessLookupError):
                self._parent.kill()
            await self._parent.wait()
            self._parent = None

    async def start(self) -> None:
        """Starts the parent process unless it runs. Raises CellFailed `start`."""
        async with self._starting:
            if self._parent is None or self._parent.returncode is not None:
                await self.close()
                await self._start()

    async def run(self, job: Job, limits: CellLimits | None = None) -> Answer:
        """The cell's answer, never Failed. Raises CellFailed; the cell is then already dead or about to be killed."""
        allowed = limits or self._limits
        order = msgspec.msgpack.encode(Order(job=job, limits=allowed))
        async with self._gate:
            line = await self._line()
            started_s = time.monotonic()
            try:
                async with asyncio.timeout(allowed.wall_s + _GRACE_S):
                    answer = await self._talk(line, order)
            except TimeoutError:
                raise CellFailed("time") from None
            if not answer:
                raise CellFailed("time" if time.monotonic() - started_s >= allowed.wall_s else "crash")
        return _decoded(answer)

    async def _line(self) -> socket.socket:
        """Our end of a socket whose other end a new cell holds."""
        for _ in range(2):
            await self.start()
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    socket.send_fds(_opened(self._control), [b"j"], [theirs.fileno()])
                except OSError:
                    ours.close()
                    await self.close()
                    continue
            return ours
        raise CellFailed("start")

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._parent = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "render.cell_main",
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8"},  # none of our secrets
            )
        ours.setblocking(False)
        try:
            async with asyncio.timeout(_START_S):
                ready = await asyncio.get_running_loop().sock_recv(ours, 1)
        except TimeoutError:
            ready = b""
        self._control = ours
        if not ready:
            await self.close()
            raise CellFailed("start")

    async def _talk(self, line: socket.socket, order: bytes) -> bytes:
        """Empty when the cell ended without a word."""
        loop = asyncio.get_running_loop()
        line.setblocking(False)
        received = bytearray()
        with line, contextlib.suppress(ConnectionError):
            await loop.sock_sendall(line, len(order).to_bytes(8, "big") + order)
            while chunk := await loop.sock_recv(line, _CHUNK):
                received += chunk
                if len(received) > self._limits.answer_bytes:
                    raise CellFailed("size")
        return bytes(received)


def _decoded(answer: bytes) -> Answer:
    try:
        decoded: Answer = _ANSWERS.decode(answer)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise CellFailed("crash", "unreadable answer") from None
    if isinstance(decoded, Failed):
        raise CellFailed(decoded.code, decoded.kind)
    return decoded


def _opened(control: socket.socket | None) -> socket.socket:
    if control is None:
        raise BrokenPipeError
    return control
