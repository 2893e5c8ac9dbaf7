"""Laws of the retry schedule: it grows, is capped, jittered within bounds, and never asks an ATS too soon."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.delivery.retry import ATTEMPTS_S, JITTER, LIMIT, LONGEST_HOLD_S, OVERLOAD_S, UNSENT_S, Schedule

seeds = st.integers(0, 2**32)
attempts = st.integers(1, 200)


def _schedule(seed: int, scale: float = 1.0) -> Schedule:
    return Schedule(random=Random(seed), scale=scale)


@given(seeds, attempts)
def test_every_wait_is_within_the_jitter_of_its_step(seed: int, number: int) -> None:
    base = max(ATTEMPTS_S[min(number, len(ATTEMPTS_S)) - 1], OVERLOAD_S if number > 1 else 0)
    wait = _schedule(seed).after_attempt(number)
    assert base * (1 - JITTER) <= wait <= base * (1 + JITTER)


@given(seeds)
def test_the_schedule_grows_and_is_capped(seed: int) -> None:
    steps = [max(step, OVERLOAD_S if n else 0) for n, step in enumerate(ATTEMPTS_S)]
    assert steps == sorted(steps)
    assert _schedule(seed).after_attempt(10**6) <= ATTEMPTS_S[-1] * (1 + JITTER)


def test_the_whole_schedule_survives_a_long_weekend() -> None:
    assert LIMIT == 15
    assert 4 * 86_400 <= sum(ATTEMPTS_S) <= 5 * 86_400


@given(seeds, attempts, st.floats(0, 10**9))
def test_a_retry_after_is_obeyed_up_to_an_hour(seed: int, unsent: int, asked: float) -> None:
    wait = _schedule(seed).after_unsent(unsent, retry_after_s=asked)
    assert wait >= min(asked, LONGEST_HOLD_S)
    assert wait <= max(min(asked, LONGEST_HOLD_S), UNSENT_S[-1] * (1 + JITTER))


@given(seeds, st.floats(-10, 10**9))
def test_a_hold_is_what_the_ats_asked_for_between_nothing_and_an_hour(seed: int, asked: float) -> None:
    assert _schedule(seed).hold(asked) == min(max(asked, 0), LONGEST_HOLD_S)


@given(seeds, st.floats(0.001, 1), st.floats(0, 3600))
def test_what_an_ats_asks_for_is_never_scaled_down(seed: int, scale: float, asked: float) -> None:
    assert _schedule(seed, scale).hold(asked) == asked
    assert _schedule(seed, scale).after_unsent(1, retry_after_s=asked) >= asked


@given(seeds)
def test_two_looks_are_always_far_enough_apart_to_count(seed: int) -> None:
    assert Schedule(random=Random(seed), look_interval_s=5.0).between_looks() > 5.0


@given(seeds, seeds, attempts)
def test_two_workers_do_not_march_in_step(one: int, other: int, number: int) -> None:
    if one != other:
        waits = [Schedule(random=Random(seed)).after_attempt(number) for seed in (one, other)]
        assert waits[0] != waits[1]
