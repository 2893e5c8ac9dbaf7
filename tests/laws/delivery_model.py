"""The delivery protocol in small, searched exhaustively: one delivery, two workers, one step, a late ATS.

Time is left out: a lease may end at any moment, a request may take effect at any moment after it was sent. `settle`
is the assumption that a look only counts when no request that went before it can still take effect. Where it is broken
(`late`), a duplicate on a `lookup` vendor is the documented limit; anywhere else it is a fault of the protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Row = Literal["ready", "sending", "uncertain", "delivered", "parked"]
Step = Literal["absent", "started", "finished"]
Phase = Literal["idle", "claimed", "started", "sent", "committed", "vanished"]
Capability = Literal["key", "lookup", "none"]

FENCES: Final = 5  # claims in a row that are looked at
LOOKS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """`fence` is what it believes to hold; it does not notice when that is over."""

    phase: Phase = "idle"
    fence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    row: Row = "ready"
    fence: int = 0
    owner: int | None = None
    step: Step = "absent"
    step_fence: int = 0
    looks: int = 0
    workers: tuple[Worker, Worker] = (Worker(), Worker())
    wire: frozenset[int] = frozenset()  # fences of requests that may still take effect
    created: int = 0
    late: bool = False

    def put(self, number: int, worker: Worker) -> World:
        workers = (worker, self.workers[1]) if number == 0 else (self.workers[0], worker)
        return replace(self, workers=workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    capability: Capability
    without: frozenset[str] = frozenset()
    may_be_late: bool = False

    def moves(self, world: World) -> Iterator[World]:
        """Every world that can follow."""
        yield from self._ats(world)
        if world.row == "sending":
            yield self._reaped(world)
        for number, worker in enumerate(world.workers):
            yield from self._worker(world, number, worker)

    def _ats(self, world: World) -> Iterator[World]:
        for fence in world.wire:
            off = replace(world, wire=world.wire - {fence})
            created = 1 if self.capability == "key" else world.created + 1
            yield _told(replace(off, created=created), fence, "committed")
            yield _told(off, fence, "vanished")

    def _reaped(self, world: World) -> World:
        """The lease ended: what was not started surely did not happen."""
        if world.step != "started":
            return replace(world, row="ready", owner=None)
        return replace(world, row="parked" if self.capability == "none" else "uncertain", owner=None)

    def _worker(self, world: World, number: int, worker: Worker) -> Iterator[World]:
        idle = world.put(number, Worker())
        if worker.phase == "idle":
            yield from self._claim(world, number)
            return
        yield idle  # kill -9
        if worker.phase == "claimed":
            yield from self._begin(world, idle, number, worker)
        elif worker.phase == "started":
            sent = replace(world, wire=world.wire | {worker.fence})
            yield sent.put(number, replace(worker, phase="sent"))
        elif worker.phase == "committed":
            yield self._finished(idle, number, worker)
            yield self._unknown(idle, number, worker)
        elif worker.phase == "sent":
            yield self._unknown(idle, number, worker)
        elif worker.phase == "vanished":
            yield self._unknown(idle, number, worker)
            yield self._refused(idle, number, worker)

    def _claim(self, world: World, number: int) -> Iterator[World]:
        if world.row in ("ready", "uncertain") and world.fence < FENCES:
            fence = world.fence + 1
            claimed = replace(world, row="sending", fence=fence, owner=number)
            yield claimed.put(number, Worker(phase="claimed", fence=fence))

    def _begin(self, world: World, idle: World, number: int, worker: Worker) -> Iterator[World]:
        if not self._owns(world, number, worker):
            yield idle
        elif world.step == "finished":
            yield replace(idle, row="delivered", owner=None)
        elif world.step == "absent" or self.capability == "key":
            yield self._started(world, number, worker)
        elif self.capability == "none":
            yield replace(idle, row="parked", owner=None)
        else:
            yield from self._look(world, idle, number, worker)

    def _look(self, world: World, idle: World, number: int, worker: Worker) -> Iterator[World]:
        if world.created:
            yield replace(idle, row="delivered", step="finished", owner=None)
            return
        late = self._can_still_land(world, worker)
        if late and "settle" not in self.without and not self.may_be_late:
            yield replace(idle, row="uncertain", owner=None)  # does not count yet
            return
        marked = replace(world, late=world.late or (late and "settle" not in self.without))
        if world.looks + 1 < (1 if "settle" in self.without else LOOKS):
            yield replace(marked, looks=world.looks + 1, row="uncertain", owner=None).put(number, Worker())
        else:
            yield self._started(marked, number, worker)

    def _can_still_land(self, world: World, worker: Worker) -> bool:
        """A request on the wire, or a frozen worker that has its mark and not sent yet."""
        frozen = any(w.phase == "started" and w.fence < worker.fence for w in world.workers)
        return bool(world.wire) or frozen

    def _started(self, world: World, number: int, worker: Worker) -> World:
        begun = world.put(number, replace(worker, phase="started"))
        if "write_ahead" in self.without:
            return begun
        return replace(begun, step="started", step_fence=worker.fence, looks=0)

    def _finished(self, idle: World, number: int, worker: Worker) -> World:
        if self._owns(idle, number, worker):
            return replace(idle, row="delivered", step="finished", owner=None)
        if idle.step == "started" and idle.step_fence == worker.fence:
            return replace(idle, step="finished")  # the truth is kept, the row is another's
        return idle

    def _unknown(self, idle: World, number: int, worker: Worker) -> World:
        if not self._owns(idle, number, worker):
            return idle
        if self.capability == "none":
            return replace(idle, row="parked", owner=None)
        return replace(idle, row="uncertain" if idle.step == "started" else "ready", owner=None)

    def _refused(self, idle: World, number: int, worker: Worker) -> World:
        if not self._owns(idle, number, worker):
            return idle
        return replace(idle, row="ready", step="absent", owner=None)

    def _owns(self, world: World, number: int, worker: Worker) -> bool:
        if "fence" in self.without:
            return world.row == "sending"
        return world.row == "sending" and world.owner == number and world.fence == worker.fence


def _told(world: World, fence: int, phase: Phase) -> World:
    for number, worker in enumerate(world.workers):
        if worker.phase == "sent" and worker.fence == fence:
            return world.put(number, replace(worker, phase=phase))
    return world


def search(protocol: Protocol) -> dict[World, set[World]]:
    """Every world that can be reached, with those it came from."""
    came_from: dict[World, set[World]] = {World(): set()}
    queue = deque([World()])
    while queue:
        world = queue.popleft()
        for following in protocol.moves(world):
            if following not in came_from:
                came_from[following] = set()
                queue.append(following)
            came_from[following].add(world)
    return came_from


def can_reach(came_from: dict[World, set[World]], goals: set[World]) -> set[World]:
    """Every world from which one of the goals can still be reached."""
    found, queue = set(goals), deque(goals)
    while queue:
        for before in came_from[queue.popleft()] - found:
            found.add(before)
            queue.append(before)
    return found
