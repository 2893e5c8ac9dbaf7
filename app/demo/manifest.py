"""What the history must lead to, added up from what its scenarios said: never asks the code that it judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.demo.values import Arrival, Expected, Story

# Where one address is one profile, and one profile has one application a job (A14). Elsewhere the candidate id does it.
JOINS_BY_EMAIL = frozenset({"greenhouse", "jobadder"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTotals:
    """What one ATS account must hold in the end. `pdfs`: of creates; `updates`: attempts to replace one."""

    candidates: int
    applications: int
    pdfs: int
    updates: int
    erased: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`applications` by id; `dead_letters` by code; `accounts`: vendor by ATS account."""

    applications: Mapping[str, Expected]
    dead_letters: Mapping[str, int]
    accounts: Mapping[str, str]

    def arrivals(self, account: str) -> tuple[Arrival, ...]:
        """One per delivered create, erased ones included."""
        found = (expected.arrival for expected in self.applications.values())
        return tuple(arrival for arrival in found if arrival and arrival.account == account)

    def totals(self, account: str) -> AccountTotals:
        """By the vendor's own merge rules (R14): an address we make up is one person's alone."""
        arrivals = self.arrivals(account)
        joins = self.accounts[account] in JOINS_BY_EMAIL
        people = [(arrival.email if joins else None) or arrival.candidate_id for arrival in arrivals]
        places = {(person, arrival.ats_job_id) for person, arrival in zip(people, arrivals, strict=True)}
        return AccountTotals(
            candidates=len(set(people)),
            applications=len(places) if joins else len(arrivals),
            pdfs=len(arrivals),
            updates=sum(arrival.updates for arrival in arrivals),
            erased=sum(arrival.erased for arrival in arrivals),
        )

    def buckets(self) -> Mapping[tuple[str, str | None], int]:
        """How many applications end in each (bucket, reason)."""
        return Counter((expected.bucket, expected.reason) for expected in self.applications.values())


def add_up(stories: Iterable[Story], accounts: Mapping[str, str]) -> Manifest:
    """One manifest of many stories. An application that two stories claim is a mistake in the history: ValueError."""
    applications: dict[str, Expected] = {}
    letters: Counter[str] = Counter()
    for story in stories:
        for expected in story.expected:
            if expected.application_id in applications:
                raise ValueError(f"{expected.application_id} belongs to two stories")
            applications[expected.application_id] = expected
        letters.update(story.dead_letters)
    return Manifest(applications=applications, dead_letters=letters, accounts=accounts)
