"""The main job under fire: 2,000 applications, all shuffled and repeated, processes killed; nobody lost or doubled."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pypdfium2
import pytest
from rich.console import Console
from rich.table import Table

from adapters.sandbox import Plan
from app.demo.employers import connection_entries, employers
from app.demo.history import SCENARIOS, History, history
from app.demo.machine import Machine, running_machine
from app.demo.play import Play
from app.demo.run import open_ledger, widen_gates
from app.demo.verify import Found, brief
from app.demo.worker import Worker
from schemas.record import Record
from tests.e2e.storm import SHORT_LEASES, Storm

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1_500)]

APPLICATIONS = 2_000
KILLS = 12
CRASHES = 2
_SEED = 23
_REPEATED = 0.4
_RECORDS_PER_S = 150.0
_SETTINGS = {**SHORT_LEASES, "SURGE_PER_HOUR": "100000", "BACKFILL_MAX_APPLICATIONS": "1000"}
_AMBIGUOUS = {
    "commit_then_timeout": 0.004,
    "timeout_no_commit": 0.002,
    "commit_then_reset": 0.015,
    "commit_then_reset_in_body": 0.01,
    "reset_no_commit": 0.01,
    "commit_then_502": 0.015,
    "500": 0.01,
    "503_retry_after": 0.01,
    "429": 0.015,
}
_WEATHER = {
    # one of each capability
    "prairie-hydraulics": Plan(seed=1, rates=_AMBIGUOUS, hold_s=8, max_count=40),
    "blue-ridge-aero": Plan(seed=2, rates=_AMBIGUOUS, hold_s=8, max_count=40),
    "gulf-coast-fab": Plan(seed=3, rates=_AMBIGUOUS, hold_s=8, max_count=40),
}


_SENT_BEFORE_THE_SCREENING = (
    "new_at_once",
    "screened_after_sync",
    "dragged_without_evidence",
    "applied_after_all",
    "assessment_never_came",
    "assessment_wait_ends",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the run ended with."""

    written: History
    found: Found
    wrong: list[str]
    storm: Storm
    endings: Counter[str]
    pdfs: dict[str, bytes]


async def test_two_thousand_applications_under_kill_and_crash(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    told = await _under_fire()
    with capsys.disabled():
        Console(width=110).print(_result(told, time.monotonic() - began))
    assert told.wrong == [], brief(told.wrong)
    assert told.storm.killed >= 10
    assert told.storm.crashed >= 2
    _check_pdfs(told)


async def _under_fire() -> Told:
    written = history(_SEED, datetime.now(UTC), APPLICATIONS, scenarios=SCENARIOS)
    async with AsyncExitStack() as stack:
        machine = await stack.enter_async_context(running_machine(say=lambda _: None, settings=_SETTINGS))
        machine.ats.prepare(written, dict(_WEATHER))
        await machine.apply_connections(connection_entries(employers().values(), machine.ats))
        workers = [await stack.enter_async_context(_working(machine, role)) for role in ("ingest", "deliver")]
        ledger = await stack.enter_async_context(open_ledger(machine.database_url))
        await widen_gates(ledger, connections=8)
        storm = Storm(workers=workers, postgres=machine.postgres, kills=KILLS, crashes=CRASHES)
        play = Play(
            written=written,
            bootstrap=machine.bootstrap,
            ledger=ledger,
            ats=machine.ats,
            watch=storm.watch,
            limit_s=900,
            rate=_RECORDS_PER_S,
        )
        async with storm.raging():
            wrong = await play.perform(_Shuffle(written).order)
        found = await play.found()
        return Told(
            written=written, found=found, wrong=wrong, storm=storm, endings=storm.endings(), pdfs=_pdfs(play, found)
        )


class _Shuffle:
    """Every wave in a random order, with two fifths of it twice: but not what counts when it is repeated."""

    def __init__(self, written: History) -> None:
        self._once = written.once
        self._rng = random.Random(_SEED)

    def order(self, _: int, wave: list[Record]) -> list[Record]:
        again = [r for r in wave if (r.topic, r.key, r.value) not in self._once and self._rng.random() < _REPEATED]
        return self._rng.sample(wave + again, len(wave) + len(again))


@asynccontextmanager
async def _working(machine: Machine, role: str) -> AsyncIterator[Worker]:
    worker = machine.worker(role=role)
    try:
        await worker.start()
        yield worker
    finally:
        await worker.stop()
        worker.remove()


def _pdfs(play: Play, found: Found) -> dict[str, bytes]:
    """The profile of every person with several jobs, and of every twentieth other; by application."""
    chosen: dict[str, bytes] = {}
    files = play.ats.files()
    for number, (application_id, expected) in enumerate(play.written.manifest.applications.items()):
        standing = found.applications.get(application_id)
        receipt = standing.receipt if standing else None
        wanted = expected.scenario == "one_person_three_jobs" or number % 20 == 0
        if wanted and expected.arrival and not expected.arrival.erased and receipt:
            chosen[application_id] = files[expected.arrival.account, receipt["attachment_id"]]
    return chosen


def _check_pdfs(told: Told) -> None:
    """R10, R13: a screened profile holds its own phrases, and nobody's holds those of another job."""
    manifest = told.written.manifest
    owner = {phrase: each.application_id for each in manifest.applications.values() for phrase in each.phrases}
    for application_id, content in told.pdfs.items():
        text = _text(content)
        others = [phrase for phrase, whose in owner.items() if whose != application_id and phrase in text]
        assert others == [], application_id
        expected = manifest.applications[application_id]
        if expected.scenario not in _SENT_BEFORE_THE_SCREENING:
            assert all(phrase in text for phrase in expected.phrases), application_id


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def _result(told: Told, took_s: float) -> Table:
    table = Table(title="2,000 applications under fire", title_justify="left")
    for name in ("account", "ATS", "candidates", "applications", "PDFs", "created twice"):
        table.add_column(name, justify="left" if name in ("account", "ATS") else "right")
    for name, vendor in told.written.manifest.accounts.items():
        totals, account = told.written.manifest.totals(name), told.found.accounts.get(name)
        if account is not None:
            pdfs = totals.pdfs + totals.updates - totals.erased
            table.add_row(
                name,
                vendor,
                f"{len(account['candidates'])} of {totals.candidates}",
                f"{len(account['applications'])} of {totals.applications}",
                f"{len(account['attachments'])} of {pdfs}",
                str(account["duplicate_applications"]),
            )
    table.caption = (
        f"{told.storm.killed} x kill -9, {told.storm.crashed} x Postgres crash, {len(told.wrong)} differences, "
        f"{len(told.pdfs)} PDFs read, {took_s:.0f} s"
    )
    for reason, times in told.endings.most_common():
        table.caption += f"\nended by itself, {times} x: {reason}"
    return table
