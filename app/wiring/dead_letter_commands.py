"""Dead letters as commands use them: listed without their bytes, and taken in again after a fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.intake.intake import Intake
from app.ledger.dead_letters import DeadLetter, DeadLetters, Wanted
from app.ledger.intake import IngestLedger
from app.settings import Settings
from app.wiring import ledger
from app.wiring.ingesting import rules_of


async def find(wanted: Wanted, limit: int, settings: Settings) -> list[dict[str, Any]]:
    async with ledger.pool(settings) as pool:
        return [shown(one) for one in await DeadLetters(pool).list(wanted, limit)]


async def show(number: int, settings: Settings) -> dict[str, Any] | None:
    async with ledger.pool(settings) as pool:
        found = await DeadLetters(pool).show(number)
        return shown(found[0]) if found else None


async def replay(numbers: Sequence[int], settings: Settings) -> Mapping[str, int]:
    """Each record goes through the same intake as a live one: {replayed, refused_again, gone}.

    Folding is idempotent, so a record that was folded already changes nothing.
    """
    counts = {"replayed": 0, "refused_again": 0, "gone": 0}
    async with ledger.pool(settings) as pool:
        letters = DeadLetters(pool)
        intake = Intake(IngestLedger(pool), rules_of(settings))
        records = await letters.records(list(numbers))
        counts["gone"] = len(set(numbers) - records.keys())
        for number, record in sorted(records.items()):
            if (await intake.reapply([record])).refused:
                counts["refused_again"] += 1
            else:
                await letters.mark_replayed([number])
                counts["replayed"] += 1
    return counts


def shown(letter: DeadLetter) -> dict[str, Any]:
    """Without the key: what was refused may have been keyed by anything, a person's address among it."""
    return {name: value for name, value in asdict(letter).items() if name != "key"}
