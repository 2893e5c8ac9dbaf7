"""P5 and R12 after a run with faults and a kill: people's data is in contents, events and PDFs, nowhere else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from adapters.sandbox import Plan
from app.demo.ats import WEATHER
from app.demo.employers import connection_entries, employers
from app.demo.history import SCENARIOS, History, history
from app.demo.machine import Machine, running_machine
from app.demo.play import Play
from app.demo.run import open_ledger, widen_gates
from app.demo.verify import brief
from schemas.codec import decode, encode
from schemas.errors import BadEvent
from schemas.events import DEAD_LETTERS, RESULTS, Application, Limits
from schemas.events import decode as decode_event
from tests.e2e.storm import SHORT_LEASES, Storm

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

_APPLICATIONS = 200
_SETTINGS = {**SHORT_LEASES, "LOG_LEVEL": "DEBUG"}
_STRUCTURE = frozenset({"rating", "stars", "transcript", "assessment", "screening", "answers", "questions", "summary"})
_EDGE_CHARS = 28  # an answer cut short by a field's limit would still show its beginning
_TEXT_COLUMNS = """
    select last_error as words from delivery union all select reason from delivery
    union all select last_code from delivery
    union all select error from attempt union all select code from attempt
    union all select reason from dead_letter union all select path from dead_letter
    union all select decision::text from application union all select facts::text from application
    union all select facts::text from job_link union all select receipt::text from delivery
    union all select kept::text from step union all select subject from issue
    union all select summary from application_event union all select receipt::text from tombstone
"""


class Needles:
    """What must not be found: `said` in the screening, `personal` of the people."""

    def __init__(self, written: History) -> None:
        self._written = written

    @cached_property
    def said(self) -> frozenset[str]:
        """Every answer, question and assessment text by its beginning and its end, and the phrases inside."""
        texts = {text for application in self._applications() for text in _screening_texts(application)}
        edges = {
            edge for text in texts if len(text) > _EDGE_CHARS for edge in (text[:_EDGE_CHARS], text[-_EDGE_CHARS:])
        }
        return frozenset(
            edges | {phrase for each in self._written.manifest.applications.values() for phrase in each.phrases}
        )

    @cached_property
    def personal(self) -> frozenset[str]:
        """Addresses, numbers, and surnames too long to be another word."""
        found = {text for each in self._written.manifest.applications.values() for text in each.personal}
        names = {
            application.candidate.last_name or ""
            for application in self._applications()
            if len(application.candidate.last_name or "") > 6
        }
        return frozenset(found | names)

    def _applications(self) -> Iterator[Application]:
        for record in self._written.records:
            try:
                event = decode_event(record, Limits())
            except BadEvent:
                continue
            if isinstance(event, Application):
                yield event


def _screening_texts(application: Application) -> Iterator[str]:
    if application.screening:
        yield from (turn.text for turn in application.screening.transcript)
    if application.assessment:
        yield application.assessment.summary or ""
        yield from application.assessment.strengths
        yield from application.assessment.concerns
        yield from (criterion.note or "" for criterion in application.assessment.criteria)


class Traces:
    """All that the run left behind outside the places where people's data may be."""

    def __init__(self, needles: Needles) -> None:
        self.needles = needles
        self.requests: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self.killed = 0
        self.texts: dict[str, str] = {}


@pytest.fixture(scope="module")
def traces() -> Traces:
    return asyncio.run(_left_behind())


async def _left_behind() -> Traces:
    written = history(31, datetime.now(UTC), _APPLICATIONS, scenarios=SCENARIOS)
    async with running_machine(say=lambda _: None, keep_bodies=True, settings=_SETTINGS) as machine:
        return await _run(machine, written)


async def _run(machine: Machine, written: History) -> Traces:
    found = Traces(Needles(written))
    plans: dict[str, Plan | list[Plan]] = {"*": WEATHER}
    machine.ats.prepare(written, plans)
    await machine.apply_connections(connection_entries(employers().values(), machine.ats))
    worker = machine.worker()
    try:
        await worker.start()
        async with open_ledger(machine.database_url) as ledger:
            await widen_gates(ledger, connections=8)
            storm = Storm(workers=[worker], postgres=machine.postgres, kills=1, crashes=1)
            play = Play(written=written, bootstrap=machine.bootstrap, ledger=ledger, ats=machine.ats, watch=storm.watch)
            async with storm.raging():
                found.wrong = await play.perform(_shuffled)
            found.killed = storm.killed
        found.requests = list(machine.ats.requests())
        found.texts = {
            "metrics": await worker.metrics(),
            "commands": await _command_words(machine, list(written.manifest.applications)),
            "ledger": await _ledger_words(machine.database_url),
            "results": await _topic_words(machine.bootstrap, RESULTS, values=True),
            "dead letter keys and headers": await _topic_words(machine.bootstrap, DEAD_LETTERS, values=False),
            "file names in the ATS": _file_names(machine),
            "Postgres log": machine.postgres.read_log(),
        }
    finally:
        await worker.stop()
        found.texts |= {"worker log": worker.log(), "file names of the worker": worker.file_names()}
        worker.remove()
    return found


