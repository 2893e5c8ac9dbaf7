"""P1 and P2 under fire: killed, frozen and crashed, with an ATS that misbehaves, and still each exactly once."""

from __future__ import annotations

import msgspec
import pytest

from adapters.sandbox import Plan
from tests.chaos.storm import VENDORS, Havoc, Storm

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

# A late commit stays within the settle time, and so does the lag of the search: what P2 asks of a `lookup` vendor.
MISFORTUNE = Plan(
    seed=11,
    rates={
        "commit_then_timeout": 0.02,
        "timeout_no_commit": 0.01,
        "commit_then_reset": 0.03,
        "commit_then_reset_in_body": 0.02,
        "reset_no_commit": 0.03,
        "commit_then_500": 0.03,
        "500": 0.02,
        "commit_then_502": 0.02,
        "commit_then_504": 0.01,
        "429": 0.02,
        "503_retry_after": 0.01,
        "late_commit": 0.01,
        "bad_body": 0.01,
    },
    retry_after_s=0.3,
    late_commit_s=0.5,
    hold_s=3.0,
)
ACCOUNTS = tuple(f"{vendor}-{n}" for vendor in VENDORS for n in range(6))


async def test_p1_p2_nothing_is_lost_or_doubled_by_kills_freezes_and_crashes(storm: Storm) -> None:
    await storm.connect(*ACCOUNTS)
    lagging = msgspec.structs.replace(MISFORTUNE, lookup_lag_s=0.2)
    storm.sandbox.put_faults({account: lagging if "greenhouse" in account else MISFORTUNE for account in ACCOUNTS})
    for account in ACCOUNTS:
        await storm.emit(account, range(40), per_candidate=2)
    havoc = Havoc(storm=storm, seed=5, kills=20, pauses=10, crashes=4)
    await havoc.until_drained(at_most_s=480)
    assert (storm.lost(), storm.doubled()) == (set(), {}), await storm.states()
    assert await storm.states() == {"delivered": 720}, await storm.undelivered()
    assert set(storm.attachments().values()) == {1}


async def test_a_calm_day(storm: Storm) -> None:
    """The same without any fault: every application, candidate and PDF is there once, at the first attempt."""
    storm.settings |= {"ATS_SYNC_HTTP_TIMEOUT_S": "30", "ATS_SYNC_UPLOAD_TIMEOUT_S": "30", "ATS_SYNC_LEASE_S": "90"}
    await storm.connect(*ACCOUNTS)
    for account in ACCOUNTS:
        await storm.emit(account, range(8), per_candidate=2)
    await Havoc(storm=storm, seed=1).until_drained(at_most_s=60)
    assert (storm.lost(), storm.duplicated()) == (set(), {})
    others = await storm.pool.fetch(
        "select class, error, count(*) from attempt where class <> 'delivered' group by 1, 2"
    )
    assert [dict(row) for row in others] == []
