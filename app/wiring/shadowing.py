"""The topics read once more into a ledger beside the live one, by the same intake; nothing is published or sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from app.intake.intake import Intake
from app.intake.sweeper import Sweeper
from app.ledger.audit import AuditLedger
from app.ledger.history import begin_shadow, placed, refuse_used
from app.ledger.intake import IngestLedger
from app.ledger.pool import Pool
from app.settings import Settings
from app.shadow import Comparison, compare
from app.wiring import ledger, recording
from app.wiring.ingesting import rules_of
from schemas.errors import ConfigError

_NO_BRAKE: Final = 2**31 - 1  # a replay is one surge; what the brake would do depends on the hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """`records`: how many were read."""

    records: int
    found: Comparison


async def replay(
    lines: Iterable[bytes] | None, into: str, settings: Settings, *, on_read: Callable[[int], None]
) -> Shadow:
    """Into the new database at `into`, under the live connections, without their credentials.

    Raises ConfigError where that is the live ledger or no empty one; Unreachable as the ledger and the topics do.
    """
    if into == settings.database_url:
        raise ConfigError("--into names the live ledger: a shadow needs a database of its own")
    since, beside = datetime.now(UTC), msgspec.structs.replace(settings, database_url=into)
    async with ledger.pool(settings) as live:
        _, connections = await placed(live)
    async with ledger.pool(beside, named="--into") as shadow:
        await refuse_used(shadow)  # before anything is written: it may be the live one, spelt otherwise
        await ledger.migrate(beside)
        await begin_shadow(shadow, connections)
        number = await _take_in(lines, shadow, settings, on_read)
        after, _ = await placed(shadow)
    async with ledger.pool(settings) as live:
        before, _ = await placed(live)
    return Shadow(records=number, found=compare(before, after, since=since))


async def _take_in(
    lines: Iterable[bytes] | None, shadow: Pool, settings: Settings, on_read: Callable[[int], None]
) -> int:
    intake = Intake(IngestLedger(shadow), replace(rules_of(settings), surge_per_hour=_NO_BRAKE))
    number = 0
    async for batch in recording.batches(lines, settings):
        await intake.reapply(batch)
        number += len(batch)
        on_read(len(batch))
    await Sweeper(intake, AuditLedger(shadow), lambda _event, _fields: None).brief()
    return number
