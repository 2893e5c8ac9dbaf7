"""What is wrong when all is over: the ATS's own count, the ledger and the topics against what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.codec import decode
from schemas.errors import ConfigError
from schemas.events import APPLICATIONS, STATUS
from tests.storm.ledger import Position, buckets, dead_letters, positions, read_topics
from tests.storm.load import POISON, Applicant
from tests.storm.place import Place

Made = Counter[tuple[str, str, str]]  # account, job in the ATS, who
_MERGES: Final = ("greenhouse", "jobadder")  # vendors where one person is one candidate, however many jobs
_SHOWN: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`wrong` is empty if, and only if, everybody is where they must be, once. `lost` and `doubled`: deliveries."""

    expected: int
    arrived: int
    lost: int
    doubled: int
    doubled_people: int
    strangers: int
    other_pdfs: int
    dead_letters: int
    records: int
    wrong: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.wrong


async def judge(place: Place, applicants: Mapping[str, Applicant]) -> Verdict:
    """Asks the sandbox, the ledger and the topics themselves."""
    records = await read_topics(place.bootstrap)
    made, expected = _made(place), _expected(applicants)
    lost, doubled = set(expected) - set(made), [one for one, count in made.items() if count > 1]
    strangers = set(made) - set(expected)
    twins, pdfs = list(_twins(place)), list(_other_pdfs(place))
    wrong = [f"lost: {_name(one)}" for one in sorted(lost)]
    wrong += [f"created {made[one]} times: {_name(one)}" for one in doubled]
    wrong += [f"nobody asked for: {_name(one)}" for one in sorted(strangers)]
    wrong += [*twins, *pdfs]
    wrong += [*_misplaced(applicants, await buckets(place.pool)), *_unheard(applicants, records)]
    wrong += [*_poison(records, await dead_letters(place.pool)), *_unread(records, await positions(place.pool))]
    return Verdict(
        expected=len(expected),
        arrived=len(set(made) & set(expected)),
        lost=len(lost),
        doubled=len(doubled),
        doubled_people=len(twins),
        strangers=len(strangers),
        other_pdfs=len(pdfs),
        dead_letters=len(await dead_letters(place.pool)),
        records=len(records),
        wrong=wrong,
    )


def shown(wrong: list[str]) -> str:
    more = len(wrong) - _SHOWN
    return "\n".join(wrong if more <= 0 else [*wrong[:_SHOWN], f"... and {more} more"])


def _accounts(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = place.sandbox.state()["accounts"]
    return found


def _made(place: Place) -> Made:
    """How often the ATS ever created each application: its own count, which no lookup of ours enters into."""
    return Counter(
        {
            (name, str(one["job_id"]), one["who"]): one["applications"]
            for name, account in _accounts(place).items()
            for one in account["creations"]
        }
    )


def _expected(applicants: Mapping[str, Applicant]) -> Made:
    return Counter((one.account.name, one.ats_job_id, one.who) for one in applicants.values() if one.arrives)


def _twins(place: Place) -> Iterator[str]:
    """A12: several jobs of one person at once make one candidate where the ATS joins them."""
    for name, account in _accounts(place).items():
        if account["vendor"] in _MERGES:
            people = Counter(email for one in account["candidates"] for email in one["emails"])
            yield from (f"{name}: {count} profiles of one person" for count in people.values() if count > 1)


def _other_pdfs(place: Place) -> Iterator[str]:
    """R9: one PDF under each application, and none elsewhere."""
    for name, account in _accounts(place).items():
        files = Counter(str(one["application_id"]) for one in account["attachments"])
        for one in account["applications"]:
            count = files.pop(str(one["id"]), 0)
            if count != 1:
                yield f"{name}: application {one['id']} has {count} PDFs"
        yield from (f"{name}: {count} PDFs under {where}, which is none of ours" for where, count in files.items())


def _misplaced(applicants: Mapping[str, Applicant], there: Mapping[str, Any]) -> Iterator[str]:
    for application_id, applicant in applicants.items():
        if there.get(application_id) != applicant.end:
            yield f"{application_id} ({applicant.kind}): {there.get(application_id)}, not {applicant.end}"
    yield from (f"{one}: in the ledger, and nobody wrote it" for one in there.keys() - applicants.keys())


def _unheard(applicants: Mapping[str, Applicant], records: list[Any]) -> Iterator[str]:
    """The log itself holds both halves of everybody we think we published."""
    told = {
        topic: {one.key.decode() for one in records if one.topic == topic and one.key}
        for topic in (APPLICATIONS, STATUS)
    }
    for topic, keys in told.items():
        yield from (f"{one}: not on {topic}" for one in applicants.keys() - keys)


def _poison(records: list[Any], letters: Mapping[Position, str]) -> Iterator[str]:
    """Exactly the records that cannot be read are in the dead letters, each by its own position."""
    bad = {(one.topic, one.partition, one.offset) for one in records if not _readable(one.value)}
    yield from (f"poison at {one} is not in the dead letters" for one in sorted(bad - letters.keys()))
    yield from (f"{letters[one]} at {one} is no poison of ours" for one in sorted(letters.keys() - bad))


def _readable(value: bytes | None) -> bool:
    if value is None or value.startswith(POISON):
        return False
    try:
        decode(value)
    except (ConfigError, ValueError):
        return False
    return True


def _unread(records: list[Any], watermarks: Mapping[tuple[str, int], int]) -> Iterator[str]:
    ends: dict[tuple[str, int], int] = {}
    for one in records:
        ends[one.topic, one.partition] = max(ends.get((one.topic, one.partition), 0), one.offset + 1)
    for place, end in ends.items():
        if watermarks.get(place, 0) < end:
            yield f"{place}: read to {watermarks.get(place, 0)}, and the log ends at {end}"


def _name(made: tuple[str, str, str]) -> str:
    return " ".join(made)
