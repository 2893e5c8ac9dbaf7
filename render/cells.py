"""Hostile files are opened in cells: a forked, limited child for each profile, driven from asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Protocol, Self

from render.cell_jobs import Answer, Job
from render.cell_limits import CellLimits
from render.cell_line import CellFailed, ask

__all__ = ["Cell", "CellFailed", "Cells", "Worker"]

_START_S: Final = 30.0
_TRUSTED_JOBS: Final = 200  # a fork costs more than the job: 200 documents of our own making share one


class Worker(Protocol):
    """Who does jobs: a cell, or all cells."""

    async def run(self, job: Job, limits: CellLimits | None = None) -> Answer:
        """The answer, never Failed. Raises CellFailed; nothing of the job is in its text."""


class Cell:
    """A child for one profile's files. Forked with its first job, and again after one that ended it."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._line: socket.socket | None = None
        self.jobs = 0

    async def run(self, job: Job, limits: CellLimits | None = None) -> Answer:
        """See Worker. Jobs of one cell come one after the other."""
        if self._line is None:
            self._line = await self._cells.line()
        self.jobs += 1
        try:
            return await ask(self._line, job, limits or self._cells.limits)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """The child ends when its line does; a second call does nothing."""
        if self._line is not None:
            self._line.close()
            self._line = None


class Cells:
    """Starts its parent process with the first job and again if it is lost. At most `at_once` profiles have a cell."""

    def __init__(self, limits: CellLimits, *, at_once: int = 4) -> None:
        self.limits = limits
        self._gate = asyncio.Semaphore(at_once)
        self._starting = asyncio.Lock()
        self._trusted: list[Cell] = []
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
        while self._trusted:
            self._trusted.pop().close()
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

    @contextlib.asynccontextmanager
    async def cell(self) -> AsyncIterator[Cell]:
        """A cell for one profile, gone afterwards: what one candidate's file may have done meets no other's."""
        async with self._gate:
            cell = Cell(self)
            try:
                yield cell
            finally:
                cell.close()

    async def run(self, job: Job, limits: CellLimits | None = None) -> Answer:
        """One job in a cell of its own. See Worker."""
        async with self.cell() as cell:
            return await cell.run(job, limits)

    async def run_trusted(self, job: Job, limits: CellLimits) -> Answer:
        """A job without anything of a stranger's in it. See Worker; a child lost since its last job is replaced."""
        cell = self._trusted.pop() if self._trusted else Cell(self)
        was_used = cell.jobs > 0
        try:
            answer = await cell.run(job, limits)
        except CellFailed as exc:
            if exc.code != "crash" or not was_used:
                raise
            answer = await cell.run(job, limits)
        if cell.jobs < _TRUSTED_JOBS:
            self._trusted.append(cell)
        else:
            cell.close()
        return answer

    async def line(self) -> socket.socket:
        """Our end of a socket whose other end a new child holds. Raises CellFailed `start`."""
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
            ours.setblocking(False)
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
                env=_environment(),
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


def _environment() -> dict[str, str]:
    """None of our secrets. Symbols are bound once, in the parent, not by each cell in pages of its own."""
    return {"PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8", "LD_BIND_NOW": "1"}


def _opened(control: socket.socket | None) -> socket.socket:
    if control is None:
        raise BrokenPipeError
    return control
