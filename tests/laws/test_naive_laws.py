"""Conservation: a second, naive reading of the rules comes to the same bucket as the fold and the gates (P4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.connection import Connection
from schemas.events import Application, Candidate, JobChange
from schemas.record import Record
from schemas.words import SOURCES
from streams.naive import Heard, Opinion, opinions
from streams.replay import decide_all
from tests.laws.histories import LIMITS, NOW, Half, connections, histories, jobs, moments

# Under `auto` the budget of the job decides, which the naive one does not ask; the connection's health comes after it.
BUDGET = frozenset({"backfill_approval", "connection_down"})
FULL = Candidate(id="c", first_name="Ann", last_name="Lee", email="ann@example.com", phone="312-555-0142")


def record(event: Half | JobChange) -> Record:
    topic, key = ("jobs", event.job_id) if isinstance(event, JobChange) else ("candidate-status", event.application_id)
    topic = "applications" if isinstance(event, Application) else topic
    stamp = int((NOW + timedelta(hours=1)).timestamp() * 1000)
    return Record(topic=topic, key=key.encode(), value=msgspec.json.encode(event), timestamp_ms=stamp)


def by_gates(records: list[Record], connection: Connection) -> dict[str, Opinion]:
    found = decide_all(records, [connection], NOW, LIMITS).decisions
    return {one.application_id: (one.decision.verdict, one.decision.reason) for one in found}


def by_hand(records: list[Record], connection: Connection) -> dict[str, Opinion]:
    heard = Heard()
    for one in records:
        heard.add(one, LIMITS)
    return opinions(heard, [connection], NOW)


def ties(events: list[Half], links: list[JobChange]) -> bool:
    """Two different records of one age: which is the newer is nobody's rule."""
    snapshots = [one for one in events if isinstance(one, Application)]
    ages = {(one.version, one.occurred_at, one.event_id or None) for one in snapshots}
    versioned = all(one.version is not None for one in links)  # else versions say nothing about a job's records
    said = {(one.version if versioned else None, one.occurred_at, one.event_id or None) for one in links}
    return len(ages) < len({msgspec.json.encode(one) for one in snapshots}) or len(said) < len(links)


def complete(event: Half) -> Half:
    """Nothing lacks that an early gate asks for, so that the later ones are come to."""
    if not isinstance(event, Application):
        return event
    whole = {"candidate": FULL, "source": event.source if event.source in SOURCES else "direct"}
    return msgspec.structs.replace(event, **whole)


def linked(moment: datetime) -> list[JobChange]:
    return [JobChange(job_id="j", employer_id="e", ats_job_id="R", occurred_at=moment, version=1)]


def passed_over(found: dict[str, Opinion], among: frozenset[str]) -> dict[str, Opinion]:
    return {
        name: ("CREATE", None) if reason in among else (verdict, reason) for name, (verdict, reason) in found.items()
    }


def agree(records: list[Record], connection: Connection) -> None:
    among = BUDGET if connection.policy.backfill_on_link == "auto" else frozenset[str]()
    assert passed_over(by_gates(records, connection), among) == passed_over(by_hand(records, connection), among)


@settings(max_examples=200)
@given(histories, st.lists(jobs, max_size=3), connections)
def test_p04_two_readings_of_the_rules_come_to_the_same_bucket(
    events: list[Half], links: list[JobChange], connection: Connection
) -> None:
    assume(not ties(events, links))
    agree([record(one) for one in [*events, *links]], connection)


@settings(max_examples=600)
@given(histories, moments.map(linked), connections)
def test_p04_two_readings_agree_where_only_time_and_stage_decide(
    events: list[Half], links: list[JobChange], connection: Connection
) -> None:
    events = [complete(one) for one in events]
    assume(not ties(events, links))
    agree([record(one) for one in [*events, *links]], connection)
