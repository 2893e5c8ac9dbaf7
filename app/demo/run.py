"""`ats-sync demo`: the history played against the running service; exit 0 only if all ends as the manifest says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from app.demo.ats import FAULTY, WEATHER
from app.demo.employers import connection_entries, employers
from app.demo.history import history
from app.demo.machine import Machine, running_machine, settings_file
from app.demo.play import Moment, Play, refuse_used_topics
from app.demo.show import Show, table
from app.demo.verify import Found, brief
from app.demo.worker import Worker
from app.ledger.pool import open_pool
from app.ledger.standing import Ledger
from schemas.errors import ConfigError

_CALLS_PER_S: Final = 500.0
_GATES_S: Final = 30.0
_RESTARTS: Final = 3
_SAMPLES: Final = ("notable_names", "every_resume_docx", "three_facts_in_any_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """`kafka`: a broker of yours, with none of our records on it yet. `output`: for three PDFs and the worker's log."""

    keep: bool = False
    applications: int = 240
    seed: int = 7
    kafka: str | None = None
    output: Path = field(default_factory=lambda: Path("var/demo"))


def run_demo(options: DemoOptions) -> int:
    """0: every application ended as the manifest says and the ATS holds exactly that; 1: the differences are listed."""
    show = Show()
    # The embedded broker has no idempotent producers: ours says so at every start, and then does without.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(_demo(options, show))
    except KeyboardInterrupt:
        show.say("stopped")
        return 130


async def _demo(options: DemoOptions, show: Show) -> int:
    async with running_machine(say=show.say, kafka=options.kafka) as machine:
        await refuse_used_topics(machine.bootstrap)
        connected = employers().values()
        await machine.apply_connections(connection_entries(connected, machine.ats))
        show.say(f"{sum(bool(one.connection) for one in connected)} connections are applied")
        async with _working(machine, options, show) as worker, open_ledger(machine.database_url) as ledger:
            wrong = await _play(machine, worker, ledger, options, show)
            if options.keep:
                await _kept(machine, worker, options, show)
            return 1 if wrong else 0


async def _kept(machine: Machine, worker: Worker, options: DemoOptions, show: Show) -> None:
    """Until Ctrl-C, with what other terminals need to ask it."""
    settings = settings_file(options.output / "settings.sh", machine.environment)
    show.say(
        f"kept running until Ctrl-C: sandbox {machine.ats.url}, console {worker.url}/, metrics {worker.url}/metrics"
    )
    show.say(f"commands for it, in another terminal: . {settings} && .venv/bin/ats-sync deliveries list")
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    finally:
        settings.unlink(missing_ok=True)


async def _play(machine: Machine, worker: Worker, ledger: Ledger, options: DemoOptions, show: Show) -> list[str]:
    await widen_gates(ledger, connections=sum(bool(one.connection) for one in employers().values()))
    written = history(options.seed, datetime.now(UTC), options.applications)
    machine.ats.prepare(written, {FAULTY: WEATHER})

    supervisor = Supervisor(worker=worker, log=options.output / "worker.log", say=show.say)

    def watch(moment: Moment) -> None:
        show.moment(moment)
        supervisor.look()

    play = Play(written=written, bootstrap=machine.bootstrap, ledger=ledger, ats=machine.ats, watch=watch)
    with show.running():
        wrong = await play.perform()
    found = await play.found()
    show.console.print(table(written.employers, found.applications.values()))
    for path in _sample_pdfs(play, found, options.output):
        show.say(f"a finished profile: {path}")
    show.say(f"the sandbox ATS: {machine.ats.url}")
    _judge(show, play, wrong)
    return wrong


def _judge(show: Show, play: Play, wrong: list[str]) -> None:
    manifest = play.written.manifest
    if not wrong:
        arrived = sum(len(manifest.arrivals(account)) for account in manifest.accounts)
        faults = play.ats.faults_met()
        show.say(
            f"all {len(manifest.applications)} applications ended as the manifest says; {arrived} arrived once each, "
            f"0 lost, 0 twice, through {faults} faults"
        )
        return
    show.say(f"{len(wrong)} differences from the manifest:")
    for line in brief(wrong):
        show.say(f"  {line}")


def _sample_pdfs(play: Play, found: Found, output: Path) -> list[Path]:
    """Three profiles, copied out of what the sandbox received."""
    output.mkdir(parents=True, exist_ok=True)
    paths, files = [], play.ats.files()
    for scenario in _SAMPLES:
        for application_id, expected in play.written.manifest.applications.items():
            receipt = found.applications[application_id].receipt if application_id in found.applications else None
            if expected.scenario == scenario and expected.arrival and receipt and receipt.get("attachment_id"):
                paths.append(output / f"{application_id}.pdf")
                paths[-1].write_bytes(files[expected.arrival.account, receipt["attachment_id"]])
                break
    return paths


class Supervised(Protocol):
    """A process that can end."""

    @property
    def is_alive(self) -> bool: ...
    def spawn(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Starts a worker again that ended by itself, as whatever runs it in production does. `log`: where it said why."""

    worker: Supervised
    log: Path
    say: Callable[[str], None]
    _ended: int = 0

    def look(self) -> None:
        """Raises ConfigError once it has ended too often for chance."""
        if self.worker.is_alive:
            return
        self._ended += 1
        if self._ended > _RESTARTS:
            raise ConfigError(f"the worker ended by itself {self._ended} times: see {self.log}")
        self.say(f"the worker ended by itself and is started again: {self.log} will say why")
        self.worker.spawn()


@asynccontextmanager
async def _working(machine: Machine, options: DemoOptions, show: Show) -> AsyncIterator[Worker]:
    """The worker as a process of its own; its log is kept."""
    worker = machine.worker()
    try:
        await worker.start()
        show.say(f"the worker is ready: {worker.url}/readyz")
        yield worker
    finally:
        await worker.stop()
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "worker.log").write_text(worker.log(), encoding="utf-8")
        worker.remove()


@asynccontextmanager
async def open_ledger(database_url: str) -> AsyncIterator[Ledger]:
    pool = await open_pool(database_url, size=2)
    async with pool:
        yield Ledger(pool)


async def widen_gates(ledger: Ledger, *, connections: int) -> None:
    """Once the worker has made a gate for each: real vendors' rates would make the demo wait for minutes."""
    async with asyncio.timeout(_GATES_S):
        while await ledger.gates() < connections:  # noqa: ASYNC110 - another process makes them
            await asyncio.sleep(0.1)
    await ledger.widen_gates(_CALLS_PER_S)
