"""Where is my candidate? One sentence for every standing an application can have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.answer import answer_of, next_of
from schemas.delivery import State
from schemas.remedies import meaning_of

AT = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)
PASSED = {"passed": True, "missing": None}
EMAIL = {"passed": False, "missing": "a valid e-mail address of the candidate"}
ENGAGED = {"passed": False, "missing": "the candidate reaching Engaged"}


def delivery(state: str, kind: str = "create", **changes: Any) -> dict[str, Any]:
    values = {"kind": kind, "state": state, "reason": None, "last_code": None, "receipt": None, "attribution": None}
    return values | {"delivered_at": AT if state == "delivered" else None} | changes


@pytest.mark.parametrize(
    ("verdict", "gates", "told"),
    [
        ("HOLD", [PASSED, ENGAGED, EMAIL], "Waits for the candidate reaching Engaged."),
        ("SKIP", [EMAIL], "Not sent as things are; it would need a valid e-mail address of the candidate."),
        ("CREATE", [PASSED], "Nothing is missing: it is sent next."),
        (None, [], "Only records that cannot be used were seen of it."),
    ],
)
def test_what_was_never_sent_waits_for_the_first_thing_missing(
    verdict: str | None, gates: list[Any], told: str
) -> None:
    assert answer_of(verdict, gates, []) == told
    assert answer_of(verdict, gates, [delivery("cancelled")]) == told


def test_r14_a_delivered_one_says_since_when_and_whose_source_it_keeps() -> None:
    assert answer_of("NOOP", [PASSED], [delivery("delivered")]) == "In the ATS since 2026-11-24 03:04 UTC."
    there = delivery("delivered", receipt={"adopted": True}, attribution="kept_existing")
    assert "keeps the source it had" in answer_of("NOOP", [], [there])


def test_a_delivered_one_says_under_which_ids_it_is_found() -> None:
    there = delivery("delivered", receipt={"candidate_id": "914", "application_id": "915"})
    assert answer_of("NOOP", [], [there]).endswith(" UTC, as candidate 914 and application 915.")


def test_what_is_to_be_done_can_be_typed_as_it_stands() -> None:
    stuck = delivery("dead", last_code="gave_up", key="k-1", connection="acme")
    assert "`ats-sync deliveries retry k-1`" in answer_of("CREATE", [], [stuck])
    closed = delivery("parked", reason="job_closed", connection="acme", job_id="job-7")
    assert "`ats-sync connection reopen-job acme job-7`" in answer_of("CREATE", [], [closed])
    held = {"application_id": "app-1", "connection": "acme", "job_id": "job-7", "twin": "app-2"}
    twin = next_of({**held, "reason": "ambiguous_delivery"}, [])
    assert twin == (
        "Compare it with application app-2: two people: `ats-sync holds release app-1`; one: nothing is to be done."
    )


def test_a_delivery_speaks_for_itself_unless_it_was_taken_back() -> None:
    held = {"application_id": "a", "connection": None, "job_id": "j", "twin": None, "reason": "withdrawn"}
    assert next_of(held, [delivery("uncertain")]) is None
    assert next_of(held, [delivery("cancelled", reason="withdrawn")]) is not None
    assert next_of({**held, "reason": None}, []) is next_of(None, []) is None


def test_a_refused_one_is_not_there_and_says_why() -> None:
    told = answer_of("CREATE", [PASSED], [delivery("dead", last_code="not_found")])
    assert told.startswith("Not in the ATS. The ATS does not know what we named")
    assert answer_of("HOLD", [], [delivery("parked", reason="no_such_word")]) == "Held back. no_such_word."


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize("kind", ["create", "update", "erase"])
def test_every_state_has_a_sentence(state: str, kind: str) -> None:
    rows = [delivery("delivered")] if kind == "update" else []
    told = answer_of("HOLD", [ENGAGED], [*rows, delivery(state, kind, reason="refused")])
    assert told.endswith(".")
    assert "None" not in told


def test_an_update_on_its_way_does_not_hide_that_the_person_is_there() -> None:
    told = answer_of("UPDATE", [], [delivery("delivered"), delivery("uncertain", "update")])
    assert told.startswith("In the ATS since")
    assert "The newer profile: Sent, but the answer was not seen" in told


def test_a45_an_erasure_says_what_is_left_to_the_employer() -> None:
    rows = [delivery("delivered"), delivery("delivered", "erase", receipt={"note": "erase_by_employer"})]
    assert answer_of("NOOP", [], rows) == (
        "Forgotten: the ATS was told on 2026-11-24 03:04 UTC. What is left there is for the employer to remove."
    )
    assert answer_of("ERASE", [], [delivery("ready", "erase")]) == "Asked to be forgotten: the ATS is being told."


@pytest.mark.parametrize("state", ["dead", "parked"])
def test_a45_an_erasure_that_stands_still_is_not_said_to_be_under_way(state: str) -> None:
    told = answer_of("ERASE", [], [delivery("delivered"), delivery(state, "erase", last_code="refused")])
    assert told.startswith("Asked to be forgotten, and the ATS still has them. ")
    assert told.endswith(str(meaning_of("refused")))


def test_what_an_operator_cancelled_is_not_said_to_be_sent_next() -> None:
    gone = delivery("cancelled", reason="operator", last_code="refused")
    assert answer_of("CREATE", [PASSED], [gone]) == "Not in the ATS. An operator cancelled it."
    erasure = delivery("cancelled", "erase", reason="operator")
    told = answer_of("ERASE", [], [delivery("delivered"), erasure])
    assert told.endswith("still has them. An operator cancelled it.")


def test_the_newest_delivery_of_a_kind_counts() -> None:
    told = answer_of("NOOP", [PASSED], [delivery("dead", last_code="refused"), delivery("delivered")])
    assert told == "In the ATS since 2026-11-24 03:04 UTC."
    rows = [delivery("delivered"), delivery("dead", "update", last_code="refused"), delivery("cancelled", "update")]
    assert answer_of("NOOP", [PASSED], rows) == told


def test_nothing_is_said_that_does_not_hold() -> None:
    far = AT.astimezone(timezone(timedelta(hours=-5)))
    ours = delivery("delivered", receipt={"adopted": True}, attribution="set", delivered_at=far)
    assert answer_of("NOOP", [PASSED], [ours]) == "In the ATS since 2026-11-24 03:04 UTC."
    erased = delivery("delivered", "erase", receipt={"note": "of another kind"})
    assert answer_of("NOOP", [], [erased]) == "Forgotten: the ATS was told on 2026-11-24 03:04 UTC."
    assert answer_of("HOLD", [{"passed": True, "missing": "nothing"}, EMAIL], []).startswith("Waits for a valid e-mail")
