"""A stop in the middle of a rebalance: the batch at hand is committed, and the process ends in good time."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from app.embedded.broker import running_broker
from tests.integration.faust.stopping import STOP_S
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import make_topics, publish

pytestmark = [pytest.mark.service, pytest.mark.timeout(90)]


async def test_p1_a_stop_that_meets_a_rebalance_ends_in_order(tmp_path: Path) -> None:
    """Faust closes its connections then, and the commit that the stop waits for never comes: exit 70 after all."""
    log = Log()
    async with running_broker() as broker:
        await make_topics(broker.bootstrap, partitions=4)
        await publish(broker.bootstrap, [log.status(f"a-{n}", "new") for n in range(40)])
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.faust.stopping", broker.url, str(tmp_path)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60 + STOP_S)
    assert process.returncode == 0, said.decode()
    assert "first_ended" in said.decode()
