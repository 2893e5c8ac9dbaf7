"""What each way an attempt can end does to its delivery, without a ledger."""

from __future__ import annotations

from random import Random
from uuid import UUID

import pytest

from app.delivery.outcome import BLIND_LOOKS, Account, Judge, key_forgotten, unwanted
from app.delivery.retry import LIMIT, Schedule
from app.delivery.work import Claim, LedgerAway, Settled, Stopping, Tally, Unwanted
from schemas.delivery import Capability
from schemas.errors import (
    ConfigError,
    DeliveryError,
    Fenced,
    JobClosed,
    Permanent,
    Transient,
    Unauthorized,
    Unknown,
)

SCHEDULE = Schedule(random=Random(3))


def _claim(
    *,
    ambiguous: bool = False,
    attempts: int = 0,
    unsent: int = 0,
    expired: bool = False,
    sent_s_ago: float | None = None,
) -> Claim:
    return Claim(
        key=UUID(int=1),
        kind="create",
        connection="acme",
        application_id="app-1",
        job_id="job-1",
        fence=1,
        worker=UUID(int=2),
        ambiguous=ambiguous,
        attempts=attempts,
        unsent=unsent,
        expired=expired,
        sent_s_ago=sent_s_ago,
    )


def _settle(
    error: BaseException, claim: Claim | None = None, tally: Tally | None = None, capability: Capability = "lookup"
) -> Settled:
    account = Account(capability=capability, settle_s=90.0)
    return Judge(claim=claim or _claim(), account=account, schedule=SCHEDULE).settle(error, tally or Tally())


OPENED, LOOKED = Tally(opened=True), Tally(looked=True)


