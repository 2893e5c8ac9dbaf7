"""The `deliver` role: claims when slots are free, renders beside it, tends what nobody holds, and stops cleanly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.delivery.engine import Engine, Notice
from app.delivery.render_stage import RenderStage
from app.delivery.work import Claim, RenderJob
from app.failpoints import Failpoints
from app.ports import Pushers
from schemas.connection import Connection
from schemas.errors import ConfigError
from schemas.vendor import VendorFacts

_FAULT_PAUSE_S: Final = 1.0


class Claims(Protocol):
    """Where due deliveries come from. Each raises whatever the database raises."""

    async def claim(self, slots: int) -> list[Claim]: ...

    async def reap(self) -> object: ...


class RenderClaims(Protocol):
    async def claim(self, slots: int) -> list[RenderJob]: ...


class Doors(Protocol):
    """The gates, seen from whoever opens new ones."""

    async def missing(self) -> list[Connection]: ...

    async def put(self, connection: str, facts: VendorFacts) -> None: ...

    async def refuse(self, connection: str) -> None:
        """Pause a connection whose settings cannot be used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSettings:
    slots: int = 64
    render_slots: int = 3
    lease_s: float = 90.0
    poll_s: float = 0.2
    tend_s: float = 1.0
    purge_s: float = 60.0
    stop_grace_s: float = 35.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerParts:
    claims: Claims
    renders: RenderClaims
    doors: Doors
    pushers: Pushers
    engine: Engine
    stage: RenderStage
    tend: Callable[[], Awaitable[None]]  # park, expire, shut for good
    purge: Callable[[], Awaitable[object]]
    is_transient: Callable[[BaseException], bool]
    notice: Notice
    failpoints: Failpoints = field(default_factory=Failpoints)


@dataclass(slots=True, kw_only=True)
class RunnerState:
    """What health asks: how much is being done, and when the database last answered (time.monotonic())."""

    sending: int = 0
    rendering: int = 0
    claimed_at: float = field(default_factory=time.monotonic)
    tended_at: float = field(default_factory=time.monotonic)


class Runner:
    """One per process. `run` ends after `stop`, once what was begun has ended or the grace is over."""

    def __init__(self, parts: RunnerParts, settings: RunnerSettings) -> None:
        self._parts = parts
        self._settings = settings
        self._stop = asyncio.Event()
        self._freed = asyncio.Event()
        self.state = RunnerState()

    def stop(self) -> None:
        """No new work from now on. Safe to call from a signal handler of the loop, and to repeat."""
        self._stop.set()
        self._freed.set()

    async def run(self) -> None:
        """Until `stop`. Database faults are waited out; an error of the program itself comes out."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat(lambda: self._claim(group)))
                group.create_task(self._repeat(lambda: self._claim_renders(group)))
                group.create_task(self._repeat(self._tend))
                group.create_task(self._repeat(self._purge))
                group.create_task(self._end_after_grace())
        except* _GraceIsOver:
            self._parts.notice("stopped_after_grace", count=self.state.sending)

    async def _end_after_grace(self) -> None:
        """What is still under way then is left to the reaper, which knows from the journal what may have landed."""
        await self._stop.wait()
        until = time.monotonic() + self._settings.stop_grace_s
        while self.state.sending or self.state.rendering:
            self._freed.clear()
            try:
                async with asyncio.timeout(max(0.0, until - time.monotonic())):
                    await self._freed.wait()
            except TimeoutError:
                raise _GraceIsOver from None

    async def _repeat(self, once: Callable[[], Awaitable[float]]) -> None:
        """`once` says how long to rest; a stop ends the rest."""
        while not self._stop.is_set():
            try:
                rest_s = await once()
            except Exception as exc:
                if not self._parts.is_transient(exc):
                    raise
                self._parts.notice("database_away", error=type(exc).__name__)
                rest_s = _FAULT_PAUSE_S
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._stop.wait()

    async def _claim(self, group: asyncio.TaskGroup) -> float:
        free = self._settings.slots - self.state.sending
        if free <= 0:
            await self._until_freed()
            return 0.0
        self._parts.failpoints.passing("before_claim")
        until = time.monotonic() + self._settings.lease_s  # before the claim: never later than the database's own end
        claims = await self._parts.claims.claim(free)
        if claims:
            self._parts.failpoints.passing("after_claim")
        self.state.claimed_at = time.monotonic()
        for claim in claims:
            self.state.sending += 1
            group.create_task(self._deliver(claim, until))
        if not claims:
            await self._until_freed(self._settings.poll_s)
        return 0.0

    async def _deliver(self, claim: Claim, until: float) -> None:
        try:
            await self._parts.engine.deliver(claim, until=until, stopping=self._stop.is_set)
        except Exception as exc:  # noqa: BLE001 - one delivery must not stop the others; the reaper takes it back
            self._parts.notice("delivery_fault", delivery_key=str(claim.key), error=type(exc).__name__)
        finally:
            self.state.sending -= 1
            self._freed.set()

    async def _claim_renders(self, group: asyncio.TaskGroup) -> float:
        free = self._settings.render_slots - self.state.rendering
        if free <= 0:
            await self._until_freed()
            return 0.0
        jobs = await self._parts.renders.claim(free)
        for job in jobs:
            self.state.rendering += 1
            group.create_task(self._render(job))
        if not jobs:
            await self._until_freed(self._settings.poll_s)
        return 0.0

    async def _render(self, job: RenderJob) -> None:
        try:
            await self._parts.stage.render(job)
        except Exception as exc:  # noqa: BLE001 - its lease ends, and it is claimed again
            self._parts.notice("render_fault", delivery_key=str(job.key), error=type(exc).__name__)
        finally:
            self.state.rendering -= 1
            self._freed.set()

    async def _until_freed(self, at_most_s: float | None = None) -> None:
        """Until a slot is free, or a stop."""
        if self._stop.is_set():
            return
        self._freed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._freed.wait()

    async def _tend(self) -> float:
        await self._open_doors()
        await self._parts.claims.reap()
        await self._parts.tend()
        self.state.tended_at = time.monotonic()
        return self._settings.tend_s

    async def _open_doors(self) -> None:
        """A connection without a gate is claimed by nobody: give it one from its vendor's card."""
        for connection in await self._parts.doors.missing():
            try:
                pusher = await self._parts.pushers.of(connection)
            except ConfigError:
                await self._parts.doors.refuse(connection.name)
                self._parts.notice("connection_unusable", connection=connection.name, vendor=connection.vendor)
                continue
            await self._parts.doors.put(connection.name, pusher.facts)

    async def _purge(self) -> float:
        await self._parts.purge()
        return self._settings.purge_s


class _GraceIsOver(Exception):  # noqa: N818 - not an error
    """Ends the group's remaining tasks."""
