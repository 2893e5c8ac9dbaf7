"""One batch of records becomes one committed step of the ledger: folded, decided, intended, and marked as read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from app.intake.heard import Heard, hear, runs
from app.intake.judging import Rules
from app.intake.step import Known, Step
from app.ledger.intake import IngestLedger, IngestTransaction
from schemas.record import Record

_NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a batch came to. `facts`: canonical JSON of the facts that changed, to be known from now on.

    `refused`: dead letters by code. `gaps`: ranges of offsets that were jumped over and noted.
    """

    records: int = 0
    facts: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    gaps: int = 0
    took_s: float = 0.0


class Intake:
    """Everything that reaches the ledger from the topics goes through here: live, read again or decided again."""

    def __init__(self, ledger: IngestLedger, rules: Rules) -> None:
        self._ledger = ledger
        self._rules = rules

    async def apply(self, records: Sequence[Record], known: Known = _NOTHING) -> Applied:
        """Fold, decide, intend, and move the watermark over these records, in one transaction.

        Safe to repeat. Waits while the database is away; what it raises is a fault of ours, and nothing was written.
        """
        return await self._take(records, known, moves_watermark=True)

    async def reapply(self, records: Sequence[Record]) -> Applied:
        """The same for records that are read again: no watermark moves."""
        return await self._take(records, _NOTHING, moves_watermark=False)

    async def redecide(self, applications: Sequence[str]) -> None:
        """Decide these again from what the ledger knows of them."""

        async def work(tx: IngestTransaction) -> None:
            await Step(tx, self._rules, Heard()).decide(applications, _NOTHING)

        if applications:
            await self._ledger.run(work)

    async def _take(self, records: Sequence[Record], known: Known, *, moves_watermark: bool) -> Applied:
        started = time.monotonic()
        heard = hear(records, self._rules.limits)
        covered = runs(records) if moves_watermark else []

        async def work(tx: IngestTransaction) -> Applied:
            step = Step(tx, self._rules, heard)
            erased = await step.change_world()
            facts = await step.decide([*heard.said.keys(), *erased], known)
            gaps = await tx.advance(covered) if covered else 0
            refused = Counter(one.error.code for one in step.refused)
            return Applied(records=len(records), facts=facts, refused=refused, gaps=gaps)

        applied = await self._ledger.run(work, alone=bool(heard.jobs or heard.erasures))
        return replace(applied, took_s=time.monotonic() - started)
