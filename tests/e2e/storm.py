"""Kills and crashes by how far the run is, not by the clock, so that they are spread over all of it on any machine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from app.demo.play import Moment
from app.demo.worker import Worker
from app.embedded.postgres import Postgres
from tests.endings import endings

# A killed worker's claims come back when their leases end: after a few seconds, not after a minute and a half.
SHORT_LEASES: Final = {"HTTP_TIMEOUT_S": "5", "UPLOAD_TIMEOUT_S": "10", "LEASE_S": "15", "RETRY_SCALE": "0.05"}

_POLL_S: Final = 0.1
_UP_S: Final = 8.0  # a dozen of these fit into the run


@dataclass(slots=True)
class Storm:
    """`kills`: SIGKILLs of workers in turn; `crashes`: of Postgres; each when the next share of the work is done."""

    workers: Sequence[Worker]
    postgres: Postgres
    kills: int
    crashes: int
    killed: int = 0
    crashed: int = 0
    _done: float = 0.0

    def watch(self, moment: Moment) -> None:
        self._done = (moment.delivered + moment.ingested) / (moment.expected + moment.records)

    @asynccontextmanager
    async def raging(self) -> AsyncIterator[None]:
        """For the length of the block. What ended, killed or by itself, is started again as a supervisor does it.

        A storm that fails ends the block with its error.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._rage()), group.create_task(self._supervise())]
            yield
            for task in tasks:
                task.cancel()

    def endings(self) -> Counter[str]:
        """Why any of them ended by itself."""
        return endings("\n".join(worker.log() for worker in self.workers))

    async def _supervise(self) -> None:
        while True:
            for worker in self.workers:
                if not worker.is_alive:
                    worker.spawn()
            await asyncio.sleep(_POLL_S)

    async def _rage(self) -> None:
        while self.killed < self.kills or self.crashed < self.crashes:
            await asyncio.sleep(_POLL_S)
            if self.crashed < self.crashes and self._done > (self.crashed + 1) / (self.crashes + 1):
                self.crashed += 1
                await self.postgres.crash()
                await self.postgres.start()
            elif self.killed < self.kills and self._done > (self.killed + 1) / (self.kills + 2):
                await self._kill(self.workers[self.killed % len(self.workers)])

    async def _kill(self, worker: Worker) -> None:
        """And waits a little for it to be ready: the next one should meet work under way, not a start."""
        await worker.kill()
        self.killed += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(_UP_S):
                while not await worker.is_ready():  # noqa: ASYNC110 - another process says so
                    await asyncio.sleep(_POLL_S)
