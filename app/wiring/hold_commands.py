"""Holds as commands use them: listed, and let go, with what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from app.intake.intake import Intake
from app.ledger.holds import HoldFilter, Holds
from app.ledger.intake import IngestLedger
from app.ledger.pool import Pool
from app.settings import Settings
from app.wiring import ledger
from app.wiring.connecting import order
from app.wiring.ingesting import rules_of
from streams.case import NEVER_RELEASED

_BATCH: Final = 500


def wanted(**given: Any) -> HoldFilter:
    """None means any; see HoldFilter."""
    return HoldFilter(**given)


async def find(choice: HoldFilter, settings: Settings) -> list[dict[str, Any]]:
    async with ledger.pool(settings) as pool:
        return await Holds(pool, NEVER_RELEASED).find(choice)


async def why_not(application_id: str, settings: Settings) -> str | None:
    """Why this one cannot be let go, in words; None where the ledger knows of no such application."""
    async with ledger.pool(settings) as pool:
        found = await Holds(pool, NEVER_RELEASED).standing([application_id])
    if not found:
        return None
    verdict, reason = found[0]["verdict"], found[0]["reason"]
    if verdict in ("HOLD", "SKIP"):
        return f"no release opens {reason}: `ats-sync explain {application_id}` says what it needs"
    return f"nothing holds it: it is decided {verdict}"


async def release(choice: HoldFilter, why: str, settings: Settings) -> list[dict[str, Any]]:
    """Let go what `choice` finds, and decide it again: [{application_id, released, verdict, reason}]."""
    async with ledger.pool(settings) as pool:
        holds = Holds(pool, NEVER_RELEASED)
        chosen = [row["application_id"] for row in await holds.find(choice)]
        released = await holds.release(chosen, choice, order(why))
        await _decide_again(sorted(released), pool, settings)
        now = await holds.standing(sorted(released))
        return [{**row, "released": released[row["application_id"]]} for row in now]


async def _decide_again(applications: Sequence[str], pool: Pool, settings: Settings) -> None:
    intake = Intake(IngestLedger(pool), rules_of(settings))
    for start in range(0, len(applications), _BATCH):
        await intake.redecide(applications[start : start + _BATCH])
