"""What decoding refuses, by code and path, and never by quoting; what it lets through."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.errors import BadEvent
from schemas.events import APPLICATIONS, ERASURES, JOBS, STATUS, Limits, decode, unknown_word
from schemas.record import Record

AT = "2026-03-02T12:00:00Z"
TS = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1000)
VALID: dict[str, dict[str, Any]] = {
    APPLICATIONS: {
        "application_id": "a",
        "employer_id": "e",
        "job": {"id": "j"},
        "source": "direct",
        "candidate": {"id": "c"},
    },
    STATUS: {"application_id": "a", "status": "new", "occurred_at": AT},
    JOBS: {"job_id": "a", "employer_id": "e", "occurred_at": AT},
    ERASURES: {"candidate_id": "a", "requested_at": AT},
}


def record(topic: str, value: Any = None, *, key: bytes | None = b"a", timestamp_ms: int = TS) -> Record:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Record(topic=topic, key=key, value=data, timestamp_ms=timestamp_ms)


def refused(given: Record, limits: Limits | None = None) -> tuple[str, str]:
    with pytest.raises(BadEvent) as caught:
        decode(given, limits or Limits())
    return caught.value.code, caught.value.path


@pytest.mark.parametrize("topic", VALID)
def test_a_minimal_event_and_unknown_fields_are_accepted(topic: str) -> None:
    assert decode(record(topic, VALID[topic]), Limits()) == decode(record(topic, VALID[topic] | {"x": [1]}), Limits())


@pytest.mark.parametrize("topic", VALID)
def test_every_missing_required_field_is_refused_by_name(topic: str) -> None:
    for name in VALID[topic]:
        lacking = {key: value for key, value in VALID[topic].items() if key != name}
        with pytest.raises(BadEvent) as caught:
            decode(record(topic, lacking), Limits())
        assert (caught.value.path, caught.value.message) == (f"$.{name}", "is missing")


@pytest.mark.parametrize(
    ("topic", "change", "path"),
    [
        (STATUS, {"occurred_at": "yesterday"}, "$.occurred_at"),
        (STATUS, {"occurred_at": "2026-03-02T12:00:00"}, "$.occurred_at"),
        (STATUS, {"sequence": -1}, "$.sequence"),
        (STATUS, {"sequence": 2**63}, "$.sequence"),
        (STATUS, {"sequence": True}, "$.sequence"),
        (STATUS, {"application_id": ""}, "$.application_id"),
        (STATUS, {"application_id": "a\n"}, "$.application_id"),
        (STATUS, {"application_id": "a" * 201}, "$.application_id"),
        (APPLICATIONS, {"job": {"id": None}}, "$.job.id"),
        (APPLICATIONS, {"candidate": {"id": "c", "email": 1}}, "$.candidate.email"),
        (APPLICATIONS, {"assessment": {"rating": 0}}, "$.assessment.rating"),
        (APPLICATIONS, {"assessment": {"rating": 5.5}}, "$.assessment.rating"),
        (APPLICATIONS, {"assessment": {"rating": 3.3}}, "$.assessment.rating"),
        (APPLICATIONS, {"screening": {"transcript": [{"speaker": "c"}]}}, "$.screening.transcript[0].text"),
        (JOBS, {"ats_job_id": ""}, "$.ats_job_id"),
    ],
)
def test_a_bad_field_is_refused_with_its_path(topic: str, change: dict[str, Any], path: str) -> None:
    assert refused(record(topic, VALID[topic] | change)) == ("invalid", path)


@pytest.mark.parametrize("rating", [1, 1.5, 4.0, 5, None])
def test_a27_stars_in_halves_and_not_rated(rating: float | None) -> None:
    decode(record(APPLICATIONS, VALID[APPLICATIONS] | {"assessment": {"rating": rating}}), Limits())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (record("elsewhere", {}), "unknown_topic"),
        (Record(topic=STATUS, key=b"a", value=None), "null_value"),
        (record(STATUS, b"{"), "not_json"),
        (record(STATUS, b""), "not_json"),
        (record(STATUS, b'{"application_id": "\xff"}'), "not_json"),
        (record(STATUS, b'{"x": ' + b"[" * 100_000), "not_json"),
        (record(STATUS, b'{"status": 3, "x": ' + b"[" * 100_000), "invalid"),
        (record(STATUS, VALID[STATUS], key=None), "null_key"),
        (record(STATUS, VALID[STATUS], key=b"b"), "key_mismatch"),
        (record(STATUS, VALID[STATUS], timestamp_ms=TS - 300_001), "future_time"),
        (record(STATUS, VALID[STATUS], timestamp_ms=10**17), "bad_timestamp"),
        (record(STATUS, VALID[STATUS], timestamp_ms=-(10**17)), "bad_timestamp"),
        (record(STATUS, VALID[STATUS] | {"occurred_at": "0001-01-01T00:00:00+14:00"}), "time_out_of_range"),
        (record(STATUS, VALID[STATUS] | {"occurred_at": "9999-12-31T23:59:59-12:00"}), "future_time"),
        (record(JOBS, VALID[JOBS] | {"state": "ajar"}), "unknown_job_state"),
    ],
)
def test_what_cannot_be_used_is_refused_by_code(given: Record, code: str) -> None:
    assert refused(given)[0] == code


def test_a05_exactly_five_minutes_ahead_is_accepted() -> None:
    decode(record(STATUS, VALID[STATUS], timestamp_ms=TS - 300_000), Limits())


@pytest.mark.parametrize(
    "path", ["occurred_at", "screening.responded_at", "screening.completed_at", "assessment.at", "screening.transcript"]
)
def test_a05_every_time_of_a_snapshot_is_judged(path: str) -> None:
    future: Any = "2026-03-02T12:05:01Z"
    if path.endswith("transcript"):
        future = [{"speaker": "c", "text": "t"}, {"speaker": "c", "text": "t", "at": future}]
    outer, _, inner = path.partition(".")
    change = {outer: {inner: future}} if inner else {outer: future}
    found = refused(record(APPLICATIONS, VALID[APPLICATIONS] | change))
    assert found == ("future_time", f"$.{path}" + ("[1].at" if path.endswith("transcript") else ""))


@pytest.mark.parametrize("shape", [{}, {"status": 7}])
def test_a50_a_newer_schema_version_is_named_even_where_its_shape_changed(shape: dict[str, Any]) -> None:
    assert refused(record(STATUS, VALID[STATUS] | {"schema_version": 2} | shape))[0] == "unknown_schema_version"


def test_a50_unknown_words_are_events_with_a_copy_for_the_dead_letters() -> None:
    known = decode(record(STATUS, VALID[STATUS] | {"status": "Hired"}), Limits())
    odd = decode(record(STATUS, VALID[STATUS] | {"status": "pondering"}), Limits())
    odder = decode(record(APPLICATIONS, VALID[APPLICATIONS] | {"source": "walk_in"}), Limits())
    assert unknown_word(known) is None
    assert [getattr(unknown_word(event), "code", None) for event in (odd, odder)] == [
        "unknown_status",
        "unknown_source",
    ]


def test_limits_on_bytes_and_turns() -> None:
    turns = {"screening": {"transcript": [{"speaker": "c", "text": "t"}] * 3}}
    long = record(APPLICATIONS, VALID[APPLICATIONS] | turns)
    assert refused(long, Limits(transcript_turns=2)) == ("too_many_turns", "$.screening.transcript")
    decode(long, Limits(transcript_turns=3))
    assert long.value is not None
    assert refused(long, Limits(event_bytes=len(long.value) - 1))[0] == "too_large"
    decode(long, Limits(event_bytes=len(long.value)))


def test_no_error_and_no_repr_quotes_the_record() -> None:
    value = VALID[APPLICATIONS] | {
        "candidate": {"id": "c", "first_name": "Zebulon", "email": "zebulon@example.com"},
        "resume": {"filename": "Zebulon.pdf"},
        "screening": {"transcript": [{"speaker": "Zebulon", "text": "Zebulon"}]},
        "assessment": {"summary": "Zebulon", "criteria": [{"name": "Zebulon"}]},
    }
    assert "zebulon" not in repr(record(APPLICATIONS, value)).lower()
    assert "zebulon" not in repr(decode(record(APPLICATIONS, value), Limits())).lower()
    with pytest.raises(BadEvent) as caught:
        decode(record(APPLICATIONS, value | {"source": ["Zebulon"]}), Limits())
    assert "zebulon" not in repr(caught.value).lower()
    assert caught.value.__cause__ is None
