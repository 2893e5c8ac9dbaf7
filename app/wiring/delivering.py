"""Puts the `deliver` role together from the ledger's pool, the vendors' pushers and the renderer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from uuid import UUID, uuid4

from adapters.registry import card, known
from app.delivery.engine import Engine, Notice
from app.delivery.render_stage import RenderStage
from app.delivery.retry import Schedule
from app.delivery.runner import Runner, RunnerParts, RunnerSettings
from app.delivery.work import Claim
from app.failpoints import Failpoints, parse_failpoints
from app.ledger.deliveries import DeliveryStore
from app.ledger.gates import Doors
from app.ledger.pool import Pool, is_transient
from app.ledger.renders import RenderStore
from app.ledger.tending import Kept, Tending
from app.links import links_from
from app.metrics import Metrics
from app.ports import Pushers, Renderer
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What the role is made of. `render_lease_s`: longer than the slowest render, queue included."""

    pool: Pool
    pushers: Pushers
    renderer: Renderer
    notice: Notice
    metrics: Metrics
    settings: Settings

    def runner(self, worker: UUID | None = None) -> Runner:
        """Reads nothing yet; `run` does. `worker` is new at every start, so that a restarted process owns nothing."""
        owner, failpoints = worker or uuid4(), self._failpoints()
        settings, schedule = self.settings, self._schedule()
        store = DeliveryStore(
            pool=self.pool,
            schedule=schedule,
            worker=owner,
            lease_s=settings.lease_s,
            settle_s=settings.settle_s,
            failpoints=failpoints,
        )
        renders = RenderStore(pool=self.pool, worker=owner, lease_s=self._render_lease_s(), failpoints=failpoints)
        tending = Tending(self.pool)
        parts = RunnerParts(
            claims=_TimedClaims(inner=store, metrics=self.metrics),
            renders=renders,
            doors=Doors(pool=self.pool, settle_s=settings.settle_s, rate_scale=settings.rate_scale),
            pushers=self.pushers,
            engine=self._engine(store, schedule, failpoints),
            stage=self._stage(renders, schedule, failpoints),
            tend=_all(tending),
            purge=self._purge(tending),
            is_transient=is_transient,
            notice=self.notice,
            failpoints=failpoints,
        )
        return Runner(parts, self._runner_settings())

    def _purge(self, tending: Tending) -> Callable[[], Awaitable[None]]:
        fetching = tuple(vendor for vendor in known() if card(vendor).pdf_by == "link")
        kept = Kept(artifacts_s=float(self.settings.keep_artifacts_s), fetching=fetching)

        async def once() -> None:
            self.metrics.count("pdfs_not_fetched_total", by=await tending.purge(kept))

        return once

    def _engine(self, store: DeliveryStore, schedule: Schedule, failpoints: Failpoints) -> Engine:
        return Engine(
            ledger=store,
            pushers=self.pushers,
            schedule=schedule,
            notice=self.notice,
            lease_s=self.settings.lease_s,
            settle_s=self.settings.settle_s,
            failpoints=failpoints,
            links=links_from(self.settings.public_url, self.settings.secret_key),
        )

    def _stage(self, renders: RenderStore, schedule: Schedule, failpoints: Failpoints) -> RenderStage:
        return RenderStage(
            ledger=renders,
            pushers=self.pushers,
            renderer=self.renderer,
            schedule=schedule,
            notice=self.notice,
            failpoints=failpoints,
        )

    def _schedule(self) -> Schedule:
        return Schedule(
            random=Random(),  # noqa: S311 - jitter
            scale=self.settings.retry_scale,
            look_interval_s=self.settings.look_interval_s,
        )

    def _failpoints(self) -> Failpoints:
        return parse_failpoints(self.settings.failpoints, self.settings.ablate)

    def _render_lease_s(self) -> float:
        """Twice the deadline, for a retry on a fresh slot, and time to wait for the slot."""
        return max(30.0, 6 * self.settings.render_deadline_s)

    def _runner_settings(self) -> RunnerSettings:
        return RunnerSettings(
            slots=self.settings.deliver_slots,
            render_slots=self.settings.render_slots,
            lease_s=self.settings.lease_s,
            stop_grace_s=self.settings.stop_grace_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _TimedClaims:
    """The store's claims, timed."""

    inner: DeliveryStore
    metrics: Metrics

    async def claim(self, slots: int) -> list[Claim]:
        started = time.monotonic()
        claimed = await self.inner.claim(slots)
        self.metrics.observe("claim_seconds", time.monotonic() - started)
        return claimed

    async def reap(self) -> object:
        return await self.inner.reap()


def _all(tending: Tending) -> Callable[[], Awaitable[None]]:
    async def once() -> None:
        await tending.shut_for_good()
        await tending.park_paused()
        await tending.expire()

    return once
