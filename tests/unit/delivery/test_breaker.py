"""The breaker of a connection, as sentences."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from random import Random
from typing import Literal

import pytest

from app.delivery.breaker import ENOUGH, IN_A_ROW, after
from app.delivery.retry import Schedule
from app.delivery.work import Effect, Gate

SCHEDULE = Schedule(random=Random(3))


def _after(gate: Gate, *effects: Effect) -> Gate:
    return reduce(lambda found, effect: after(found, effect, SCHEDULE), effects, gate)


def _failures(number: int) -> list[Effect]:
    return ["failure"] * number


def test_five_failures_in_a_row_open_it_and_four_do_not() -> None:
    assert _after(Gate(), *_failures(IN_A_ROW - 1)).mode == "closed"
    assert _after(Gate(), *_failures(IN_A_ROW)).mode == "open"


def test_a_success_between_starts_the_count_again() -> None:
    assert _after(Gate(), *_failures(4), "success", *_failures(4)).mode == "closed"


def test_half_of_twenty_in_a_minute_open_it() -> None:
    mixed: list[Effect] = ["success", "failure"] * (ENOUGH // 2)
    assert _after(Gate(), *mixed[:-1]).mode == "closed"
    assert _after(Gate(), *mixed).mode == "open"


def test_an_old_window_does_not_count() -> None:
    stale = Gate(window_s=61.0, window_n=100, window_fail=100)
    assert _after(stale, "failure").window_n == 1


def test_one_success_closes_a_half_open_one_and_forgets_its_past() -> None:
    assert _after(Gate(mode="half_open", trips=3, opened_s_ago=100.0), "success") == Gate()


def test_each_trip_opens_it_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    gate, waits = Gate(mode="half_open"), []
    for _ in range(8):
        gate = after(Gate(mode="half_open", trips=gate.trips), "failure", SCHEDULE)
        waits.append(gate.open_for_s or 0.0)
    for wait, base in zip(waits, [30, 60, 120, 240, 480, 900, 900, 900], strict=True):
        assert base * 0.8 <= wait <= base * 1.2


def test_it_knows_since_when_it_has_been_trouble() -> None:
    again = _after(Gate(mode="half_open", opened_s_ago=500.0), "failure")
    assert again.opened_s_ago == 500.0


@pytest.mark.parametrize("effect", ["none", "throttled", "paused"])
@pytest.mark.parametrize("mode", ["closed", "open", "half_open"])
def test_being_told_to_wait_is_not_a_failure(mode: Literal["closed", "open", "half_open"], effect: Effect) -> None:
    gate = Gate(mode=mode, open_for_s=None if mode == "closed" else 40.0, consec_fail=3)
    assert replace(_after(gate, effect), open_for_s=gate.open_for_s) == gate


@pytest.mark.parametrize("effect", ["none", "throttled"])
def test_a_probe_that_says_nothing_lets_the_next_one_go_at_once(effect: Effect) -> None:
    """Its lease is much longer than it took; until it ended nobody else would be let through."""
    assert _after(Gate(mode="half_open", open_for_s=89.0), effect).open_for_s == 0.0


def test_nothing_opens_a_paused_gate() -> None:
    assert _after(Gate(mode="paused"), "success", "failure") == Gate(mode="paused")


def test_late_successes_of_before_do_not_close_an_open_one() -> None:
    assert _after(Gate(mode="open"), "success").mode == "open"
