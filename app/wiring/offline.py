"""What runs without broker and database: decide over a recorded topic, render a PDF, serve the sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.settings import Settings
from schemas.connection import as_connection, parse_specs
from schemas.errors import BadEvent
from schemas.events import Limits
from schemas.record import Record
from streams.case import BackfillBudget
from streams.envelope import parse_line
from streams.replay import Outcome, replay_lines


def limits_of(settings: Settings) -> Limits:
    return Limits(
        event_bytes=settings.event_bytes,
        transcript_turns=settings.transcript_turns,
        status_history=settings.status_history,
    )


def budget_of(settings: Settings) -> BackfillBudget:
    return BackfillBudget(max_applications=settings.backfill_max_applications, max_days=settings.backfill_max_days)


def decide_lines(lines: Iterable[bytes], connections: bytes, now: datetime, settings: Settings) -> Outcome:
    """Every application's decision as if nothing had been delivered. Raises ConfigError for faulty connections."""
    specs = parse_specs(connections)
    return replay_lines(lines, [as_connection(spec) for spec in specs], now, limits_of(settings))


def read_records(lines: Iterable[bytes]) -> tuple[list[Record], list[BadEvent]]:
    """Every record of the lines, and what was wrong with those that are none; blank lines are passed over."""
    records: list[Record] = []
    refused: list[BadEvent] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            records.append(parse_line(line, number))
        except BadEvent as exc:
            refused.append(exc)
    return records, refused
