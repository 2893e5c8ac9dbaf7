"""The journal of the contract suite and the one on PostgreSQL answer alike: what holds for one holds for both."""

from __future__ import annotations

from random import Random

import pytest

from app.delivery.work import Claim
from app.ledger.journal import LedgerJournal
from schemas.journal import Journal, Kept
from tests.contract.adapter_case import MemoryJournal
from tests.integration.delivery.parts import Bench

pytestmark = pytest.mark.service

STEPS = ("find candidate", "create candidate", "attach profile")
PROVED_ABSENT = 2


def _opened(bench: Bench, claim: Claim) -> LedgerJournal:
    """As the next run of the same claim opens it: it knows nothing but what was written."""
    return bench.store.journal(claim, until=1e12, stopping=lambda: False)


async def _seen(journal: Journal) -> list[tuple[Kept | None, bool]]:
    return [(await journal.done(step), await journal.started(step)) for step in STEPS]


def _allowed(memory: MemoryJournal, step: str) -> tuple[str, ...]:
    """What the driver may say next of this step."""
    if step in memory.open:
        again = ("start",) if memory.looks.get(step, 0) >= PROVED_ABSENT else ()
        return ("finish", "refused", "absent", "absent", *again)
    return ("finish",) if step in memory.finished else ("start", "start", "finish")


async def _say(journal: Journal, what: str, step: str, number: int) -> int | None:
    if what == "absent":
        return await journal.absent(step)
    if what == "finish":
        await journal.finish(step, {"id": str(number)})
    elif what == "start":
        await journal.start(step)
    else:
        await journal.refused(step)
    return None


@pytest.mark.parametrize("seed", range(8))
async def test_both_journals_answer_alike_whatever_happens(bench: Bench, seed: int) -> None:
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    dice, memory, ledger = Random(seed), MemoryJournal(), _opened(bench, claim)
    for number in range(60):
        step = dice.choice(STEPS)
        what = dice.choice(_allowed(memory, step))
        # A look counts only after the wire's time, which is that of the lease.
        await bench.pool.execute("update step set wire_until = clock_timestamp()")
        if dice.random() < 0.3:
            ledger = _opened(bench, claim)
        assert await _say(ledger, what, step, number) == await _say(memory, what, step, number), (number, what, step)
        expected = await _seen(memory)
        assert await _seen(ledger) == expected, (number, what, step)
        assert await _seen(_opened(bench, claim)) == expected, (number, what, step)
