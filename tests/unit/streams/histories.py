"""Small valid events, facts and surroundings for the tests of the pure half; every field can be set by the test."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from schemas.connection import Connection, Policy
from schemas.decision import Decision, Surroundings
from schemas.events import AnyEvent, Application, Event, JobChange, Limits, StatusChange
from schemas.facts import Facts, JobFacts
from schemas.record import Record
from schemas.words import Trigger
from streams.eligibility import decide
from streams.fold import fold, fold_job

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINKED_AT = T0 - timedelta(days=30)
LATER = T0 + timedelta(days=1)
LIMITS = Limits()
CANARY = "Zebulon"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def snapshot(**changes: Any) -> Application:
    """A complete application: contact, resume, evidence, transcript and assessment are all there."""
    value: dict[str, Any] = {
        "application_id": "app-1",
        "employer_id": "emp-1",
        "version": 1,
        "occurred_at": T0.isoformat(),
        "job": {"id": "job-1", "title": "Welder"},
        "source": "direct",
        "candidate": {
            "id": "cand-1",
            "first_name": CANARY,
            "last_name": "Quux",
            "email": "zebulon@example.com",
            "phone": "+13125550142",
        },
        "resume": {"filename": "cv.pdf", "url": "https://files.example.com/cv.pdf"},
        "screening": {
            "responded_at": T0.isoformat(),
            "completed_at": T0.isoformat(),
            "transcript": [{"speaker": "candidate", "at": T0.isoformat(), "text": "I weld"}],
        },
        "assessment": {"rating": 4, "summary": "Good"},
    }
    return msgspec.convert(value | changes, Application)


def candidate(**changes: Any) -> dict[str, Any]:
    return {"id": "cand-1", "first_name": CANARY, "last_name": "Quux", "email": "zebulon@example.com"} | changes


def status(word: str, seconds: float = 0, *, application_id: str = "app-1", **changes: Any) -> StatusChange:
    return StatusChange(application_id=application_id, status=word, occurred_at=at(seconds), **changes)


def statuses(*words: str, every_s: float = 600) -> list[StatusChange]:
    """One status after the other, ten minutes apart."""
    return [status(word, n * every_s) for n, word in enumerate(words)]


def job(ats_job_id: str | None = "R-1", *, occurred_at: datetime = LINKED_AT, **changes: Any) -> JobChange:
    value: dict[str, Any] = {"job_id": "job-1", "employer_id": "emp-1", "ats_job_id": ats_job_id}
    return JobChange(**(value | {"occurred_at": occurred_at} | changes))


def facts_of(events: Iterable[Event]) -> Facts:
    facts: Facts | None = None
    for event in events:
        assert isinstance(event, Application | StatusChange)
        facts = fold(facts, event, LIMITS)
    assert facts is not None
    return facts


def job_facts(*events: JobChange) -> JobFacts:
    facts: JobFacts | None = None
    for event in events or (job(),):
        facts = fold_job(facts, event, LIMITS)
    assert facts is not None
    return facts


def connection(trigger: Trigger = "engaged", *, policy: Policy | None = None, **changes: Any) -> Connection:
    value: dict[str, Any] = {"name": "acme", "employer_id": "emp-1", "vendor": "webhook"}
    return Connection(**(value | {"trigger": trigger, "policy": policy or Policy()} | changes))


def around(trigger: Trigger = "engaged", *, policy: Policy | None = None, **changes: Any) -> Surroundings:
    value: dict[str, Any] = {"connection": connection(trigger, policy=policy), "job": job_facts()}
    return Surroundings(**(value | changes))


def decided(events: Iterable[Event], surroundings: Surroundings | None = None, *, now: datetime = LATER) -> Decision:
    return decide(facts_of(events), surroundings or around(), now)


def said(decision: Decision) -> tuple[str, str | None]:
    return decision.verdict, decision.reason


def record(topic: str, key: str | None, value: AnyEvent | dict[str, Any] | bytes, **changes: Any) -> Record:
    data = value if isinstance(value, bytes) else msgspec.json.encode(value)
    received: dict[str, Any] = {"timestamp_ms": int(LATER.timestamp() * 1000)} | changes
    return Record(topic=topic, key=None if key is None else key.encode(), value=data, **received)


def line(topic: str, key: str | None, payload: Any, **changes: Any) -> str:
    return json.dumps({"topic": topic, "key": key, "ts": int(LATER.timestamp() * 1000), "payload": payload} | changes)
