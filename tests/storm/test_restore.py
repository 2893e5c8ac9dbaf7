"""An older copy of the ledger in the middle of the work: what the ATS has since been told is found, not told again."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from app.embedded.postgres import Postgres
from app.ledger.operators import Operators, Order
from app.ledger.pool import persist
from tests.storm.cluster import BROKERS
from tests.storm.ledger import ask
from tests.storm.place import Kafka
from tests.storm.scene import Scene, scene
from tests.storm.verdict import shown

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.timeout(400)]


async def _run(*command: str | Path) -> None:
    await asyncio.to_thread(lambda: subprocess.run(command, check=True))


async def _copy(postgres: Postgres, to: Path) -> None:
    """As a storage snapshot would be: the files of a server that crashed at this moment."""
    await postgres.crash()
    await _run("cp", "-a", postgres._run_dir.path / "data", to)
    await postgres.start()


async def _restore(postgres: Postgres, copy: Path) -> None:
    await postgres.crash()
    data = postgres._run_dir.path / "data"
    await _run("rm", "-rf", data)
    await _run("cp", "-a", copy, data)
    await postgres.start()


async def _disaster(play: Scene, copy: Path) -> int:
    """By the runbook: no sender runs until the ledger is told not to trust itself. Ingest never stops."""
    senders = play.crew.of("deliver")
    for worker in senders:
        worker.kill()
    await _restore(play.place.postgres, copy)
    order = Order(actor="storm", reason="an older copy was restored")
    distrusted = await persist(lambda: Operators(play.place.pool).distrust(600, order))
    for worker in senders:
        worker.spawn()
    return distrusted


@pytest.mark.parametrize("kafka", BROKERS)
async def test_p1_p2_an_older_copy_of_the_ledger_loses_and_doubles_nobody(kafka: Kafka, tmp_path: Path) -> None:
    async with scene(kafka=kafka, seed=4, each=2) as play:
        for role in ("ingest", "ingest", "deliver", "deliver"):
            play.crew.start(role)
        async with play.fed():
            await play.until_ended(60)
            await _copy(play.place.postgres, tmp_path / "copy")
            await play.until_ended(150)
            ahead = play.watch.now
            await _disaster(play, tmp_path / "copy")
            await play.watch.look()
            behind = play.watch.now
            await play.until_ended(100)
        verdict = await play.verdict()
        again = await ask(play.place.pool, "select coalesce(sum(records), 0)::int from ingest_gap")
        looked = await ask(play.place.pool, "select count(*) from delivery where look_first and state = 'delivered'")
        assert verdict, shown(verdict.wrong)
        assert behind.ended < ahead.ended
        assert again > 0
        assert looked > 0
