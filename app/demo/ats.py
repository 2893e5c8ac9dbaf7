"""The demo's ATS: the sandbox in this process, set up as the history needs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from adapters.sandbox import Plan, Rules, Sandbox, SandboxSettings, base_url, credentials
from app.demo.history import History
from schemas.codec import decode

FAULTY: Final = "prairie-hydraulics"
# Each of these comes back in seconds under the demo's settings; the end-to-end tests have the nastier ones.
WEATHER: Final = Plan(
    seed=5,
    rates={"429": 0.08, "500": 0.06, "commit_then_500": 0.06, "commit_then_reset": 0.06, "reset_no_commit": 0.04},
    max_count=9,
)


class Ats:
    """Where the history's accounts are, and what has arrived there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def url(self) -> str:
        return self._sandbox.url

    def base_url(self, vendor: str, account: str, /) -> str:
        return base_url(self._sandbox.url, vendor, account)

    def credentials(self, vendor: str, /) -> dict[str, str]:
        return credentials(vendor)

    def accounts(self) -> dict[str, Any]:
        """The sandbox's state by account."""
        accounts: dict[str, Any] = self._sandbox.state()["accounts"]
        return accounts

    def prepare(self, written: History, weather: dict[str, Plan | list[Plan]]) -> None:
        """Jobs that are closed or unknown there, credentials that no longer hold, and the faults."""
        for account, rules in _rules(written).items():
            self._sandbox.put_rules(account, rules)
        self._sandbox.put_faults(weather)

    def files(self) -> dict[tuple[str, str], bytes]:
        """The bytes of every attachment as they arrived, by account and the ATS's own id."""
        content = {
            (name, attachment["id"]): self._sandbox.world.blobs.get(attachment["sha256"])
            for name, account in self.accounts().items()
            for attachment in account["attachments"]
        }
        return {place: data for place, data in content.items() if data is not None}

    def requests(self) -> Iterator[dict[str, Any]]:
        """Every request as it was received, as `GET /_sandbox/requests` tells them."""
        return (decode(line) for line in self._sandbox.world.received.lines(account=None, since=0))

    def faults_met(self) -> int:
        """How many requests met a fault so far."""
        fired: dict[str, list[dict[str, int]]] = msgspec.convert(
            self._sandbox.world.faults.report()["fired"], dict[str, list[dict[str, int]]]
        )
        return sum(count for plans in fired.values() for plan in plans for count in plan.values())


@asynccontextmanager
async def running_ats(*, keep_bodies: bool = False) -> AsyncIterator[Ats]:
    """The sandbox on a free port for the length of the block."""
    async with Sandbox(SandboxSettings(keep_bodies=keep_bodies)) as sandbox:
        yield Ats(sandbox)


def _rules(written: History) -> dict[str, Rules]:
    closed, known = _by_account(written.closed_jobs), _known_jobs(written)
    accounts = {*closed, *known, *written.revoked}
    return {
        account: Rules(
            closed_jobs=tuple(closed[account]),
            known_jobs=known.get(account),
            revoked=account in written.revoked,
        )
        for account in accounts
    }


def _known_jobs(written: History) -> dict[str, tuple[str, ...]]:
    """An account with an unknown job is told the ones that it knows: all others that somebody arrives on."""
    return {
        account: tuple({arrival.ats_job_id for arrival in written.manifest.arrivals(account)})
        for account in _by_account(written.unknown_jobs)
    }


def _by_account(jobs: Iterable[tuple[str, str]]) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for account, job in jobs:
        found[account].append(job)
    return found
