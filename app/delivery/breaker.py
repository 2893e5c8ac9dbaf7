"""The breaker of one connection: pure, from its gate and an outcome to the gate after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.delivery.retry import Schedule
from app.delivery.work import Effect, Gate

IN_A_ROW: Final = 5
WINDOW_S: Final = 60.0
ENOUGH: Final = 20
OPEN_TOO_LONG_S: Final = 86_400.0


def after(gate: Gate, effect: Effect, schedule: Schedule) -> Gate:
    """Opens after 5 failures in a row or half of at least 20 in a minute; a half-open gate after one.

    A success closes a half-open gate. While open, late outcomes of calls begun before change nothing; nor does
    anything while paused. `throttled` and `none` say nothing about health: after a probe that ended so, the next one
    need not wait for the end of its lease.
    """
    if gate.mode == "paused" or effect == "paused":
        return gate
    if effect in ("none", "throttled"):
        return replace(gate, open_for_s=0.0) if gate.mode == "half_open" else gate
    counted = _counted(gate, failed=effect == "failure")
    if effect == "success":
        return Gate() if gate.mode == "half_open" else counted
    if gate.mode == "half_open" or (gate.mode == "closed" and _sick(counted)):
        return _opened(counted, schedule)
    return counted


def _counted(gate: Gate, *, failed: bool) -> Gate:
    if gate.window_s >= WINDOW_S:
        gate = replace(gate, window_s=0.0, window_n=0, window_fail=0)
    return replace(
        gate,
        consec_fail=gate.consec_fail + 1 if failed else 0,
        window_n=gate.window_n + 1,
        window_fail=gate.window_fail + int(failed),
    )


def _sick(gate: Gate) -> bool:
    half = gate.window_n >= ENOUGH and 2 * gate.window_fail >= gate.window_n
    return gate.consec_fail >= IN_A_ROW or half


def _opened(gate: Gate, schedule: Schedule) -> Gate:
    return replace(
        gate,
        mode="open",
        open_for_s=schedule.breaker(gate.trips),
        opened_s_ago=0.0 if gate.opened_s_ago is None else gate.opened_s_ago,
        trips=gate.trips + 1,
        window_s=0.0,
        window_n=0,
        window_fail=0,
    )
