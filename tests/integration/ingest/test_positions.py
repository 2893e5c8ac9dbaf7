"""Watermarks, gaps and dead letters: what was read is written down in the transaction that used it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from app.intake.intake import Intake
from app.ledger.dead_letters import DeadLetters
from schemas.codec import encode
from schemas.events import APPLICATIONS, STATUS, TOPICS, AnyEvent, Limits, decode
from schemas.record import Record
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log, application

pytestmark = pytest.mark.service


async def _gaps(ledger: Ledger) -> list[tuple[int, int]]:
    rows = await ledger.rows("select from_offset, to_offset from ingest_gap where filled_at is null order by 1")
    return [(row[0], row[1]) for row in rows]


async def test_offsets_that_were_jumped_over_are_noted_between_batches_and_inside_one(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await intake.apply([log.status("a-1", "new"), log.status("a-2", "new")])
    log.skip(STATUS, 3)
    first = log.status("a-3", "new")
    log.skip(STATUS, 1)
    applied = await intake.apply([first, log.status("a-4", "new")])

    assert applied.gaps == 2
    assert await _gaps(ledger) == [(2, 5), (6, 7)]
    assert await ledger.value("select next_offset from ingest_offset") == 8


async def test_a_redelivery_moves_nothing_back(intake: Intake, ledger: Ledger, log: Log) -> None:
    records = [log.status("a-1", "new"), log.status("a-2", "new"), log.status("a-3", "new")]
    await intake.apply(records)
    applied = await intake.apply(records[:1])
    assert applied.gaps == 0
    assert await ledger.value("select next_offset from ingest_offset") == 3
    assert await ledger.value("select count(*) from application_event") == 3


async def test_what_is_read_again_leaves_the_watermark_alone(intake: Intake, ledger: Ledger, log: Log) -> None:
    log.skip(STATUS, 10)
    await intake.reapply([log.status("a-1", "new")])
    assert await ledger.value("select count(*) from ingest_offset") == 0
    assert await ledger.decision("a-1") is not None


async def test_a27_a_refused_record_is_kept_with_its_bytes_and_blocks_nobody(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    bad = log.application("a-1", assessment={"rating": 7})
    applied = await intake.apply([bad, log.application("a-2")])
    assert applied.refused == {"invalid": 1}
    row = (await ledger.rows('select code, path, key, value, "offset" from dead_letter'))[0]
    assert (row["code"], row["path"], row["key"], row["value"]) == (
        "invalid",
        "$.assessment.rating",
        b"a-1",
        bad.value,
    )
    assert await ledger.decision("a-1") is None
    assert await ledger.decision("a-2") is not None


async def test_a_refused_record_keeps_the_headers_it_came_with(intake: Intake, ledger: Ledger, log: Log) -> None:
    came = [(), (("trace", b"1"),), (("trace", b"2"), ("trace", b"\xff"), ("span", b""))]
    await intake.apply([replace(log.record(STATUS, "a-1", b"x"), headers=headers) for headers in came])
    kept = await DeadLetters(ledger.pool).records(range(1, 4))
    assert {record.offset: record.headers for record in kept.values()} == dict(enumerate(came))


async def test_poison_of_every_kind_ends_in_the_dead_letters(intake: Intake, ledger: Ledger, log: Log) -> None:
    """Random bytes, cut and bent JSON, odd keys, hostile text and times: intake never raises, and nothing is lost."""
    chance = random.Random(20_260_302)
    whole = application("a-1")
    hostile = [
        b"",
        None,
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"application_id": "a-1"',
        {**whole, "candidate": {"id": "c\u0000", "first_name": "x"}},
        {**whole, "occurred_at": "0001-01-01T00:00:00+14:00"},
        {**whole, "source": "x\u0000y" * 50},
        {**whole, "event_id": "\u0000\u202e"},
        {"candidate_id": "a-1", "requested_at": "2026-01-01T00:00:00Z", "scope": "a\u0000ll"},
        encode(whole).replace(b'"version":1', b'"version":1' + b"0" * 30),
        b'{"application_id":"a-1","status":"\\ud800","occurred_at":"2026-01-01T00:00:00Z"}',
        b'{"application_id":"a-1","status":"a\\u0000b","occurred_at":"2026-01-01T00:00:00Z"}',
    ]
    records = [log.record(topic, "a-1", value) for topic in TOPICS for value in hostile]
    records += [log.record(topic, None, value) for topic in TOPICS for value in (whole, None)]
    records += [replace(log.record(topic, None, b"x"), key=chance.randbytes(9_000)) for topic in TOPICS]
    records += [
        replace(log.record(topic, "a-1", b"x"), headers=(("na\0me", b"\0"), ("trace", b""))[:count])
        for topic in TOPICS
        for count in (1, 2)
    ]
    records += [
        log.record(
            chance.choice(list(TOPICS)), chance.choice(["a-1", "a\u0000b", "\U0001f680", ""]), chance.randbytes(80)
        )
        for _ in range(300)
    ]
    applied = await intake.apply(records)
    good = await intake.apply([log.application("a-9"), log.status("a-9", "engaged")])

    assert sum(applied.refused.values()) >= 300
    assert await ledger.value("select count(*) from dead_letter") == sum(applied.refused.values())
    assert await ledger.value("select count(*) from outbox where dead_letter_id is not null") == sum(
        applied.refused.values()
    )
    assert good.refused == {}
    assert await ledger.decision("a-9") == ("HOLD", "no_connection")
    assert await _gaps(ledger) == []


async def test_a_record_nobody_foresaw_is_refused_by_itself(
    intake: Intake, ledger: Ledger, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours that one record meets blocks neither its batch nor its partition; it can be replayed."""

    def decode_but_one(record: Record, limits: Limits) -> AnyEvent:
        if record.key == b"a-1":
            raise OverflowError("a value we did not foresee")
        return decode(record, limits)

    monkeypatch.setattr("app.intake.heard.decode", decode_but_one)
    applied = await intake.apply([log.application("a-1"), log.application("a-2")])
    assert applied.refused == {"unprocessable": 1}
    assert await ledger.value("select value from dead_letter") is not None
    assert await ledger.decision("a-2") is not None


