"""Records nobody should have sent: each is a dead letter, and the applications around it go on (A5, A27, A50)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.demo.author import Author, Case
from app.demo.outcomes import delivered, held
from app.demo.values import GROUNDWORK, LATER, MAIN, Entry, Story
from schemas.codec import decode, encode
from schemas.events import ERASURES


def unknown_words(author: Author) -> Story:
    """A50: held, with a copy among the dead letters."""
    odd = author.case(author.usual_job(author.employer("keystone")), source="referral_bot")
    parked = author.case(author.usual_job(author.employer("lakeshore")))
    entries = (
        _once(odd.snapshot()),
        odd.said("Engaged", 300),
        *(parked.snapshot(), parked.said("New", 0), _once(parked.said("on_hold", 100))),
    )
    expected = (held(odd, "unknown_words", "unknown_source"), held(parked, "unknown_words", "unknown_status"))
    return Story(entries=entries, expected=expected, dead_letters=("unknown_source", "unknown_status"))


def bad_rating(author: Author) -> Story:
    """A27: an impossible rating is refused whole; the good version before it stands, and the next good one too."""
    zero, six = (author.case(author.usual_job(author.employer("keystone"))) for _ in range(2))
    entries = (
        zero.snapshot(wave=GROUNDWORK, version=2),
        _once(zero.snapshot(version=3, assessment={**zero.talk.assessment, "rating": 0})),
        zero.said("Engaged", 300, wave=LATER),
        _once(six.snapshot(version=2, assessment={**six.talk.assessment, "rating": 6})),
        *(six.said("Engaged", 300), six.snapshot(wave=LATER, version=3)),
    )
    expected = (delivered(zero, "bad_rating"), delivered(six, "bad_rating"))
    return Story(entries=entries, expected=expected, dead_letters=("invalid", "invalid"))


def only_a_bad_snapshot(author: Author) -> Story:
    """A27: the record is not folded, so the application stays half known."""
    case = author.case(author.usual_job(author.employer("keystone")))
    bad = _once(case.snapshot(assessment={**case.talk.assessment, "rating": 3.7}))
    lost = held(case, "only_a_bad_snapshot", "facts_incomplete")
    return Story(
        entries=(bad, case.said("Engaged", 300)), expected=(replace(lost, employer_id=None),), dead_letters=("invalid",)
    )


def from_the_future(author: Author) -> Story:
    """A5: a clock that is a day ahead, judged by the broker's own timestamp."""
    case = author.case(author.usual_job(author.employer("prairie")))
    tomorrow = (author.now + timedelta(days=1)).isoformat()
    entries = (case.snapshot(), case.said("New", 0), _once(case.said("Engaged", 300, occurred_at=tomorrow)))
    expected = (held(case, "from_the_future", "awaiting_engaged"),)
    return Story(entries=entries, expected=expected, dead_letters=("future_time",))


def withdrawn_in_the_future(author: Author) -> Story:
    """A5 where the bad record would have stopped a good application."""
    case = author.case(author.usual_job(author.employer("lakeshore")))
    tomorrow = (author.now + timedelta(days=1)).isoformat()
    entries = (case.snapshot(), case.said("Engaged", 300), _once(case.said("Withdrawn", 400, occurred_at=tomorrow)))
    expected = (delivered(case, "withdrawn_in_the_future"),)
    return Story(entries=entries, expected=expected, dead_letters=("future_time",))


def garbage(author: Author) -> Story:
    """Bytes, keys and shapes that are wrong; a good application goes through between them."""
    case = author.case(author.usual_job(author.employer("lakeshore")))
    snapshot, engaged = case.snapshot(), case.said("Engaged", 300)
    job = author.heard(case.job, wave=MAIN, version=9, state="exploded")
    bad = (
        ("not_json", replace(snapshot, value=b'{"application_id": "app-')),
        ("not_json", replace(engaged, value=bytes(author.rng.randrange(128, 256) for _ in range(64)))),
        ("null_value", replace(snapshot, value=None)),
        ("null_key", replace(engaged, key=None)),
        ("key_mismatch", replace(engaged, key=b"app-of-somebody-else")),
        ("unknown_schema_version", _changed(snapshot, schema_version=7)),
        ("invalid", _changed(engaged, occurred_at="yesterday")),
        ("invalid", _changed(snapshot, candidate={"first_name": "Nobody"})),
        ("invalid", _changed(engaged, occurred_at="2026-01-05T08:00:00")),
        ("unknown_job_state", job),
        ("invalid", _erasure_without_time(author, case)),
    )
    entries = (snapshot, engaged, *(_once(entry) for _, entry in bad))
    return Story(entries=entries, expected=(delivered(case, "garbage"),), dead_letters=tuple(code for code, _ in bad))


def _once(entry: Entry) -> Entry:
    return replace(entry, repeatable=False)


def _changed(entry: Entry, **changes: Any) -> Entry:
    return replace(entry, value=encode({**decode(entry.value or b"{}"), **changes}))


def _erasure_without_time(author: Author, case: Case) -> Entry:
    person = case.person.candidate_id
    value = encode({"candidate_id": person, "scope": "all"})
    return Entry(wave=MAIN, at=author.now - timedelta(hours=2), topic=ERASURES, key=person.encode(), value=value)
