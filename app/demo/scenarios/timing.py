"""Records that come early, late, twice or never, and contents that lag behind the status (A3, A4, A22, A24, A28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.demo.author import Author, candidate
from app.demo.outcomes import delivered, held
from app.demo.values import GROUNDWORK, LATER, Story


def status_first(author: Author) -> Story:
    """A4: Engaged is heard before the application itself."""
    case = author.case(author.usual_job(author.employer("lakeshore")))
    entries = (case.said("New", 0, wave=GROUNDWORK), case.said("Engaged", 300, wave=GROUNDWORK), case.snapshot())
    return Story(entries=entries, expected=(delivered(case, "status_first"),))


def never_more_than_half(author: Author) -> Story:
    """Only the status, or only the snapshot, ever comes."""
    job = author.usual_job(author.employer("keystone"))
    stranger, silent = author.case(job), author.case(job)
    lost = held(stranger, "never_more_than_half", "facts_incomplete")
    expected = (replace(lost, employer_id=None), held(silent, "never_more_than_half", "facts_incomplete"))
    return Story(entries=(stranger.said("Engaged", 300), silent.snapshot()), expected=expected)


def old_news(author: Author) -> Story:
    """A3: an older snapshot and an older status come last and change nothing, not even the address."""
    case = author.case(author.usual_job(author.employer("keystone")))
    stale = candidate(case.person, email="typo@example.com", phone=None)
    entries = (
        case.snapshot(version=4),
        case.said("Engaged", 300),
        case.snapshot(wave=LATER, version=1, screened=False, candidate=stale),
        case.said("New", 0, wave=LATER),
    )
    return Story(entries=entries, expected=(delivered(case, "old_news"),))


def everything_twice(author: Author) -> Story:
    """A3: at-least-once upstream."""
    case = author.case(author.usual_job(author.employer("prairie")))
    entries = (case.snapshot(), case.said("New", 0), case.said("Engaged", 300))
    again = tuple(replace(entry, wave=LATER) for entry in entries)
    return Story(entries=(*entries, *entries, *again), expected=(delivered(case, "everything_twice"),))


def same_content_again(author: Author) -> Story:
    """A22: a new version with equal content is no update, even where the policy sends material changes."""
    case = author.case(author.usual_job(author.employer("gulf")))
    entries = (case.snapshot(version=2), case.said("New", 0), case.snapshot(wave=LATER, version=3))
    return Story(entries=entries, expected=(delivered(case, "same_content_again"),))


def material_change(author: Author) -> Story:
    """A22, policy material: a corrected assessment after the delivery is one update; elsewhere it is none."""
    entries, expected = [], []
    for name, updates in (("gulf", 1), ("blueridge", 0)):
        case = author.case(author.usual_job(author.employer(name)))
        corrected = {**case.talk.assessment, "rating": 4.5, "concerns": ["Corrected after a second call."]}
        entries += [case.snapshot(version=2), case.said("New", 0)]
        entries.append(case.snapshot(wave=LATER, version=3, assessment=corrected))
        expected.append(delivered(case, "material_change", updates=updates))
    return Story(entries=tuple(entries), expected=tuple(expected))


def assessment_never_came(author: Author) -> Story:
    """A24: waited for long enough; the PDF says that it is not available yet."""
    case = author.case(author.usual_job(author.employer("keystone")))
    entries = (case.snapshot(assessment=None), case.said("Engaged", 300))
    return Story(entries=entries, expected=(delivered(case, "assessment_never_came"),))


def assessment_wait_ends(author: Author) -> Story:
    """A24, live: the wait ends during the demo and the send needs no further event."""
    case = author.case(author.usual_job(author.employer("lakeshore")))
    engaged = author.minutes_ago(case, timedelta(seconds=275))
    entries = (case.snapshot(assessment=None), case.said("New", 0), case.said("Engaged", engaged))
    return Story(entries=entries, expected=(delivered(case, "assessment_wait_ends"),))


def assessment_still_awaited(author: Author) -> Story:
    """A24 at an employer who gives it an hour: still waiting when the demo ends."""
    case = author.case(author.usual_job(author.employer("prairie")))
    engaged = author.minutes_ago(case, timedelta(minutes=2))
    entries = (case.snapshot(assessment=None), case.said("Engaged", engaged))
    return Story(entries=entries, expected=(held(case, "assessment_still_awaited", "awaiting_assessment"),))


def resume_on_its_way(author: Author) -> Story:
    """A resume that is announced but not there yet is waited for like the assessment, then not any longer (A28)."""
    announced = {"filename": "resume.pdf", "media_type": "application/pdf"}
    job = author.usual_job(author.employer("prairie"))
    waits, goes = author.case(job, kind="none"), author.case(job, kind="none")
    engaged = author.minutes_ago(waits, timedelta(minutes=2))
    entries = (
        waits.snapshot(resume=announced),
        waits.said("Engaged", engaged),
        goes.snapshot(resume=announced),
        goes.said("Engaged", 300),
    )
    expected = (held(waits, "resume_on_its_way", "awaiting_resume"), delivered(goes, "resume_on_its_way"))
    return Story(entries=entries, expected=expected)


def every_resume(author: Author) -> Story:
    """A28, A30: whatever people attach, nobody is lost over it."""
    entries, expected = [], []
    for number, kind in enumerate(("pdf", "docx", "jpeg", "text", "none", "broken")):
        employer = author.employer(("keystone", "lakeshore", "prairie")[number % 3])
        case = author.case(author.usual_job(employer), kind=kind)
        entries += [case.snapshot(), case.said("Engaged", 300)]
        expected.append(delivered(case, f"every_resume_{kind}"))
    return Story(entries=tuple(entries), expected=tuple(expected))
