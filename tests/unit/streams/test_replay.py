"""`decide` over recorded topics: envelopes, dead letters, jobs, erasures, twins and backfill ranks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.connection import Connection, Policy
from schemas.errors import BadEvent
from schemas.events import AnyEvent
from streams.envelope import parse_line
from streams.replay import Outcome, decide_all, replay_lines
from tests.unit.streams.histories import (
    CANARY,
    LATER,
    LIMITS,
    at,
    candidate,
    connection,
    job,
    line,
    record,
    snapshot,
    status,
)

TS = int(LATER.timestamp() * 1000)
ENGAGED = [line("candidate-status", "app-1", msgspec.to_builtins(status("engaged")))]


def app_line(application_id: str = "app-1", **changes: Any) -> str:
    event = snapshot(application_id=application_id, **changes)
    return line("applications", application_id, msgspec.json.encode(event).decode())


def event_line(topic: str, key: str, event: AnyEvent) -> str:
    return line(topic, key, msgspec.to_builtins(event))


def job_line(*, ats_job_id: str | None = "R-1", **changes: Any) -> str:
    event = job(ats_job_id, **changes)
    return event_line("jobs", event.job_id, event)


def replayed(*lines: str | bytes, connections: list[Connection] | None = None) -> Outcome:
    return replay_lines(lines, connections or [connection()], LATER, LIMITS)


def said(outcome: Outcome) -> dict[str, tuple[str, str | None]]:
    return {item.application_id: (item.decision.verdict, item.decision.reason) for item in outcome.decisions}


def test_a_history_is_decided_whatever_its_order() -> None:
    lines = [job_line(), app_line(), *ENGAGED]
    assert said(replayed(*lines)) == said(replayed(*reversed(lines), *lines)) == {"app-1": ("CREATE", None)}


def test_a_decision_line_has_exactly_the_contracts_fields() -> None:
    (item,) = replayed(app_line(), *ENGAGED).decisions
    shown = json.loads(msgspec.json.encode(item.as_json()))
    assert list(shown) == ["application_id", "connection", "decision", "reason", "gates"]
    assert shown["connection"] == "acme"
    assert (shown["decision"], shown["reason"]) == ("HOLD", "job_not_linked")
    assert {tuple(gate) for gate in shown["gates"]} == {("name", "passed", "reason", "inputs", "missing")}


def test_decisions_are_sorted_by_id_and_connections_found_by_employer() -> None:
    lines = [app_line("b"), app_line("a", employer_id="emp-9"), event_line("candidate-status", "c", status("new"))]
    lines[2] = line("candidate-status", "c", msgspec.to_builtins(status("new", application_id="c")))
    shown = [(item.application_id, item.connection) for item in replayed(*lines).decisions]
    assert shown == [("a", None), ("b", "acme"), ("c", None)]


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"partition": 3, "offset": 7},
        {"tstype": "create", "broker": 1, "headers": ["trace", "1"], "partition": 0, "offset": 0},
    ],
)
@pytest.mark.parametrize("as_text", [True, False])
def test_kcat_envelopes_are_read(extra: dict[str, Any], as_text: bool) -> None:  # noqa: FBT001
    value: Any = {"application_id": "app-1", "status": "new", "occurred_at": "2026-03-02T12:00:00Z"}
    payload = json.dumps(value) if as_text else value
    found = parse_line(line("candidate-status", "app-1", payload, **extra), 1)
    assert (found.topic, found.key, found.timestamp_ms) == ("candidate-status", b"app-1", TS)
    assert (found.partition, found.offset) == (extra.get("partition", 0), extra.get("offset", 0))
    assert found.value is not None
    assert json.loads(found.value) == value


def test_a_null_payload_and_a_null_key_are_tombstone_and_no_key() -> None:
    found = parse_line(line("applications", None, None), 1)
    assert (found.key, found.value) == (None, None)


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("{", "not_json", "$"),
        (b"\xff\xfe", "not_json", "$"),
        (b'{"topic":"jobs","ts":1,"payload":"\xff"}', "not_json", "$"),
        ("[" * 100_000, "invalid", "$"),
        ('{"topic":"jobs","ts":1,"payload":' + "[" * 100_000, "not_json", "$"),
        ("[]", "invalid", "$"),
        ("{}", "invalid", "$"),
        ('{"topic":"jobs","payload":null}', "invalid", "$"),
        ('{"topic":"jobs","ts":1}', "invalid", "$"),
        ('{"topic":"jobs","ts":"1","payload":null}', "invalid", "$.ts"),
        ('{"topic":"jobs","ts":1,"key":7,"payload":null}', "invalid", "$.key"),
    ],
)
def test_an_unreadable_line_is_a_dead_letter_with_its_number(text: str | bytes, code: str, path: str) -> None:
    with pytest.raises(BadEvent) as caught:
        parse_line(text, 2)
    assert (caught.value.code, caught.value.path) == (code, path)
    (letter,) = replayed("\n", text).dead_letters
    shown = letter.as_json()["dead_letter"]
    assert shown["line"] == 2
    assert (shown["code"], shown["path"], shown["topic"], shown["key"]) == (code, path, None, None)


def test_a_refused_record_is_a_dead_letter_with_exactly_the_contracts_fields() -> None:
    bad = line("candidate-status", "app-1", {"application_id": "app-1"}, partition=2, offset=9)
    (letter,) = replayed(bad).dead_letters
    assert letter.as_json() == {
        "dead_letter": {
            "topic": "candidate-status",
            "partition": 2,
            "offset": 9,
            "key": "app-1",
            "code": "invalid",
            "reason": "is missing",
            "path": "$.status",
        }
    }


@pytest.mark.parametrize("ts", [-1, 0, 2**63 - 1])
def test_a05_any_64_bit_timestamp_is_an_answer_not_a_crash(ts: int) -> None:
    (letter,) = replayed(line("candidate-status", "app-1", msgspec.to_builtins(status("new")), ts=ts)).dead_letters
    assert letter.code == ("bad_timestamp" if ts > 0 else "future_time")


@pytest.mark.parametrize(
    ("seconds_ahead", "refused"), [(300, False), (300.001, True)], ids=["five minutes", "a little more"]
)
def test_a05_is_judged_by_the_records_own_timestamp(seconds_ahead: float, refused: bool) -> None:  # noqa: FBT001
    ahead = LATER + timedelta(seconds=seconds_ahead)
    value = {"application_id": "app-1", "status": "new", "occurred_at": ahead.isoformat()}
    outcome = replayed(line("candidate-status", "app-1", value))
    assert [letter.code for letter in outcome.dead_letters] == (["future_time"] if refused else [])
    assert len(said(outcome)) == (0 if refused else 1)


@pytest.mark.parametrize("rating", [0, 0.5, 5.5, 3.2, 6, "4"])
def test_a27_a_rating_outside_the_stars_is_not_folded(rating: Any) -> None:
    value = msgspec.to_builtins(snapshot()) | {"assessment": {"rating": rating}}
    outcome = replayed(line("applications", "app-1", value))
    assert [(letter.code, letter.path) for letter in outcome.dead_letters] == [("invalid", "$.assessment.rating")]
    assert said(outcome) == {}


def test_a50_an_unknown_word_is_folded_and_dead_lettered() -> None:
    lines = [job_line(), app_line(source="walk_in"), *ENGAGED]
    outcome = replayed(*lines)
    assert said(outcome) == {"app-1": ("HOLD", "unknown_source")}
    assert [letter.code for letter in outcome.dead_letters] == ["unknown_source"]


@pytest.mark.parametrize("key", ["zebulon@example.com", "+13125550142", f"{CANARY} Quux", "a" * 101, ""])
def test_a_key_that_is_no_plain_id_is_not_shown(key: str) -> None:
    (letter,) = replayed(line("applications", key, {"application_id": CANARY})).dead_letters
    assert letter.key is None


def test_dead_letters_hold_no_persons_data() -> None:
    person = candidate(first_name=CANARY, email=7)
    lines = [
        line("applications", "app-1", {**msgspec.to_builtins(snapshot()), "candidate": person}),
        line(f"{CANARY} Quux", "k", {CANARY: CANARY}),
        line("candidate-status", "app-1", CANARY),
        line("candidate-status", "app-1", {CANARY: CANARY}),
        '{"topic": "jobs", "ts": "' + CANARY + '", "payload": null}',
        CANARY,
    ]
    outcome = replayed(*lines)
    assert len(outcome.dead_letters) == len(lines)
    assert CANARY not in msgspec.json.encode([letter.as_json() for letter in outcome.dead_letters]).decode()


def test_a45_an_erasure_in_any_order_skips_every_application_of_the_candidate() -> None:
    erasure = line("candidate-erasures", "cand-1", {"candidate_id": "cand-1", "requested_at": at(0).isoformat()})
    lines = [job_line(), app_line(), *ENGAGED]
    for history in ([erasure, *lines], [*lines, erasure]):
        assert said(replayed(*history)) == {"app-1": ("SKIP", "erased")}


def test_a13_a_job_of_the_same_id_at_another_employer_is_another_job() -> None:
    lines = [job_line(employer_id="emp-2"), app_line(), *ENGAGED]
    assert said(replayed(*lines)) == {"app-1": ("HOLD", "job_not_linked")}
    assert said(replayed(*lines, job_line())) == {"app-1": ("CREATE", None)}


def engaged_at(application_id: str, seconds: float) -> str:
    event = status("engaged", seconds, application_id=application_id)
    return event_line("candidate-status", application_id, event)


def twin(application_id: str, candidate_id: str, seconds: float, **changes: Any) -> list[str]:
    person = candidate(id=candidate_id, **changes)
    return [app_line(application_id, candidate=person), engaged_at(application_id, seconds)]


def test_a11_the_second_candidate_of_one_address_holds() -> None:
    lines = [job_line(), *twin("a", "c1", 60), *twin("b", "c2", 0, email="ZEBULON@example.com"), *twin("c", "c2", 90)]
    outcome = replayed(*lines)
    expected = {"a": ("HOLD", "ambiguous_delivery"), "b": ("CREATE", None), "c": ("CREATE", None)}
    assert said(outcome) == expected


def test_a11_equal_times_are_decided_by_application_id() -> None:
    lines = [job_line(), *twin("b", "c2", 0), *twin("a", "c1", 0)]
    assert said(replayed(*lines)) == {"a": ("CREATE", None), "b": ("HOLD", "ambiguous_delivery")}


def test_a11_one_that_would_not_be_sent_stands_in_nobodys_way() -> None:
    lines = [job_line(), *twin("a", "c1", 0), *twin("b", "c2", 60)]
    gone = event_line("candidate-status", "a", status("withdrawn", 90, application_id="a"))
    assert said(replayed(*lines, gone)) == {"a": ("SKIP", "withdrawn"), "b": ("CREATE", None)}


def test_a16_automatic_backfill_takes_the_oldest_first_up_to_its_budget() -> None:
    lines = [job_line(occurred_at=at(3600))]
    for number in range(202):
        name = f"app-{number:03}"
        lines += [app_line(name, candidate=candidate(id=name, email=f"{name}@example.com")), engaged_at(name, -number)]
    auto = connection(policy=Policy(backfill_on_link="auto"))
    decisions = said(replayed(*lines, connections=[auto]))
    held = [name for name, (verdict, _) in decisions.items() if verdict == "HOLD"]
    assert held == ["app-000", "app-001"]
    assert {reason for _, reason in decisions.values()} == {None, "backfill_approval"}


def test_decide_all_reads_records_as_replay_reads_lines() -> None:
    records = [
        record("jobs", "job-1", job()),
        record("applications", "app-1", snapshot()),
        record("candidate-status", "app-1", status("engaged")),
        record("unheard-of", "app-1", b"{}"),
    ]
    outcome = decide_all(records, [connection()], LATER, LIMITS)
    assert [letter.code for letter in outcome.dead_letters] == ["unknown_topic"]
    assert said(outcome) == {"app-1": ("CREATE", None)}
