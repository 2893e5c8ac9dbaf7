"""Random histories for the laws: small alphabets, so that ties, repeats and slips of the mouse really happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from schemas.connection import Connection, Policy
from schemas.decision import Surroundings
from schemas.events import Application, JobChange, Limits, StatusChange
from schemas.facts import Facts, JobFacts
from schemas.words import SOURCES, STATUSES
from streams.fold import fold, fold_job

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = T0 + timedelta(hours=2)
LIMITS = Limits()
Half = Application | StatusChange

seconds = st.sampled_from([0, 1, 30, 60, 61, 600, 7199])
moments = seconds.map(lambda s: T0 + timedelta(seconds=s))
event_ids = st.sampled_from([None, "", "a", "b"])
words = st.sampled_from([*sorted(STATUSES), "engaged", "new", "ENGAGED", "pondering"])
sources = st.sampled_from([*sorted(SOURCES), "direct", "passive", "Talent Search", "walk_in"])


@st.composite
def snapshots(draw: st.DrawFn) -> Application:
    stamp = st.none() | moments.map(datetime.isoformat)
    screening = {"responded_at": draw(stamp), "completed_at": draw(stamp)}
    turns = draw(st.sampled_from([[], [{"speaker": "c", "text": "hello"}]]))
    value: dict[str, Any] = {
        "application_id": "a",
        "employer_id": "e",
        "version": draw(st.none() | st.integers(0, 3)),
        "occurred_at": draw(stamp),
        "event_id": draw(event_ids),
        "job": {"id": "j"},
        "source": draw(sources),
        "candidate": {
            "id": "c",
            "first_name": draw(st.sampled_from([None, "Ann"])),
            "last_name": draw(st.sampled_from([None, "Lee"])),
            "email": draw(st.sampled_from([None, "ann@example.com", "no address"])),
            "phone": draw(st.sampled_from([None, "312-555-0142"])),
        },
        "resume": draw(st.sampled_from([None, {}, {"url": "https://x.example/cv"}])),
        "screening": draw(st.sampled_from([None, {**screening, "transcript": turns}])),
        "assessment": draw(st.sampled_from([None, {}, {"rating": 4.5}])),
    }
    return msgspec.convert(value, Application)


statuses: st.SearchStrategy[StatusChange] = st.builds(
    StatusChange,
    application_id=st.just("a"),
    status=words,
    sequence=st.none() | st.integers(0, 3),
    occurred_at=moments,
    event_id=event_ids,
    actor=st.none(),
)
sequenced: st.SearchStrategy[StatusChange] = st.builds(
    StatusChange, application_id=st.just("a"), status=words, sequence=st.integers(0, 5), occurred_at=moments
)
jobs: st.SearchStrategy[JobChange] = st.builds(
    JobChange,
    job_id=st.just("j"),
    employer_id=st.just("e"),
    ats_job_id=st.sampled_from([None, "R-1", 2]),
    state=st.sampled_from(["open", "Closed", "archived"]),
    version=st.none() | st.integers(0, 3),
    occurred_at=moments,
    event_id=event_ids,
)
halves: st.SearchStrategy[Half] = st.one_of(statuses, statuses, snapshots())
histories = st.lists(halves, min_size=1, max_size=10) | st.lists(sequenced | snapshots(), min_size=1, max_size=10)

policies: st.SearchStrategy[Policy] = st.builds(
    Policy,
    past_gate=st.sampled_from(["hold", "sync"]),
    passive_evidence=st.sampled_from(["required", "status"]),
    settle_seconds=st.sampled_from([0, 60, 3600]),
    missing_email=st.sampled_from(["hold", "placeholder"]),
    missing_last_name=st.sampled_from(["-", ""]),
    require_phone=st.booleans(),
    rejected=st.sampled_from(["skip", "sync"]),
    backfill_on_link=st.sampled_from(["preview", "auto", "never"]),
    update_policy=st.sampled_from(["engaged_only", "material", "never"]),
    assessment_wait_seconds=st.sampled_from([0, 300, 86_400]),
)
connections: st.SearchStrategy[Connection] = st.builds(
    Connection,
    name=st.just("acme"),
    employer_id=st.just("e"),
    vendor=st.just("webhook"),
    trigger=st.sampled_from(["engaged", "new"]),
    policy=policies,
    trigger_since=st.none() | moments,
    healthy=st.booleans(),
)


def folded(events: list[Half]) -> Facts:
    facts: Facts | None = None
    for event in events:
        facts = fold(facts, event, LIMITS)
    assert facts is not None
    return facts


def folded_jobs(events: list[JobChange]) -> JobFacts:
    facts: JobFacts | None = None
    for event in events:
        facts = fold_job(facts, event, LIMITS)
    assert facts is not None
    return facts


surroundings: st.SearchStrategy[Surroundings] = st.builds(
    Surroundings,
    connection=st.none() | connections,
    job=st.none() | st.lists(jobs, min_size=1, max_size=3).map(folded_jobs),
    erased=st.booleans(),
    twin=st.sampled_from([None, None, "b"]),
    backfill_approved=st.booleans(),
)
