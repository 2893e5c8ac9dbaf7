"""P1 and P2 under all of it at once: processes, database, broker and ATS fail by a seeded plan."""

from __future__ import annotations

from typing import Final

import pytest
from rich.console import Console

from tests.storm.havoc import Counts
from tests.storm.run import StormOptions, storm
from tests.storm.show import table
from tests.storm.verdict import shown

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(700)]

_COUNTS: Final = Counts(kills=20, pauses=10, crashes=4, broker=3)
# Point 1 of the delivery's contract with its ATS: none of these may be missing from the storm.
_ATS_FAULTS: Final = (
    "commit_then_timeout",
    "commit_then_reset",
    "commit_then_reset_in_body",
    *("500", "502", "504", "commit_then_500", "commit_then_502", "commit_then_504"),
    "429",
    "503",
    "late_commit",
    "bad_body",
)


async def test_p1_p2_a_storm_of_three_thousand_deliveries(capsys: pytest.CaptureFixture[str]) -> None:
    told = await storm(StormOptions(deliveries=3_000, counts=_COUNTS, seed=1, whole_s=600))
    with capsys.disabled():
        print()  # noqa: T201
        Console(width=110).print(table(told))
    assert told.verdict, shown(told.verdict.wrong)
    done = told.done
    assert sum(done[f"kill -9 of {role}"] for role in ("ingest", "deliver")) == _COUNTS.kills
    assert sum(done[f"SIGSTOP of {role}"] for role in ("ingest", "deliver")) == _COUNTS.pauses
    assert done["crash of PostgreSQL"] == _COUNTS.crashes
    assert done["pause of a broker"] == _COUNTS.broker
    assert not [name for name in _ATS_FAULTS if not told.met[name]]
    assert told.clean == told.options.ingest + told.options.deliver
