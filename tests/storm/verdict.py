"""What is wrong when all is over: the ATS's own count, the ledger and the topics against what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.codec import decode
from schemas.errors import ConfigError
from schemas.events import APPLICATIONS, STATUS
from tests.storm.ledger import Position, buckets, dead_letters, positions, read_topics
from tests.storm.load import POISON, Applicant
from tests.storm.place import Place

One = tuple[str, str, str]  # account, job in the ATS, who
Made = Counter[One]
_MERGES: Final = ("greenhouse", "jobadder")  # vendors where one person is one candidate, however many jobs
_SHOWN: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """`about`: the application whose story is to be read; None where it is no application of ours."""

    text: str
    about: str | None = None


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
    wrong: list[Wrong] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.wrong


async def judge(place: Place, applicants: Mapping[str, Applicant]) -> Verdict:
    """Asks the sandbox, the ledger and the topics themselves."""
    records = await read_topics(place.bootstrap)
    made, expected = _made(place), _expected(applicants)
    lost, doubled = set(expected) - set(made), [one for one, count in made.items() if count > 1]
    strangers = set(made) - set(expected)
    twins, pdfs = list(_twins(place, applicants)), list(_other_pdfs(place, applicants))
    wrong = [_about("lost", one, applicants) for one in sorted(lost)]
    wrong += [_about(f"created {made[one]} times", one, applicants) for one in doubled]
    wrong += [_about("nobody asked for", one, applicants) for one in sorted(strangers)]
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


def shown(wrong: Sequence[Wrong], *, most: int = _SHOWN) -> str:
    more = len(wrong) - most
    lines = [f"{one.about}: {one.text}" if one.about else one.text for one in wrong[:most]]
    return "\n".join(lines if more <= 0 else [*lines, f"... and {more} more"])


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


def _twins(place: Place, applicants: Mapping[str, Applicant]) -> Iterator[Wrong]:
    """A12: several jobs of one person at once make one candidate where the ATS joins them."""
    for name, account in _accounts(place).items():
        if account["vendor"] in _MERGES:
            people = Counter(email for one in account["candidates"] for email in one["emails"])
            for email, count in people.items():
                if count > 1:
                    yield Wrong(text=f"{name}: {count} profiles of one person", about=_of_person(email, applicants))


def _other_pdfs(place: Place, applicants: Mapping[str, Applicant]) -> Iterator[Wrong]:
    """R9: one PDF under each application, and none elsewhere."""
    for name, account in _accounts(place).items():
        files = Counter(str(one["application_id"]) for one in account["attachments"])
        people = {one["id"]: (*one["emails"], "")[0] for one in account["candidates"]}
        for one in account["applications"]:
            count = files.pop(str(one["id"]), 0)
            if count != 1:
                who = one["extra"].get("application_id") or people.get(one["candidate_id"], "")
                about = _named((name, str(one["job_id"]), who), applicants)
                yield Wrong(text=f"{name}: application {one['id']} has {count} PDFs", about=about)
        for where, count in files.items():
            yield Wrong(text=f"{name}: {count} PDFs under {where}, which is none of ours")


def _misplaced(applicants: Mapping[str, Applicant], there: Mapping[str, Any]) -> Iterator[Wrong]:
    for application_id, applicant in applicants.items():
        if there.get(application_id) != applicant.end:
            text = f"{applicant.kind}: {there.get(application_id)}, not {applicant.end}"
            yield Wrong(text=text, about=application_id)
    yield from (Wrong(text="in the ledger, and nobody wrote it", about=one) for one in there.keys() - applicants.keys())


def _unheard(applicants: Mapping[str, Applicant], records: list[Any]) -> Iterator[Wrong]:
    """The log itself holds both halves of everybody we think we published."""
    told = {
        topic: {one.key.decode() for one in records if one.topic == topic and one.key}
        for topic in (APPLICATIONS, STATUS)
    }
    for topic, keys in told.items():
        yield from (Wrong(text=f"not on {topic}", about=one) for one in applicants.keys() - keys)


def _poison(records: list[Any], letters: Mapping[Position, str]) -> Iterator[Wrong]:
    """Exactly the records that cannot be read are in the dead letters, each by its own position."""
    bad = {(one.topic, one.partition, one.offset) for one in records if not _readable(one.value)}
    yield from (Wrong(text=f"poison at {one} is not in the dead letters") for one in sorted(bad - letters.keys()))
    yield from (Wrong(text=f"{letters[one]} at {one} is no poison of ours") for one in sorted(letters.keys() - bad))


def _readable(value: bytes | None) -> bool:
    if value is None or value.startswith(POISON):
        return False
    try:
        decode(value)
    except (ConfigError, ValueError):
        return False
    return True


def _unread(records: list[Any], watermarks: Mapping[tuple[str, int], int]) -> Iterator[Wrong]:
    ends: dict[tuple[str, int], int] = {}
    for one in records:
        ends[one.topic, one.partition] = max(ends.get((one.topic, one.partition), 0), one.offset + 1)
    for place, end in ends.items():
        if watermarks.get(place, 0) < end:
            yield Wrong(text=f"{place}: read to {watermarks.get(place, 0)}, and the log ends at {end}")


def _about(what: str, one: One, applicants: Mapping[str, Applicant]) -> Wrong:
    return Wrong(text=f"{what}: {' '.join(one)}", about=_named(one, applicants))


def _named(one: One, applicants: Mapping[str, Applicant]) -> str | None:
    """Which application of ours that is. Only asked when something is wrong, so it may take its time."""
    found = (key for key, each in applicants.items() if (each.account.name, each.ats_job_id, each.who) == one)
    return next(found, None)


def _of_person(email: str, applicants: Mapping[str, Applicant]) -> str | None:
    return next((key for key, each in applicants.items() if each.email == email and each.arrives), None)
