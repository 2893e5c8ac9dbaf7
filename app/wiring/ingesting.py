"""The `ingest` role: Faust into the ledger, with the auditor, the sweeper and the relay beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app import log
from app.failpoints import parse_failpoints
from app.intake.auditor import Auditor
from app.intake.intake import Applied, Intake
from app.intake.judging import Rules
from app.intake.log_reader import LogReader
from app.intake.sweeper import Sweeper
from app.ledger.audit import AuditLedger
from app.ledger.intake import IngestLedger
from app.ledger.outbox import Outbox
from app.ledger.pool import Pool
from app.metrics import Metrics
from app.parts import essential
from app.publish import bootstrap_of
from app.relay import Relay
from app.settings import Settings
from app.wiring import gauges
from app.wiring.offline import budget_of, limits_of
from schemas.record import Record
from streams.agents import Known
from streams.batches import BatchLimits
from streams.runtime import IngestSettings, Runtime
from streams.topics import SOURCE_TOPICS

_FULL_SWEEP_S: Final = 5.0
_RELAY_S: Final = 0.5
_HEARTBEATS: Final = 3  # a session lasts for as many heartbeats, so that one lost does not end it


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingSink:
    """The intake as Faust's sink, measured."""

    intake: Intake
    metrics: Metrics

    async def apply(self, records: Sequence[Record], known: Known, /) -> Applied:
        applied = await self.intake.apply(records, known)
        self.metrics.observe("ingest_batch_seconds", applied.took_s)
        for code, number in applied.refused.items():
            self.metrics.count("dead_letters_total", number, code=code)
        return applied


@dataclass(slots=True)
class _Progress:
    """When ingest was last seen to move or to have nothing to do (time.monotonic())."""

    lag: int = 0
    moved_at: Any = None
    fine_at: float = field(default_factory=time.monotonic)


class Ingesting:
    """One process's share. `run` ends when `stop` is set and the batch at hand is committed."""

    def __init__(self, settings: Settings, pool: Pool, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._notice = log.get("ingest").info
        failpoints = parse_failpoints(settings.failpoints, settings.ablate)
        self._audited = failpoints.has("auditor")
        intake = Intake(IngestLedger(pool, failpoints=failpoints), rules_of(settings))
        bootstrap = bootstrap_of(settings.kafka_url)
        self._ledger = ledger = AuditLedger(pool)
        self._sink = CountingSink(intake=intake, metrics=metrics)
        self._auditor = Auditor(
            intake, ledger, lambda: LogReader(bootstrap, group=settings.consumer_group), SOURCE_TOPICS, self._tell
        )
        self._sweeper = Sweeper(intake, ledger, self._tell)
        self._relay = Relay(Outbox(pool), bootstrap, self._tell, failpoints)
        self._progress = _Progress()

    async def run(self, stop: asyncio.Event) -> None:
        """Raises ConfigError where the topics are not as they must be."""
        settings = self._settings
        runtime = Runtime(_ingest_settings(settings), self._sink, tell=self._tell)
        parts = {
            "consumer": runtime.run(stop),
            "relay": self._relay.run(stop, every_s=_RELAY_S),
            "sweeper": self._sweeper.run(stop, brief_every_s=settings.sweep_interval_s, full_every_s=_FULL_SWEEP_S),
        }
        if self._audited:
            parts["auditor"] = self._auditor.run(stop, every_s=settings.audit_interval_s)
        async with asyncio.TaskGroup() as group:
            for name, work in parts.items():
                group.create_task(essential(name, work))

    async def stuck(self) -> str | None:
        """Live means: a watermark moved or nothing waits; never just that the process runs."""
        seen, progress = self._auditor.health, self._progress
        lag = sum(seen.lag.values())
        if lag == 0 or seen.moved_at != progress.moved_at or seen.unreachable:
            progress.fine_at, progress.moved_at = time.monotonic(), seen.moved_at
        silent_s = time.monotonic() - progress.fine_at
        return f"{lag} records wait and none was taken in {silent_s:.0f} s" if silent_s > self._limit_s else None

    async def refresh(self) -> None:
        """Set the gauges from what the last rounds saw."""
        gauges.of_log(self._metrics, self._auditor.health)
        self._metrics.set("ingest_watermark_age_seconds", time.monotonic() - self._progress.fine_at)
        counts = await self._ledger.counts()
        self._metrics.set("outbox_unpublished", counts.unpublished)
        self._metrics.set("outbox_oldest_age_seconds", counts.unpublished_oldest_s)
        self._metrics.set("dead_letters_unreplayed", counts.dead_letters)
        self._metrics.set("eligible_without_delivery", self._sweeper.health.lost)

    @property
    def _limit_s(self) -> float:
        return self._settings.stuck_after_s

    def _tell(self, event: str, fields: Mapping[str, Any]) -> None:
        self._notice(event, **fields)


def rules_of(settings: Settings) -> Rules:
    return Rules(limits=limits_of(settings), budget=budget_of(settings), surge_per_hour=settings.surge_per_hour)


def _ingest_settings(settings: Settings) -> IngestSettings:
    return IngestSettings(
        kafka_url=f"kafka://{bootstrap_of(settings.kafka_url)}",
        state_dir=settings.working_dir,
        group=settings.consumer_group,
        instance_id=settings.group_instance_id or None,
        session_timeout_s=settings.session_timeout_s,
        heartbeat_s=settings.session_timeout_s / (_HEARTBEATS + 1),
        rebalance_timeout_s=settings.rebalance_timeout_s,
        commit_interval_s=settings.commit_interval_s,
        batch=BatchLimits(events=settings.batch_events),
    )
