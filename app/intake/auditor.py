"""Compares what the group committed with what the ledger holds, and reads again whatever was jumped over.

Whoever loses an event - an agent that raised, a commit that ran ahead, a database restored from yesterday - loses it
as a difference between two numbers that are both written down; this finds it and closes it (delivery.md 3.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.intake.intake import Intake
from app.intake.log_reader import LogReader, LogUnreachable, Positions
from app.ledger.audit import AuditLedger, Gap, Place, Watermark
from app.rounds import Tell, repeat
from schemas.events import DEAD_LETTERS, RESULTS
from schemas.record import Record

_TOLD_TOPICS: Final = (RESULTS, DEAD_LETTERS)
_TOLD_TAIL: Final = 500  # a relay that was killed repeats no more than a batch
_ID_HEADER: Final = "ats-sync-id"
_ID_DIGITS: Final = 18  # what a bigint surely holds
_GAPS_A_ROUND: Final = 1_000
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestHealth:
    """What the last round saw. `lag`: records in the log that the ledger has not, by topic; None: never seen yet.

    `moved_at`: when a watermark moved last, by the database's clock. `unreachable`: the broker did not answer.
    """

    lag: Mapping[str, int] = field(default_factory=dict)
    moved_at: datetime | None = None
    gaps_open: int = 0
    gaps_found: int = 0
    records_recovered: int = 0
    unreachable: bool = False


class Auditor:
    """One round at a time over all processes; `health` is for the metrics."""

    def __init__(
        self, intake: Intake, ledger: AuditLedger, log: Callable[[], LogReader], topics: Sequence[str], tell: Tell
    ) -> None:
        self._intake = intake
        self._ledger = ledger
        self._log = log
        self._topics = topics
        self._tell = tell
        self._heard: dict[Place, int] = {}
        self.health = IngestHealth()

    async def run(self, stop: asyncio.Event, *, every_s: float) -> None:
        """A round every so often until `stop` is set. Survives an absent broker and an absent database."""
        await repeat(self.round, stop, every_s=every_s, tell=self._tell)

    async def round(self) -> None:
        """Compare, note, read again. Every process measures; only one at a time repairs."""
        try:
            async with self._log() as log:
                # Positions are read between two looks at the watermarks, so that neither comparison mistakes
                # ordinary progress for a difference.
                before = await self._ledger.watermarks()
                positions = await log.positions(self._topics)
                found = recovered = 0
                async with self._ledger.alone("audit") as alone:
                    if alone:
                        await self._compare_told(log)
                        await self._rewind(before, positions)
                        found = await self._note(positions)
                        recovered = await self._fill(log, positions)
                self.health = await self._measure(positions, found, recovered)
        except LogUnreachable as exc:
            self.health = replace(self.health, unreachable=True)
            self._tell("audit_log_unreachable", {"error": type(exc.__cause__ or exc).__name__})

    async def _compare_told(self, log: LogReader) -> None:
        """A ledger that has told the world more than it remembers is an older copy: it must look before it sends."""
        told = await log.positions(_TOLD_TOPICS)
        for place, end in told.ends.items():
            if end != self._heard.get(place):
                highest = await _highest_told(log, place, max(told.starts[place], end - _TOLD_TAIL), end)
                if highest is not None and await self._ledger.is_older_than(highest):
                    self._tell("ledger_restored", {"topic": place[0], "partition": place[1]})
                self._heard[place] = end

    async def _rewind(self, before: Mapping[Place, Watermark], positions: Positions) -> None:
        for place, mark in before.items():
            if place in positions.ends and mark.next_offset > positions.ends[place]:
                self._tell("topic_made_anew", {"topic": place[0], "partition": place[1], "offset": mark.next_offset})
                await self._ledger.rewind(place, positions.starts[place])

    async def _note(self, positions: Positions) -> int:
        marks = await self._ledger.watermarks()
        committed = {place: min(offset, positions.ends[place]) for place, offset in positions.committed.items()}
        ahead = {
            place: offset
            for place, offset in committed.items()
            if offset > (marks[place].next_offset if place in marks else positions.starts[place])
        }
        found = await self._ledger.note(ahead) if ahead else 0
        if found:
            self._tell("gaps_found", {"count": found})
        return found

    async def _fill(self, log: LogReader, positions: Positions) -> int:
        recovered = 0
        for gap in await self._ledger.open_gaps(_GAPS_A_ROUND):
            left = _what_is_left(gap, positions)
            if left is None:
                continue
            if left != gap and gap.from_offset:
                self._tell("gap_beyond_retention", {"topic": gap.topic, "partition": gap.partition})
            count = 0
            if left.from_offset < left.to_offset:
                async for records in log.read(left, batch=_BATCH):
                    await self._intake.reapply(records)
                    count += len(records)
            await self._ledger.fill(gap, count)
            recovered += count
        return recovered

    async def _measure(self, positions: Positions, found: int, recovered: int) -> IngestHealth:
        watermarks = await self._ledger.watermarks()
        lag: dict[str, int] = dict.fromkeys(self._topics, 0)
        for place, end in positions.ends.items():
            read = watermarks[place].next_offset if place in watermarks else positions.starts[place]
            lag[place[0]] += max(0, end - max(read, positions.starts[place]))
        counts = await self._ledger.counts()
        return IngestHealth(
            lag=lag,
            moved_at=max((mark.moved_at for mark in watermarks.values()), default=None),
            gaps_open=counts.gaps,
            gaps_found=found,
            records_recovered=recovered,
        )


async def _highest_told(log: LogReader, place: Place, start: int, end: int) -> int | None:
    """The highest number of ours among these records; others may have written there too."""
    tail = Gap(topic=place[0], partition=place[1], from_offset=start, to_offset=end)
    found = [_number_of(record) async for records in log.read(tail, batch=_TOLD_TAIL) for record in records]
    return max((number for number in found if number is not None), default=None)


def _number_of(record: Record) -> int | None:
    """The last one is ours: a refused record may have brought another with it. A longer one is nobody's."""
    said = [value for name, value in record.headers if name == _ID_HEADER]
    return int(said[-1]) if said and said[-1].isdigit() and len(said[-1]) <= _ID_DIGITS else None


def _what_is_left(gap: Gap, positions: Positions) -> Gap | None:
    """What retention has not taken and the log holds; None while the partition is unknown or not that far yet."""
    place: Place = (gap.topic, gap.partition)
    if place not in positions.ends or positions.ends[place] < gap.to_offset:
        return None
    first = min(max(gap.from_offset, positions.starts[place]), gap.to_offset)
    return Gap(topic=gap.topic, partition=gap.partition, from_offset=first, to_offset=gap.to_offset)
