"""Links and states of jobs, and one person on several of them (R6, R13, R14, R19, A12, A14, A16, A17, A37)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.demo.author import Author
from app.demo.outcomes import delivered, held, refused
from app.demo.values import LAST, LATER, Entry, Expected, Job, Story
from schemas.words import Reason


def unlinked(author: Author) -> Story:
    """R6: whatever the source and the trigger, no link means no call."""
    entries: list[Entry] = []
    expected = []
    for name, source in (
        ("keystone", "direct"),
        ("gulf", "direct"),
        ("redwood", "talent_search"),
        ("lakeshore", "passive"),
    ):
        job = author.job(author.employer(name))
        case = author.case(job, source=source)
        entries += [author.heard(job, ats_job_id=None), case.snapshot(), case.said("New", 0), case.said("Engaged", 300)]
        expected.append(held(case, "unlinked", "job_not_linked"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def unheard_of(author: Author) -> Story:
    """R6 for a job the jobs topic never mentions, and for one that belongs to another employer (A13)."""
    nowhere = author.case(author.job(author.employer("keystone")))
    theirs = author.usual_job(author.employer("lakeshore"))
    borrowed = author.case(replace(theirs, employer=author.employer("keystone")))
    entries = [entry for case in (nowhere, borrowed) for entry in (case.snapshot(), case.said("Engaged", 300))]
    expected = tuple(held(case, "unheard_of", "job_not_linked") for case in (nowhere, borrowed))
    return Story(entries=tuple(entries), expected=expected)


def closed_or_archived(author: Author) -> Story:
    """Section 2, gate 7: known from the jobs topic; the older record that says open comes last."""
    entries: list[Entry] = []
    expected = []
    reasons: tuple[tuple[str, Reason], ...] = (("closed", "job_closed"), ("Archived", "job_archived"))
    for state, reason in reasons:
        job = author.job(author.employer("keystone"))
        case = author.case(job)
        entries += [author.heard(job, version=2, state=state), case.snapshot(), case.said("Engaged", 300)]
        entries.append(author.heard(job, wave=LATER, version=1))
        expected.append(held(case, "closed_or_archived", reason))
    return Story(entries=tuple(entries), expected=tuple(expected))


def reopened(author: Author) -> Story:
    """A37: reopening decides again, without a new fact about the person."""
    job = author.job(author.employer("lakeshore"))
    case = author.case(job)
    entries = (
        author.heard(job, version=2, state="closed"),
        *(case.snapshot(), case.said("Engaged", 300)),
        author.heard(job, wave=LATER, version=3),
    )
    return Story(entries=entries, expected=(delivered(case, "reopened"),))


def closed_there(author: Author) -> Story:
    """A37: only the ATS knows that the job is closed; held, not retried."""
    job = author.job(author.employer("lakeshore"))
    cases = [author.case(job) for _ in range(2)]
    entries = [entry for case in cases for entry in (case.snapshot(), case.said("Engaged", 300))]
    expected = tuple(held(case, "closed_there", "job_closed", decided=("CREATE", None)) for case in cases)
    closed = (("lakeshore-castings", job.ats_job_id),)
    return Story(entries=(author.heard(job), *entries), expected=expected, closed_jobs=closed)


def unknown_there(author: Author) -> Story:
    """A requisition that the ATS has never heard of: refused for good, and visible."""
    job = author.job(author.employer("gulf"))
    case = author.case(job)
    entries = (author.heard(job), case.snapshot(), case.said("New", 0))
    unknown = (("gulf-coast-fab", job.ats_job_id),)
    return Story(entries=entries, expected=(refused(case, "unknown_there"),), unknown_jobs=unknown)


def linked_late(author: Author) -> Story:
    """A16: three policies on one situation: preview waits, auto goes, never waits."""
    entries: list[Entry] = []
    expected: list[Expected] = []
    for name, goes in (("keystone", False), ("lakeshore", True), ("gulf", False)):
        job = author.job(author.employer(name))
        entries.append(author.heard(job, ats_job_id=None))
        for _ in range(2):
            case = author.case(job)
            entries += [case.snapshot(), case.said("New", 0), case.said("Engaged", 300)]
            waits = held(case, "linked_late", "backfill_approval")
            expected.append(delivered(case, "linked_late") if goes else waits)
        entries.append(_linked_an_hour_ago(author, job))
    return Story(entries=tuple(entries), expected=tuple(expected))


def _linked_an_hour_ago(author: Author, job: Job) -> Entry:
    return author.heard(job, wave=LATER, version=2, at=author.now - timedelta(hours=1))


def qualified_after_the_link(author: Author) -> Story:
    """A16 the other way round: the link came late, but before anybody qualified, so it is no backfill."""
    job = author.job(author.employer("keystone"))
    case = author.case(job)
    entries = (
        author.heard(job, ats_job_id=None),
        *(case.snapshot(), case.said("New", 0)),
        author.heard(job, version=2, at=case.applied_at + timedelta(minutes=100)),
        case.said("Engaged", 300),
    )
    return Story(entries=entries, expected=(delivered(case, "qualified_after_the_link"),))


def linked_anew(author: Author) -> Story:
    """A17: what was delivered stays, what was pending goes to the new requisition."""
    job = author.job(author.employer("keystone"))
    moved = replace(job, ats_job_id=f"9{job.ats_job_id}")
    before, after = author.case(job), author.case(moved)
    entries = (
        author.heard(job),
        *(before.snapshot(), before.said("Engaged", 300)),
        *(after.snapshot(), after.said("New", 0)),
        author.heard(moved, wave=LATER, version=2, at=author.now - timedelta(hours=1)),
        after.said("Engaged", 300, wave=LAST),
    )
    return Story(entries=entries, expected=(delivered(before, "linked_anew"), delivered(after, "linked_anew")))


def one_person_three_jobs(author: Author) -> Story:
    """R13, R14, A12: three applications, three PDFs; one person where the ATS joins them."""
    entries: list[Entry] = []
    expected = []
    for name in ("keystone", "lakeshore", "prairie"):
        employer, person = author.employer(name), author.person()
        for trade in employer.trades:
            job = author.job(employer, trade=trade)
            case = author.case(job, person=person)
            entries += [author.heard(job), case.snapshot(), case.said("Engaged", 300)]
            expected.append(delivered(case, "one_person_three_jobs"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def one_person_two_employers(author: Author) -> Story:
    """A13: the same person at two employers; neither learns of the other."""
    person = author.person()
    cases = [author.case(author.usual_job(author.employer(name)), person=person) for name in ("keystone", "prairie")]
    entries = [entry for case in cases for entry in (case.snapshot(), case.said("Engaged", 300))]
    return Story(entries=tuple(entries), expected=tuple(delivered(case, "one_person_two_employers") for case in cases))


def moved_to_another_job(author: Author) -> Story:
    """R19: added to a second job by hand: a new application, the first untouched."""
    person = author.person()
    first = author.case(author.job(author.employer("lakeshore")), person=person)
    second = author.case(author.usual_job(author.employer("lakeshore")), person=person, source="moved")
    entries = (
        author.heard(first.job),
        *(first.snapshot(), first.said("Engaged", 300)),
        *(second.snapshot(wave=LATER), second.said("Engaged", 700, wave=LATER)),
    )
    expected = (delivered(first, "moved_to_another_job"), delivered(second, "moved_to_another_job"))
    return Story(entries=entries, expected=expected)


def two_jobs_one_requisition(author: Author) -> Story:
    """A14: the second job's PDF joins the application that is already there."""
    entries: list[Entry] = []
    expected = []
    for name in ("keystone", "lakeshore"):
        first, person = author.job(author.employer(name)), author.person()
        second = replace(author.job(author.employer(name)), ats_job_id=first.ats_job_id)
        for job in (first, second):
            case = author.case(job, person=person)
            entries += [author.heard(job), case.snapshot(), case.said("Engaged", 300)]
            expected.append(delivered(case, "two_jobs_one_requisition"))
    return Story(entries=tuple(entries), expected=tuple(expected))
