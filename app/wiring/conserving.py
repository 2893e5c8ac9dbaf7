"""The ledger against the topics, live or recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from app.conservation import Conserved, Topics, judge
from app.ledger.history import placed
from app.settings import Settings
from app.wiring import ledger, recording
from app.wiring.offline import limits_of
from streams.naive import Heard

_RECENT: Final = timedelta(minutes=1)


async def check(lines: Iterable[bytes] | None, settings: Settings) -> Conserved:
    """`lines`: of a recording; None: the broker's topics are read, which takes memory for all that was said.

    Raises Unreachable or ConfigError where the ledger or the broker does not answer.
    """
    since, heard, recent = datetime.now(UTC), Heard(), set[str]()
    calm_until, limits = since - _RECENT, limits_of(settings)
    young_ms = calm_until.timestamp() * 1000
    async for batch in recording.batches(lines, settings):
        for record in batch:
            heard.add(record, limits)
            if record.timestamp_ms > young_ms and record.key:
                recent.add(record.key.decode(errors="replace"))
    async with ledger.pool(settings) as pool:
        there, connections = await placed(pool)
    topics = Topics(
        heard=heard,
        connections=tuple(connections),
        now=datetime.now(UTC),
        calm_until=calm_until,
        recent=frozenset(recent),
    )
    return judge(topics, there, since=since)