@pytest.mark.parametrize(
    ("error", "to", "effect", "costs"),
    [
        (Transient("x"), "retry", "failure", False),
        (Transient("x", throttled=True), "retry", "throttled", False),
        (Stopping("x"), "retry", "none", False),
        (Permanent("x"), "dead", "success", False),
        (Unauthorized("x"), "parked", "paused", False),
        (ConfigError("x"), "parked", "paused", False),
        (JobClosed("x"), "parked", "success", False),
        (Unknown("x"), "uncertain", "failure", True),
        (Fenced("x"), "uncertain", "failure", True),
        (LedgerAway("x"), "uncertain", "none", True),
        (RuntimeError("x"), "uncertain", "failure", True),
        (Unwanted("withdrawn"), "cancelled", "none", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_every_error_has_its_answer(error: BaseException, to: str, effect: str, costs: bool) -> None:  # noqa: FBT001
    settled = _settle(error, tally=OPENED)
    assert (settled.to, settled.effect, settled.costs_attempt) == (to, effect, costs)


@pytest.mark.parametrize("tally", [Tally(), LOOKED], ids=["nothing asked", "looked"])
@pytest.mark.parametrize("ambiguous", [False, True], ids=["sure", "in doubt"])
@pytest.mark.parametrize("capability", ["key", "lookup", "none"])
def test_a_ledger_that_is_away_before_anything_was_sent_costs_nobody_anything(
    tally: Tally, capability: Capability, *, ambiguous: bool
) -> None:
    settled = _settle(LedgerAway("x"), _claim(ambiguous=ambiguous), tally, capability)
    assert (settled.to, settled.kind, settled.effect) == ("retry", "ledger_away", "none")
    assert (settled.costs_attempt, settled.unsent) == (False, False)
    assert settled.wait_s >= 4.0


def test_every_delivery_error_has_been_thought_of() -> None:
    known = {Transient, Permanent, Unauthorized, JobClosed, Unknown}
    assert set(DeliveryError.__subclasses__()) == known


def test_an_error_that_is_not_ours_is_known_by_its_type_alone() -> None:
    assert _settle(RuntimeError("Jane Doe")).error == "RuntimeError"


def test_a_new_doubt_waits_at_least_for_settle() -> None:
    assert _settle(Unknown("x"), tally=OPENED).wait_s >= 90.0


def test_the_second_doubt_gives_an_overloaded_server_a_minute() -> None:
    wait_s = _settle(Unknown("x"), _claim(attempts=1), OPENED, capability="key").wait_s
    assert 48 <= wait_s <= 72


def test_a_look_that_found_nothing_comes_back_soon_and_costs_nothing() -> None:
    settled = _settle(Unknown("x"), _claim(ambiguous=True), LOOKED)
    assert (settled.to, settled.costs_attempt, settled.effect) == ("uncertain", False, "success")
    assert 5.0 <= settled.wait_s < 6.0


def test_p1_work_that_was_given_up_is_looked_for_once_more_and_then_dead() -> None:
    assert _settle(Unknown("x"), _claim(attempts=LIMIT - 1), OPENED).to == "uncertain"
    settled = _settle(Unknown("x"), _claim(attempts=LIMIT, ambiguous=True), LOOKED)
    assert (settled.to, settled.reason) == ("dead", "gave_up")


def test_a40_what_cannot_be_told_for_long_enough_is_for_a_person() -> None:
    still = _claim(ambiguous=True, unsent=BLIND_LOOKS - 2)
    enough = _claim(ambiguous=True, unsent=BLIND_LOOKS - 1)
    assert _settle(Unknown("x"), still).to == "uncertain"
    assert (_settle(Unknown("x"), enough).to, _settle(Unknown("x"), enough).reason) == ("parked", "ambiguous_delivery")


def test_a40_a_person_is_asked_after_about_two_hours_of_looking() -> None:
    looked_s = sum(_settle(Unknown("x"), _claim(ambiguous=True, unsent=n)).wait_s for n in range(BLIND_LOOKS - 1))
    assert 5_400 < looked_s < 9_000


def test_never_dead_while_in_doubt_without_a_look() -> None:
    """Whatever the history: a delivery in doubt ends dead only after a look in this very attempt."""
    errors = (Unknown("x"), Transient("x"), RuntimeError(), LedgerAway("x"), Fenced("x"))
    for error in errors:
        for attempts in range(LIMIT + 3):
            for unsent in range(BLIND_LOOKS + 1):
                for expired in (False, True):
                    claim = _claim(ambiguous=True, attempts=attempts, unsent=unsent, expired=expired)
                    assert _settle(error, claim, Tally()).to != "dead"
                    assert _settle(error, claim, OPENED).to != "dead"


def test_expired_work_that_was_never_sent_is_dead() -> None:
    assert _settle(Transient("x"), _claim(expired=True)).reason == "expired"


def test_expired_work_in_doubt_whose_ats_stays_away_is_for_a_person() -> None:
    claim = _claim(expired=True, ambiguous=True, unsent=BLIND_LOOKS)
    assert _settle(Transient("x"), claim).reason == "ambiguous_delivery"


def test_p2_without_a_look_up_every_doubt_is_for_a_person() -> None:
    for tally in (Tally(), OPENED, LOOKED):
        assert _settle(Unknown("x"), _claim(ambiguous=True), tally, capability="none").reason == "ambiguous_delivery"


def test_a45_what_was_begun_before_an_erasure_is_for_a_person() -> None:
    assert unwanted("erased", begun=True).issue == "erasure_incomplete"
    assert unwanted("erased", begun=False).to == "cancelled"


@pytest.mark.parametrize(
    ("claim", "window_s", "forgotten"),
    [
        (_claim(ambiguous=True, sent_s_ago=43_201), 86_400, True),
        (_claim(ambiguous=True, sent_s_ago=43_199), 86_400, False),
        (_claim(ambiguous=False, sent_s_ago=90_000), 86_400, False),
        (_claim(ambiguous=True, sent_s_ago=90_000), None, False),
    ],
)
def test_p2_a_key_is_trusted_for_half_its_window(claim: Claim, window_s: float | None, forgotten: bool) -> None:  # noqa: FBT001
    account = Account(capability="key", settle_s=0, key_window_s=window_s)
    assert key_forgotten(claim, account) is forgotten