async def test_a_record_the_ledger_cannot_hold_is_refused_by_itself(
    intake: Intake, ledger: Ledger, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where the fault shows only in writing: it is found by halves, and the watermark moves over all."""
    monkeypatch.setattr("app.intake.heard._summary", lambda event: "\0" if event.application_id == "a-3" else "new")
    applied = await intake.apply([log.status(f"a-{number}", "new") for number in range(7)])
    assert (applied.records, applied.refused, sorted(applied.facts)) == (
        7,
        {"unprocessable": 1},
        [f"a-{number}" for number in (0, 1, 2, 4, 5, 6)],
    )
    assert await ledger.value("select reason from dead_letter") == "CharacterNotInRepertoireError while writing it"
    assert await ledger.value("select next_offset from ingest_offset") == 7
    assert await _gaps(ledger) == []


async def test_facts_at_hand_save_a_read_and_never_decide_against_the_ledger(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1")])
    stale = (await intake.apply([log.application("a-1")])).facts
    fresh = (await intake.apply([log.status("a-1", "new", 0)])).facts
    await intake.apply([log.status("a-1", "engaged", 9)], stale)
    assert await ledger.decision("a-1") == ("CREATE", None)
    assert await ledger.value("select jsonb_array_length(facts->'statuses') from application") == 2

    ahead = (await intake.apply([log.status("a-1", "reviewed", 12)], fresh)).facts
    await ledger.pool.execute("update application set facts = null, facts_sha256 = null")
    await intake.apply([log.status("a-1", "engaged", 9)], ahead)
    assert await ledger.decision("a-1") == ("HOLD", "facts_incomplete")


async def test_nothing_personal_is_in_the_rows_that_are_kept_after_an_erasure(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    await intake.apply([log.erasure("c-a-1")])
    for table in ("application", "application_event", "snapshot", "delivery", "outbox", "dead_letter", "contact_claim"):
        text = await ledger.value(f"select string_agg(t::text, ' ') from {table} t") or ""  # noqa: S608
        for personal in ("Quill", "Ada", "mail.example", "555 0100", "lathes", "Fanuc"):
            assert personal not in text, table
    assert APPLICATIONS in {row[0] for row in await ledger.rows("select topic from application_event")}
