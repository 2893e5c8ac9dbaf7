"""The seeded plan of what is done to the processes, and its execution by how far the work is, not by the clock."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.embedded.broker import Broker
from tests.storm.fleet import Fleet, Role, Worker
from tests.storm.place import PAUSE_S, Place

Kind = Literal["kill", "pause", "crash", "broker"]
# A fault may itself be what nothing moves for: the next one comes all the same. But not before ingest could begin
# again, which takes longer the more it has to read first: with 6 s, a storm of 200,000 stood still from 75,000 on.
_PATIENCE_S: Final = 30.0
_POLL_S: Final = 0.1
_BROKER_S: Final = (2.0, 8.0)  # shorter and longer than the group's session


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`at`: the share of the deliveries that have ended by then. `lot` chooses the victim."""

    kind: Kind
    at: float
    lot: float
    for_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    kills: int = 20
    pauses: int = 10
    crashes: int = 4
    broker: int = 3


def make_plan(seed: int, counts: Counts) -> list[Fault]:
    """In the order of their times, spread over all of the run."""
    rng = random.Random(f"plan {seed}")
    numbers: dict[Kind, int] = {
        "kill": counts.kills,
        "pause": counts.pauses,
        "crash": counts.crashes,
        "broker": counts.broker,
    }
    kinds = [kind for kind, number in numbers.items() for _ in range(number)]
    rng.shuffle(kinds)
    length = {"pause": PAUSE_S, "broker": _BROKER_S}
    return [
        Fault(
            kind=kind,
            at=0.9 * (number + rng.random()) / len(kinds),
            lot=rng.random(),
            for_s=rng.uniform(*length[kind]) if kind in length else 0.0,
        )
        for number, kind in enumerate(kinds)
    ]


@dataclass(slots=True, kw_only=True)
class Havoc:
    """`done`: what was inflicted, by kind (and role, for processes)."""

    place: Place
    fleet: Fleet
    plan: Sequence[Fault]
    done: Counter[str] = field(default_factory=Counter)
    _thawing: set[asyncio.Task[None]] = field(default_factory=set)
    _unhurt: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def rage(self, share: Callable[[], float]) -> None:
        """The whole plan. Everything lives again, and nothing is frozen, at its end."""
        try:
            for fault in self.plan:
                await self._until(fault.at, share)
                await self._inflict(fault)
        finally:
            await asyncio.gather(*self._thawing)

    async def _until(self, at: float, share: Callable[[], float]) -> None:
        seen, since = share(), time.monotonic()
        while share() < at and time.monotonic() - since < _PATIENCE_S:
            await asyncio.sleep(_POLL_S)
            if share() > seen:
                seen, since = share(), time.monotonic()

    async def _inflict(self, fault: Fault) -> None:
        match fault.kind:
            case "kill":
                self._kill(await self._victim(fault.lot, awake=1))
            case "pause":
                self._freeze(await self._victim(fault.lot, awake=2), fault.for_s)
            case "crash":
                await self.place.postgres.crash()
                await self.place.postgres.start()
                self.done["crash of PostgreSQL"] += 1
            case "broker":
                self._later(self._hurt_broker(fault))

    async def _victim(self, lot: float, *, awake: int) -> Worker:
        """Half of all faults meet each role. Waits until so many of it are alive and not frozen."""
        role: Role = "ingest" if lot < 0.5 else "deliver"
        while True:
            found = [worker for worker in self.fleet.of(role) if worker.is_alive and not worker.is_frozen]
            if len(found) >= awake:
                return found[int(lot * 1_000) % len(found)]
            await asyncio.sleep(_POLL_S)

    def _kill(self, worker: Worker) -> None:
        worker.kill()
        worker.spawn()
        self.done[f"kill -9 of {worker.role}"] += 1

    def _freeze(self, worker: Worker, for_s: float) -> None:
        worker.freeze()
        self.done[f"SIGSTOP of {worker.role}"] += 1
        self._later(_thaw(worker, for_s))

    async def _hurt_broker(self, fault: Fault) -> None:
        """One node at a time. The embedded broker keeps everything in memory: it is only ever paused."""
        log = self.place.log
        async with self._unhurt:
            node = log if isinstance(log, Broker) else log.nodes[int(fault.lot * 1_000) % len(log.nodes)]
            if isinstance(node, Broker) or fault.lot < 0.5:
                node.pause()
                await asyncio.sleep(fault.for_s)
                node.resume()
                self.done["pause of a broker"] += 1
            else:
                node.kill()
                await asyncio.sleep(fault.for_s)
                await node.start()
                self.done["kill -9 of a broker"] += 1

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        self._thawing.add(asyncio.create_task(work))


async def _thaw(worker: Worker, for_s: float) -> None:
    await asyncio.sleep(for_s)
    worker.thaw()
