"""What the sandbox holds, as JSON: people, applications, files, and the oracle of how often each was ever created."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from adapters.sandbox.store import Account
    from adapters.sandbox.world import World


def state(world: World, account: str | None = None) -> dict[str, Any]:
    """{"accounts": {name: ...}}; a name used at two vendors has its vendor put before it the second time."""
    named: dict[str, Any] = {}
    for one in world.accounts.values():
        if account in (None, one.name):
            named[f"{one.vendor}/{one.name}" if one.name in named else one.name] = account_state(one)
    return {"accounts": named}


def account_state(account: Account) -> dict[str, Any]:
    created = sorted(account.applications_created.items())
    return {
        "vendor": account.vendor,
        "candidates": _rows(account.candidates.values()),
        "applications": _rows(account.applications.values()),
        "attachments": _rows(account.attachments.values()),
        "creations": [{"job_id": job_id, "who": who, "applications": count} for (job_id, who), count in created],
        "duplicate_applications": sum(count - 1 for _, count in created),
        "candidates_created": dict(account.candidates_created),
        "incidents": dict(account.incidents),
        "rules": msgspec.to_builtins(account.rules),
    }


def totals(account: Account) -> dict[str, int]:
    """The few numbers of one line of the page."""
    return {
        "candidates": len(account.candidates),
        "applications": len(account.applications),
        "attachments": len(account.attachments),
        "duplicates": sum(count - 1 for count in account.applications_created.values()),
    }


def _rows(rows: Iterable[Any]) -> list[Any]:
    return [msgspec.to_builtins(row) for row in rows]
