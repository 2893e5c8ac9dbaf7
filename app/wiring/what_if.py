"""Other triggers and policies over the same history: that of a recorded topic, or that of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.ledger.history import history_of
from app.settings import Settings
from app.wiring import ledger
from app.wiring.offline import budget_of, limits_of
from schemas.connection import Connection, as_connection, parse_specs
from streams.replay import Rules, fold_lines
from streams.what_if import WhatIf, compare


def of_events(lines: Iterable[bytes], before: bytes, after: bytes, now: datetime, settings: Settings) -> WhatIf:
    """Both as if in force from the start. Raises ConfigError for faulty connections."""
    folded = fold_lines(lines, limits_of(settings))
    return compare(folded, _rules(_specified(before), now, settings), _rules(_specified(after), now, settings))


async def of_ledger(after: bytes, now: datetime, settings: Settings) -> WhatIf:
    """What is in force against `after`, as if that had been from the start, for its employers; without what is sent."""
    instead = _specified(after)
    employers = sorted(connection.employer_id for connection in instead)
    async with ledger.pool(settings) as pool:
        folded, in_force = await history_of(pool, employers, limits_of(settings))
    paused = {connection.employer_id for connection in in_force if not connection.healthy}
    instead = [replace(one, healthy=one.employer_id not in paused) for one in instead]  # the ATS is as well as it is
    return compare(folded, _rules(in_force, now, settings), _rules(instead, now, settings))


def _specified(connections: bytes) -> list[Connection]:
    return [as_connection(spec) for spec in parse_specs(connections)]


def _rules(connections: Iterable[Connection], now: datetime, settings: Settings) -> Rules:
    by_employer = {connection.employer_id: connection for connection in connections}
    return Rules(connections=by_employer, now=now, budget=budget_of(settings))
