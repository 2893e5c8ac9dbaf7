"""Bytes to events: decode(encode(x)) == x, and whatever the bytes, the answer is an event or BadEvent without data."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadEvent
from schemas.events import (
    APPLICATIONS,
    ERASURES,
    FUTURE_TOLERANCE,
    JOBS,
    STATUS,
    TOPICS,
    AnyEvent,
    Erasure,
    decode,
    entity_id,
    moments,
)
from schemas.record import Record
from streams.envelope import line_of, parse_line
from streams.fold import fold, fold_job
from tests.laws.histories import LIMITS, NOW, jobs, snapshots, statuses

CANARY = "Zebulonquux"
erasures: st.SearchStrategy[Erasure] = st.builds(Erasure, candidate_id=st.just("c"), requested_at=st.just(NOW))
events: st.SearchStrategy[tuple[str, AnyEvent]] = st.one_of(
    st.tuples(st.just(APPLICATIONS), snapshots()),
    st.tuples(st.just(STATUS), statuses),
    st.tuples(st.just(JOBS), jobs),
    st.tuples(st.just(ERASURES), erasures),
)
times = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat) | st.sampled_from(
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30T00:00:00Z", "2026-03-02T12:00:00"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(CANARY) | st.text() | times
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def record_of(topic: str, event: AnyEvent, at: datetime = NOW) -> Record:
    value = msgspec.json.encode(event)
    return Record(topic=topic, key=entity_id(event).encode(), value=value, timestamp_ms=int(at.timestamp() * 1000))


def read(record: Record) -> BadEvent | None:
    """What was refused; an accepted event must also fold, whatever it says."""
    try:
        event = decode(record, LIMITS)
    except BadEvent as exc:
        return exc
    match event:
        case Erasure():
            pass
        case _ if record.topic == JOBS:
            fold_job(None, event, LIMITS)  # type: ignore[arg-type]
        case _:
            fold(None, event, LIMITS)  # type: ignore[arg-type]
    return None


@given(events)
def test_decode_of_encode_is_the_event(pair: tuple[str, AnyEvent]) -> None:
    topic, event = pair
    assert decode(record_of(topic, event), LIMITS) == event


@given(st.sampled_from(sorted(TOPICS)), st.binary(max_size=200), st.integers(-(2**63), 2**63 - 1))
def test_any_bytes_are_an_event_or_a_bad_event(topic: str, value: bytes, timestamp_ms: int) -> None:
    read(Record(topic=topic, key=b"a", value=value, timestamp_ms=timestamp_ms))


@given(events, st.data())
def test_a_faulty_field_is_refused_without_quoting_it(pair: tuple[str, AnyEvent], data: st.DataObject) -> None:
    topic, event = pair
    value: dict[str, Any] = json.loads(msgspec.json.encode(event))
    for _ in range(data.draw(st.integers(1, 3))):
        target: Any = value
        while isinstance(target, dict) and target and data.draw(st.booleans()):
            inner = target[data.draw(st.sampled_from(sorted(target)))]
            if not isinstance(inner, dict):
                break
            target = inner
        if isinstance(target, dict):
            name = data.draw(st.sampled_from([*sorted(target), "extra"]))
            target[name] = data.draw(json_values)
    with contextlib.suppress(UnicodeEncodeError):
        encoded = json.dumps(value).encode()
        refused = read(Record(topic=topic, key=b"a", value=encoded, timestamp_ms=int(NOW.timestamp() * 1000)))
        assert refused is None or CANARY not in str(refused)


@given(events, st.data())
def test_a_flipped_byte_never_escapes(pair: tuple[str, AnyEvent], data: st.DataObject) -> None:
    topic, event = pair
    value = bytearray(msgspec.json.encode(event))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    read(Record(topic=topic, key=b"a", value=bytes(value), timestamp_ms=int(NOW.timestamp() * 1000)))


@given(events, st.integers(-600, 600))
def test_a05_is_judged_by_the_records_timestamp_alone(pair: tuple[str, AnyEvent], shift_s: int) -> None:
    topic, event = pair
    stated = [moment for _, moment in moments(event)]
    received_at = (max(stated) if stated else NOW) + timedelta(seconds=shift_s)
    refused = read(record_of(topic, event, received_at))
    too_early = bool(stated) and max(stated) > received_at + FUTURE_TOLERANCE
    assert (refused.code if refused else None) == ("future_time" if too_early else None)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_a_record_or_a_bad_event_without_data(line: bytes) -> None:
    refused = ""
    try:
        parse_line(line, 1)
    except BadEvent as exc:
        refused = str(exc)
    assert CANARY not in refused


@given(st.binary(max_size=60) | st.none(), st.text(max_size=60) | st.none(), st.integers(-1, 2**62))
def test_a_line_that_is_written_is_read_back_as_it_was_where_it_is_text(
    key: bytes | None, value: str | None, timestamp_ms: int
) -> None:
    record = Record(
        topic="jobs", key=key, value=None if value is None else value.encode(), timestamp_ms=timestamp_ms, offset=7
    )
    line, whole = line_of(record)
    found = parse_line(line, 1)
    assert whole == (found == record)
    assert (found.value, found.timestamp_ms, found.offset) == (record.value, record.timestamp_ms, 7)
