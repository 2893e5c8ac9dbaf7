"""One batch of records becomes one committed step of the ledger: folded, decided, intended, and marked as read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from app.intake.batch import Refused, Run
from app.intake.heard import Heard, hear, runs
from app.intake.judging import Rules
from app.intake.step import Known, Step
from app.ledger.intake import IngestLedger, IngestTransaction
from app.ledger.pool import is_of_data
from schemas.errors import BadEvent
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
        started, covered = time.monotonic(), runs(records) if moves_watermark else []
        try:
            applied = await self._write(hear(records, self._rules.limits), covered, known)
        except Exception as exc:
            if not is_of_data(exc):
                raise
            if len(records) == 1:
                applied = await self._write(_unwritable(records[0], exc), covered, known)
            else:
                applied = await self._halved(records, known, moves_watermark=moves_watermark)
        return replace(applied, records=len(records), took_s=time.monotonic() - started)

    async def _halved(self, records: Sequence[Record], known: Known, *, moves_watermark: bool) -> Applied:
        """One record must not hold up the others: it is found by halves, and refused by itself."""
        middle = len(records) // 2
        parts = [
            await self._take(part, known, moves_watermark=moves_watermark)
            for part in (records[:middle], records[middle:])
        ]
        return Applied(
            facts={**parts[0].facts, **parts[1].facts},
            refused=Counter(parts[0].refused) + Counter(parts[1].refused),
            gaps=parts[0].gaps + parts[1].gaps,
        )

    async def _write(self, heard: Heard, covered: Sequence[Run], known: Known) -> Applied:
        async def work(tx: IngestTransaction) -> Applied:
            step = Step(tx, self._rules, heard)
            erased = await step.change_world()
            facts = await step.decide([*heard.said.keys(), *erased], known)
            gaps = await tx.advance(covered) if covered else 0
            refused = Counter(one.error.code for one in step.refused)
            return Applied(facts=facts, refused=refused, gaps=gaps)

        return await self._ledger.run(work, alone=bool(heard.jobs or heard.erasures))


def _unwritable(record: Record, fault: Exception) -> Heard:
    """Without its headers, for they may be what cannot be written."""
    error = BadEvent("unprocessable", f"{type(fault).__name__} while writing it")
    return Heard(refused=[Refused(record=replace(record, headers=()), error=error)])
