"""Killed with -9 at every named point of delivery, with work around it: nothing is lost and nothing doubled."""

from __future__ import annotations

import signal

import pytest

from adapters.sandbox import Plan
from tests.chaos.storm import VENDORS, Storm

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

POINTS = (
    "before_claim",
    "after_claim",
    "after_load",
    "before_push",
    "before_start",
    "after_start",
    "after_reap",  # of what the one before it left: a started step under a claim
    "before_finish",
    "after_finish",
    "before_refused",
    "after_look",
    "after_push",
    "before_settle",
    "after_settle",
    "before_render_claim",
    "after_render_claim",
    "mid_render",
    "after_render",
    "before_artifact",
    "after_artifact",
    "before_reap",
)
ACCOUNTS = tuple(f"{vendor}-{n}" for vendor in VENDORS for n in range(3))
DOUBTS = Plan(seed=3, rates={"commit_then_reset": 0.04, "reset_no_commit": 0.02, "429": 0.04}, retry_after_s=0.2)
_ONCE = ("after_reap",)  # one reap takes all there is
AROUND = 6  # deliveries per account around each kill


async def test_p1_p2_killed_at_every_named_point(storm: Storm) -> None:
    await storm.connect(*ACCOUNTS)
    storm.sandbox.put_faults({"*": DOUBTS})
    for turn, point in enumerate(POINTS):
        for account in ACCOUNTS:
            await storm.emit(account, range(turn * AROUND, (turn + 1) * AROUND))
        # Each one also picks up what the one before it left behind.
        armed = storm.start(failpoints=f"{point}:{1 if point in _ONCE else 1 + turn % 3}")
        assert await armed.wait(120) == -signal.SIGKILL, f"{point} was never passed: {storm.tail()}"
        assert storm.doubled() == {}, point
    storm.sandbox.put_faults({"*": []})
    calm = storm.start()
    await storm.drained(at_most_s=180)
    calm.send(signal.SIGTERM)
    assert await calm.wait() == 0
    assert (storm.lost(), storm.doubled()) == (set(), {})
    assert await storm.states() == {"delivered": len(POINTS) * AROUND * len(ACCOUNTS)}, await storm.undelivered()
