"""The Faust worker of ingest: its settings, its agents, its start and its end; Faust stays behind this file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import faust

from schemas.events import APPLICATIONS, ERASURES, JOBS, STATUS
from streams.agents import Die, Sink, agent
from streams.batches import BatchLimits
from streams.changelog import ChangelogWriter
from streams.faust_consumer import Consumer
from streams.log_check import check_log, ensure_changelog, is_unreachable
from streams.memory import FactsMemory, NoMemory, Tell

EXIT_CODE: Final = 70  # EX_SOFTWARE: the supervisor starts us again
_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """How this process takes part in its consumer group.

    `instance_id`: static membership, a name that stays the same over a restart and that no other process has.
    """

    kafka_url: str
    state_dir: Path
    group: str = "ats-sync"
    instance_id: str | None = None
    session_timeout_s: float = 20.0
    heartbeat_s: float = 3.0
    rebalance_timeout_s: float = 30.0
    commit_interval_s: float = 1.0
    stop_s: float = 20.0
    fetch_bytes: int = 8_000_000
    buffered_events: int = 2_000
    batch: BatchLimits = field(default_factory=BatchLimits)

    @property
    def bootstrap(self) -> str:
        """host:port, comma-separated, as aiokafka takes it."""
        return self.kafka_url.removeprefix("kafka://")

    @property
    def changelog(self) -> str:
        return f"{self.group}-facts-changelog"


class Runtime:
    """One process's share of ingest. `die` ends the process; it is never given up to an exception."""

    def __init__(self, settings: IngestSettings, sink: Sink, *, tell: Tell, die: Die | None = None) -> None:
        self._settings = settings
        self._sink = sink
        self._tell = tell
        self._die = die or _exit_with(tell)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; then finish the batch at hand, commit, and leave the group.

        Waits for the broker. Raises ConfigError when the topics are not as they must be. A stop that takes longer than
        `stop_s`, and a Faust service that crashes, end the process: nothing unfinished is acknowledged then.
        """
        if not await self._prepare_log(stop):
            return
        async with ChangelogWriter(self._settings.bootstrap, self._settings.changelog) as changelog:
            app = self._build(changelog)
            try:
                await app.start()
                await stop.wait()
            except asyncio.CancelledError:
                # Faust's agents take a cancellation for a rebalance and go on, so the process would never end.
                self._die("cancelled")
            with _watchdog(self._die, self._settings.stop_s):
                await app.stop()

    async def _prepare_log(self, stop: asyncio.Event) -> bool:
        """Whether to go on: False when we are stopped while the broker is away."""
        while not stop.is_set():
            try:
                shape = await check_log(self._settings.bootstrap)
                await ensure_changelog(
                    self._settings.bootstrap, self._settings.changelog, shape.partitions[APPLICATIONS]
                )
            except Exception as exc:
                if not is_unreachable(exc):
                    raise
                self._tell("broker_unreachable", {"error": type(exc).__name__, "retry_in_s": _RETRY_S})
            else:
                if shape.strays:
                    self._tell("keys_on_unexpected_partitions", {"count": shape.strays})
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _RETRY_S)
        return False

    def _build(self, changelog: ChangelogWriter) -> faust.App:
        app = _App(self._die, **_faust_settings(self._settings))
        table = app.Table("facts", key_type=bytes, value_type=bytes)
        memory = FactsMemory(table, changelog, self._tell)
        for name, topics, remembers in (
            ("applications", (APPLICATIONS, STATUS), memory),
            ("jobs", (JOBS,), NoMemory()),
            ("erasures", (ERASURES,), NoMemory()),
        ):
            topic = app.topic(*topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
            body = agent(app, self._sink, remembers, self._settings.batch, self._die)
            app.agent(topic, name=f"{self._settings.group}.{name}", concurrency=1)(body)
        app.finalize()
        return app


class _App(faust.App):
    """Ends the process where Faust would cancel its agents and acknowledge what they were doing (delivery.md 2)."""

    def __init__(self, die: Die, **settings: Any) -> None:
        self._die = die
        super().__init__(**settings)

    def FlowControlQueue(self, maxsize: int | None = None, *, clear_on_resume: bool = False) -> Any:  # noqa: N802
        """A queue that keeps what it holds when flow resumes.

        Faust resumes several times around a table's recovery while the fetcher is at work already, and each time
        drops what the agents' queues hold; its read positions have moved on, so nobody would fetch that again. What
        a rebalance makes stale is cleared by the rebalance itself, and told apart by its generation (BatchReader).
        """
        del clear_on_resume
        return super().FlowControlQueue(maxsize, clear_on_resume=False)

    def _new_transport(self) -> Any:
        transport = super()._new_transport()
        transport.Consumer = Consumer  # type: ignore[misc]  # of this app's transport alone, not of the class
        return transport

    def _on_rebalance_when_stopped(self) -> None:
        """Leaves the consumer open, through which the stop has yet to commit, and which it closes itself at its end.

        Faust closes it here, in the middle of the commit, which then is tried for ever.
        """

    def _crash(self, reason: BaseException) -> None:
        self._die(f"faust_{type(reason).__name__}")


def _faust_settings(settings: IngestSettings) -> Mapping[str, Any]:
    return {
        "id": settings.group,
        "broker": settings.kafka_url,
        "store": "memory://",
        "datadir": str(settings.state_dir),
        "processing_guarantee": "at_least_once",
        "autodiscover": False,
        "web_enabled": False,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "stream_wait_empty": True,
        "stream_buffer_maxsize": settings.buffered_events,
        "stream_recovery_delay": 0,
        "table_standby_replicas": 0,
        # A changelog that is shorter than we remember - cut, made anew, or misreported - costs reads, not the process.
        "recovery_consistency_check": False,
        "consumer_auto_offset_reset": "earliest",
        "consumer_group_instance_id": settings.instance_id,
        "consumer_max_fetch_size": settings.fetch_bytes,
        "broker_commit_interval": settings.commit_interval_s,
        "broker_session_timeout": settings.session_timeout_s,
        "broker_heartbeat_interval": settings.heartbeat_s,
        "broker_rebalance_timeout": settings.rebalance_timeout_s,
        "broker_max_poll_records": settings.buffered_events,
    }


def _exit_with(tell: Tell) -> Die:
    def die(reason: str) -> NoReturn:
        tell("ingest_exits", {"reason": reason})
        os._exit(EXIT_CODE)

    return die


@contextlib.contextmanager
def _watchdog(die: Die, after_s: float) -> Iterator[None]:
    """From another thread, since a stop can also hang with the event loop blocked."""
    timer = threading.Timer(after_s, die, args=("stop_took_too_long",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