def _shuffled(number: int, wave: list[Any]) -> list[Any]:
    return random.Random(number).sample(wave, len(wave))


async def _command_words(machine: Machine, application_ids: list[str]) -> str:
    listings = (("deliveries", "list"), ("dead-letters", "list"), ("connection", "list"))
    words = [await machine.command(*listing, "--json") for listing in listings]
    words += [await machine.command("explain", application_id, "--json") for application_id in application_ids[::40]]
    return "\n".join(words)


async def _ledger_words(database_url: str) -> str:
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "ats_sync"})
    try:
        return "\n".join(str(row["words"]) for row in await connection.fetch(_TEXT_COLUMNS))
    finally:
        await connection.close()


async def _topic_words(bootstrap: str, topic: str, *, values: bool) -> str:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        words: list[str] = []
        for partition in consumer.assignment():
            end = (await consumer.end_offsets([partition]))[partition]
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(partition, timeout_ms=1_000)).get(partition, ()):
                    words += [str(record.key), str(record.headers), str(record.value) if values else ""]
        return "\n".join(words)
    finally:
        await consumer.stop()


def _file_names(machine: Machine) -> str:
    return "\n".join(file["name"] for account in machine.ats.accounts().values() for file in account["attachments"])


def test_the_run_met_its_faults_and_still_ended_right(traces: Traces) -> None:
    assert traces.wrong == [], brief(traces.wrong)
    assert traces.killed == 1
    assert "delivery_attempted" in traces.texts["worker log"]
    assert any(request["fault"] for request in traces.requests)


def test_r12_no_request_says_a_word_of_the_screening(traces: Traces) -> None:
    vendors = set()
    for request in traces.requests:
        vendors.add(request["vendor"])
        words = _words_of(request)
        assert not [needle for needle in traces.needles.said if needle in words], (request["vendor"], request["step"])
        assert not _keys_of(request) & _STRUCTURE, (request["vendor"], request["step"])
    assert vendors == {"webhook", "greenhouse", "jobadder"}


def test_r8_no_request_names_a_person_in_its_address(traces: Traces) -> None:
    """Look-ups by e-mail are the vendors' own; everything else goes without."""
    for request in traces.requests:
        address = f"{request['path']} {'' if 'find' in request['step'] else request['query']}"
        assert not [needle for needle in traces.needles.personal if needle in address], request["step"]


@pytest.mark.parametrize(
    "place",
    [
        "worker log",
        "metrics",
        "commands",
        "ledger",
        "results",
        "dead letter keys and headers",
        "file names in the ATS",
        "file names of the worker",
        "Postgres log",
    ],
)
def test_p5_no_person_and_no_answer_is_found_there(traces: Traces, place: str) -> None:
    text = traces.texts[place]
    assert text, "nothing was looked at"
    found = [needle for needle in (traces.needles.personal | traces.needles.said) if needle in text]
    assert len(found) == 0, f"{len(found)} strings of people in {place}"


def test_the_needles_would_be_found(traces: Traces) -> None:
    """The search itself works: what may hold people's data does, and a planted answer is seen."""
    bodies = "".join(_words_of(request) for request in traces.requests)
    assert sum(needle in bodies for needle in traces.needles.personal) > 50
    answer = next(iter(traces.needles.said))
    planted = {**traces.requests[0], "body": encode({"notes": answer}).decode()}
    assert answer in _words_of(planted)
    assert _keys_of({"body": encode({"custom": [{"rating": 4}]}).decode()}) & _STRUCTURE


def _words_of(request: dict[str, Any]) -> str:
    """Everything of a request as text, escapes resolved; the PDF's own bytes are compressed and say nothing."""
    body = request["body"]
    if isinstance(body, dict):
        return f"{request} {body}"
    try:
        return f"{request} {decode(body)}"
    except BadEvent:
        return str(request)


def _keys_of(request: dict[str, Any]) -> frozenset[str]:
    """Every field name in a JSON body."""
    body = request["body"]
    try:
        return frozenset(_keys(decode(body))) if isinstance(body, str) else frozenset()
    except BadEvent:
        return frozenset()


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key.lower()
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
