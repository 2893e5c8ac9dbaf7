"""P1 and P2 under all of it at once: processes, database, broker and ATS fail by a seeded plan."""

from __future__ import annotations

import pytest
from rich.console import Console

from tests.storm.havoc import Counts
from tests.storm.run import StormOptions, storm
from tests.storm.show import table
from tests.storm.verdict import shown

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


async def test_p1_p2_a_storm_of_three_thousand_deliveries(capsys: pytest.CaptureFixture[str]) -> None:
    told = await storm(StormOptions(deliveries=3_000, counts=Counts(kills=20, pauses=10, crashes=4, broker=3), seed=1))
    with capsys.disabled():
        Console(width=110).print(table(told))
    assert told.verdict, shown(told.verdict.wrong)
    done = told.done
    assert sum(done[f"kill -9 of {role}"] for role in ("ingest", "deliver")) >= 20
    assert sum(done[f"SIGSTOP of {role}"] for role in ("ingest", "deliver")) + done["pause of a broker"] >= 10
    assert done["crash of PostgreSQL"] >= 4
    assert told.clean == 5
