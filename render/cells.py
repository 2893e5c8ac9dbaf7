"""Hostile files are opened in cells: a forked, limited child for each profile, driven from asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Protocol, Self

from render.cell_jobs import Answer, AssembleJob, Job, LoadJob
from render.cell_limits import CellLimits
from render.cell_line import CellFailed, ask
from render.cell_parent import Parent
from render.resume_sniff import kind_of

__all__ = ["Cell", "CellFailed", "Cells", "Worker"]

_TRUSTED_JOBS: Final = 200  # a fork costs more than the job: 200 documents of our own making share one


class Worker(Protocol):
    """Who does jobs: a cell, or all cells."""

    async def run(self, job: Job, limits: CellLimits | None = None) -> Answer:
        """The answer, never Failed. Raises CellFailed; nothing of the job is in its text."""


class Cell:
    """A child for one profile's files. Forked with its first job, and anew after one that ended it or is beyond it."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._line: socket.socket | None = None
        self._parent: Parent | None = None
        self.jobs = 0

    async def run(self, job: Job, limits: CellLimits | None = None) -> Answer:
        """See Worker. Jobs of one cell come one after the other."""
        able = self._cells.able(job)
        if self._line is None or self._parent not in able:
            self.close()
            self._parent = able[0]
            self._line = await self._parent.line()
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
    """Two processes fork cells: one for PDFs alone, which is small and so cheap to fork, one for all other work.

    Each is started with the first job for it and again if it is lost. At most `at_once` profiles have a cell.
    """

    def __init__(self, limits: CellLimits, *, at_once: int = 4) -> None:
        self.limits = limits
        self._gate = asyncio.Semaphore(at_once)
        self._trusted: list[Cell] = []
        self.for_pdfs = Parent("render.cell_main_pdf")
        self.for_all = Parent("render.cell_main")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the processes; a second call does nothing."""
        while self._trusted:
            self._trusted.pop().close()
        await asyncio.gather(self.for_pdfs.close(), self.for_all.close())

    async def start(self) -> None:
        """Starts the processes that do not run. Raises CellFailed `start`."""
        await asyncio.gather(self.for_pdfs.start(), self.for_all.start())

    def able(self, job: Job) -> tuple[Parent, ...]:
        """Whose cells can do `job`, the cheapest first."""
        if isinstance(job, AssembleJob) or (isinstance(job, LoadJob) and kind_of(job.content) == "pdf"):
            return (self.for_pdfs, self.for_all)
        return (self.for_all,)

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
