"""The topics read once more into a ledger beside the live one, by the same intake; nothing is published or sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from app.conservation import Placed
from app.intake.intake import Intake
from app.intake.sweeper import Sweeper
from app.ledger.audit import AuditLedger
from app.ledger.history import begin_shadow, placed
from app.ledger.intake import IngestLedger
from app.ledger.pool import Pool
from app.settings import Settings
from app.wiring import ledger, recording
from app.wiring.ingesting import rules_of
from schemas.errors import ConfigError

_NO_BRAKE: Final = 2**31 - 1  # a replay is one surge; what the brake would do depends on the hour
_SENT: Final = "to be sent, or sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """`differing`: [{application_id, live, shadow}]; `-` where one ledger has none of it.

    `ended`: in the ATS, and ended since (R16): the shadow, which knows the end at once, would not send them.
    """

    records: int
    same: int
    ended: int
    differing: list[dict[str, Any]]


async def replay(
    lines: Iterable[bytes] | None, into: str, settings: Settings, *, on_read: Callable[[int], None]
) -> Shadow:
    """Into the new database at `into`, under the live connections, without their credentials.

    Raises ConfigError where that is the live ledger or no empty one; Unreachable as the ledger and the topics do.
    """
    if into == settings.database_url:
        raise ConfigError("--into names the live ledger: a shadow needs a database of its own")
    beside = msgspec.structs.replace(settings, database_url=into)
    await ledger.migrate(beside)
    async with ledger.pool(settings) as live, ledger.pool(beside) as shadow:
        before, connections = await placed(live)
        await begin_shadow(shadow, connections)
        number = await _take_in(lines, shadow, settings, on_read)
        after, _ = await placed(shadow)
    return _compared(number, before, after)


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


def _compared(number: int, before: Iterable[Placed], after: Iterable[Placed]) -> Shadow:
    live = {one.application_id: one for one in before}
    shadow = {one.application_id: _bucket(one) for one in after}
    names = sorted(live.keys() | shadow.keys())
    rows = [
        {"application_id": name, "live": _bucket(live[name]) if name in live else "-", "shadow": shadow.get(name, "-")}
        for name in names
        if name not in live or not live[name].released
    ]
    other = [row for row in rows if row["live"] != row["shadow"]]
    ended = {name for name, one in live.items() if one.state == "delivered"} & {row["application_id"] for row in other}
    differing = [row for row in other if row["application_id"] not in ended or row["shadow"] == "-"]
    same = len(names) - len(other)
    return Shadow(records=number, same=same, ended=len(other) - len(differing), differing=differing)


def _bucket(one: Placed) -> str:
    """A paused connection is no matter of the topics."""
    if one.reason == "erased":
        return "erased"
    return _SENT if one.state or one.reason == "connection_down" else f"{one.verdict} {one.reason or ''}".strip()
