"""Records nobody can use, in the middle of the others: no partition waits for them, and none of them is lost either."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

import pytest

from app.cli.output import ExitCode
from app.ledger.pool import Pool
from schemas.events import DEAD_LETTERS
from schemas.record import Record
from tests.storm.cluster import BROKERS
from tests.storm.lag import Lag
from tests.storm.ledger import Position, ask, dead_letters, read_topics, tally
from tests.storm.place import Kafka
from tests.storm.poison import Poison
from tests.storm.producing import producing
from tests.storm.run import publish
from tests.storm.scene import PATIENT, Scene, scene
from tests.storm.waiting import until_so
from tests.storm.worker import HANGS, SWOLLEN

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.timeout(400)]

_ROUNDS = 30
_UNPUBLISHED = "select count(*) from outbox where published_at is null"
_REFUSED = "select count(*) from dead_letter where code = 'too_many_turns'"
_DELIVERED = "select count(*) from delivery where state = 'delivered'"
_LONG_TALK = 2_500  # turns; the default limit is 2,000
_ENDED = "select count(*) from delivery where application_id like 'poison-%' and state in ('dead', 'parked')"
_SETTINGS = {**PATIENT, "AUDIT_INTERVAL_S": "1"}


async def _stream(play: Scene, lag: Lag, poison: Poison | None, refused: dict[Position, str]) -> None:
    """So many rounds of good records, with or without one of every kind of poison among them."""
    parts = _parts(play)
    async with producing(play.place.bootstrap) as out:
        for number in range(_ROUNDS):
            await lag.publish(out, next(parts))
            for code, record in poison.one_of_each() if poison else ():
                (where,) = await lag.publish(out, [record])
                assert where is not None
                refused[where] = code
            if poison and number == 0:
                await lag.publish(out, [poison.huge()])
                for summary in (HANGS, SWOLLEN):
                    await lag.publish(out, poison.profile(summary))
        await lag.until_read()


async def _count(pool: Pool, query: str, expected: int) -> bool:
    return bool(await ask(pool, query) == expected)


def _parts(play: Scene) -> Iterator[list[Record]]:
    return play.load.parts(1_000_000, 10)


async def _worst_s(play: Scene, poison: Poison | None, refused: dict[Position, str]) -> tuple[float, int]:
    lag = Lag(pool=play.place.pool)
    measuring = asyncio.create_task(lag.measure())
    try:
        await _stream(play, lag, poison, refused)
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
    return lag.worst_s, lag.refused


async def _replay(play: Scene, code: str, **changes: str) -> int:
    """`ats-sync dead-letters replay` as an operator runs it, with settings changed; its exit status."""
    own = {f"ATS_SYNC_{name.upper()}": value for name, value in changes.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from app.cli import main; main()", "dead-letters", "replay", "--code", code),
        env={**play.place.environment, **own},
    )
    return await process.wait()


@pytest.mark.parametrize("kafka", BROKERS)
async def test_a50_a_refused_record_is_taken_in_again_after_the_fix_and_arrives(kafka: Kafka) -> None:
    """Refused for its size by the setting of the day; the fix is the setting, on every process."""
    async with scene(kafka=kafka, settings=_SETTINGS, seed=12, poison=False) as play:
        workers = [play.crew.start(role) for role in ("ingest", "deliver")]
        await play.until_ingested(len(play.load.jobs()))
        name, records = Poison(12, play.place.accounts[0]).talkative(_LONG_TALK)
        await publish(play.place, records)
        await until_so(lambda: _count(play.place.pool, _REFUSED, 1))
        assert await _replay(play, "too_many_turns") == ExitCode.BAD_NEWS
        for worker in workers:
            await play.crew.retire(worker)
            play.crew.start(worker.role, transcript_turns=str(_LONG_TALK))
        assert await _replay(play, "too_many_turns", transcript_turns=str(_LONG_TALK)) == ExitCode.DONE
        await until_so(lambda: _count(play.place.pool, _DELIVERED, 1))
        (made,) = play.place.sandbox.state()["accounts"][play.place.accounts[0].name]["creations"]
    assert (made["who"], made["applications"]) == (name, 1)


@pytest.mark.parametrize("kafka", BROKERS)
async def test_a50_poison_delays_nobody_and_ends_in_the_dead_letters(
    kafka: Kafka, capsys: pytest.CaptureFixture[str]
) -> None:
    refused: dict[Position, str] = {}
    async with scene(kafka=kafka, settings=_SETTINGS, seed=5, poison=False) as play:
        play.crew.start("ingest")
        play.crew.start("deliver")
        await play.until_ingested(len(play.load.jobs()))
        calm_s, _ = await _worst_s(play, None, {})
        poisoned_s, huge_refused = await _worst_s(play, Poison(5, play.place.accounts[0]), refused)
        there = await dead_letters(play.place.pool)
        pool = play.place.pool
        await until_so(lambda: _count(pool, _UNPUBLISHED, 0))
        copies = await read_topics(play.place.bootstrap, [DEAD_LETTERS])
        await until_so(lambda: _count(pool, _ENDED, 2))
        reasons = await tally(
            pool,
            "select state, reason, count(*)::int from delivery where application_id like 'poison-%' group by 1, 2",
        )
        verdict = await play.verdict()
    with capsys.disabled():
        huge = "refused by the broker" if huge_refused else "a dead letter"
        lags = f"worst lag {calm_s:.1f} s without poison, {poisoned_s:.1f} s with it"
        print(f"\n{kafka}: {lags}; 10 MB: {huge}; {dict(reasons)}")  # noqa: T201
    assert {where: there.get(where) for where in refused} == refused
    assert len(there) == len(refused) + 1 - huge_refused
    assert len(copies) == len(there)
    assert poisoned_s < max(5.0, 3 * calm_s)
    assert verdict.lost == verdict.doubled == 0
