"""Compares what the manifest says with the ledger and the ATS: every difference in words, without people's data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.demo.manifest import Manifest
from app.demo.values import Arrival, Expected
from app.ledger.standing import Standing

Account = Mapping[str, Any]  # of the sandbox's `state`
Placed = tuple[str, str | None]  # (bucket, reason); the bucket `pending` is nobody's end

_MADE_UP: Final = ".invalid"
_NOTHING: Final[Account] = {"candidates": (), "applications": (), "attachments": (), "duplicate_applications": 0}
_MANY: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is at one moment. `accounts` by name, as the sandbox tells its state."""

    applications: Mapping[str, Standing]
    dead_letters: Mapping[str, int]
    accounts: Mapping[str, Account]


def placed(standing: Standing) -> Placed:
    """The one bucket an application is in (P4)."""
    match standing.create_state:
        case "delivered":
            return ("skipped", "erased") if standing.reason == "erased" else ("delivered", None)
        case "parked":
            return "held", standing.create_reason
        case "dead":
            return "dead", None
        case None if standing.verdict == "HOLD" or standing.verdict is None:
            return "held", standing.reason or "facts_incomplete"
        case None if standing.verdict == "SKIP":
            return "skipped", standing.reason
    return "pending", standing.create_state


def differences(manifest: Manifest, found: Found) -> list[str]:
    """Empty if, and only if, everything is as the manifest says."""
    return [
        *_misplaced(manifest, found.applications),
        *_letters(manifest, found.dead_letters),
        *(line for account in manifest.accounts for line in _account(manifest, account, found)),
    ]


def _misplaced(manifest: Manifest, applications: Mapping[str, Standing]) -> Iterable[str]:
    for application_id in sorted(applications.keys() - manifest.applications.keys()):
        yield f"{application_id}: not in the manifest"
    for application_id, expected in sorted(manifest.applications.items()):
        standing = applications.get(application_id)
        if standing is None:
            yield f"{application_id} ({expected.scenario}): not in the ledger"
        else:
            yield from _of_application(expected, standing)


def _of_application(expected: Expected, standing: Standing) -> Iterable[str]:
    name = f"{expected.application_id} ({expected.scenario})"
    if placed(standing) != (expected.bucket, expected.reason):
        yield f"{name}: {_words(placed(standing))}, not {_words((expected.bucket, expected.reason))}"
    if standing.employer_id != expected.employer_id:
        yield f"{name}: of employer {standing.employer_id}, not {expected.employer_id}"
    updates = expected.arrival.updates if expected.arrival else 0
    if standing.updates != updates:
        yield f"{name}: {standing.updates} updates, not {updates}"
    erased = "delivered" if expected.arrival and expected.arrival.erased else None
    if standing.erase_state != erased:
        yield f"{name}: erasure {standing.erase_state}, not {erased}"


def _letters(manifest: Manifest, dead_letters: Mapping[str, int]) -> Iterable[str]:
    for code in sorted(manifest.dead_letters.keys() | dead_letters.keys()):
        expected, there = manifest.dead_letters.get(code, 0), dead_letters.get(code, 0)
        if expected != there:
            yield f"dead letters {code}: {there}, not {expected}"


def _account(manifest: Manifest, name: str, found: Found) -> Iterable[str]:
    """Counts by the vendor's merge rules, and each delivered application where its receipt says it is."""
    account, totals = found.accounts.get(name, _NOTHING), manifest.totals(name)
    there = {
        "duplicate applications": (account["duplicate_applications"], 0),
        "candidates": (len(account["candidates"]), totals.candidates),
        "applications": (len(account["applications"]), totals.applications),
        "PDFs": (len(account["attachments"]), totals.pdfs + totals.updates - totals.erased),
        "erased candidates": (sum(one["erased_at"] is not None for one in account["candidates"]), totals.erased),
    }
    yield from (f"{name}: {count} {what}, not {wanted}" for what, (count, wanted) in there.items() if count != wanted)
    yield from _people(manifest, name, account)
    yield from _receipts(manifest, name, account, found.applications)


def _people(manifest: Manifest, name: str, account: Account) -> Iterable[str]:
    """R8: names, address and number arrive normalised; the ATS knows nobody else."""
    expected = {_identity(arrival) for arrival in manifest.arrivals(name) if not arrival.erased}
    there = {_identity_there(one) for one in account["candidates"] if one["erased_at"] is None}
    if expected != there:
        yield f"{name}: {len(expected - there)} people are missing or misspelt, {len(there - expected)} are strangers"


def _identity(arrival: Arrival) -> tuple[str | None, ...]:
    return arrival.first_name, arrival.last_name, arrival.email or _MADE_UP, arrival.phone


def _identity_there(candidate: Mapping[str, Any]) -> tuple[str | None, ...]:
    emails, phones = candidate["emails"], candidate["phones"]
    email = emails[0] if emails else None
    if email is not None and email.endswith(_MADE_UP):
        email = _MADE_UP
    return candidate["first_name"], candidate["last_name"], email, phones[0] if phones else None


def _receipts(manifest: Manifest, name: str, account: Account, applications: Mapping[str, Standing]) -> Iterable[str]:
    """R9: under each application of the ATS, one PDF per create and per update that led there, and nothing else."""
    files = Counter(attachment["application_id"] for attachment in account["attachments"])
    jobs = {one["id"]: one["job_id"] for one in account["applications"]}
    wanted: defaultdict[str, int] = defaultdict(int)
    for application_id, expected in manifest.applications.items():
        arrival, standing = expected.arrival, applications.get(application_id)
        if arrival is None or arrival.account != name or arrival.erased or standing is None:
            continue
        remote = str((standing.receipt or {}).get("application_id"))
        wanted[remote] += 1 + arrival.updates
        if jobs.get(remote) != arrival.ats_job_id:
            yield f"{application_id} ({expected.scenario}): not on requisition {arrival.ats_job_id} of {name}"
    wrong = sum(files[remote] != count for remote, count in wanted.items())
    if wrong:
        yield f"{name}: {wrong} applications have another number of PDFs than they should"


def brief(lines: list[str]) -> list[str]:
    """The first dozen, and how many more there are."""
    more = len(lines) - _MANY
    return lines if more <= 0 else [*lines[:_MANY], f"... and {more} more"]


def _words(end: Placed) -> str:
    return " ".join(part for part in end if part)
