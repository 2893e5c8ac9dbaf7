"""Who follows the sync trigger, and when: direct, talent pool, upload, moved (R1, R2, R5, R16, R18, A1, A7, A9)."""

from __future__ import annotations

from datetime import timedelta

from app.demo.author import Author
from app.demo.outcomes import delivered, held
from app.demo.values import GROUNDWORK, LATER, MAIN, Story


def engaged_once(author: Author) -> Story:
    """R1: New means nothing under trigger engaged, Engaged means one create."""
    case = author.case(author.usual_job(author.employer("keystone")), kind="pdf")
    entries = (case.snapshot(), case.said("New", 0), case.said("Engaged", 300))
    return Story(entries=entries, expected=(delivered(case, "engaged_once"),))


def only_new(author: Author) -> Story:
    """R1: and New alone never sends."""
    case = author.case(author.usual_job(author.employer("keystone")))
    entries = (case.snapshot(wave=GROUNDWORK), case.said("New", 0))
    return Story(entries=entries, expected=(held(case, "only_new", "awaiting_engaged"),))


def every_spelling(author: Author) -> Story:
    """R5, A54: other sources that follow the trigger, spelled as upstream happens to."""
    spellings = (
        ("Talent Search", "ENGAGED"),
        ("talent-search", "engaged"),
        ("UPLOAD_SCREEN", "Engaged"),
        ("Moved", " Engaged "),
    )
    entries, expected = [], []
    for source, status in spellings:
        case = author.case(author.usual_job(author.employer("lakeshore")), source=source)
        entries += [case.snapshot(), case.said("NEW", 0), case.said(status, 320)]
        expected.append(delivered(case, "every_spelling"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def talent_waits(author: Author) -> Story:
    """R5: a candidate added from the talent pool waits for Engaged like anybody else."""
    case = author.case(author.usual_job(author.employer("prairie")), source="talent_search")
    return Story(
        entries=(case.snapshot(), case.said("New", 0)), expected=(held(case, "talent_waits", "awaiting_engaged"),)
    )


def new_at_once(author: Author) -> Story:
    """R2, A25: under trigger new nobody waits for the screening."""
    entries, expected = [], []
    for name, source in (
        ("redwood", "direct"),
        ("blueridge", "direct"),
        ("gulf", "direct"),
        ("blueridge", "talent_search"),
    ):
        case = author.case(author.usual_job(author.employer(name)), source=source)
        entries += [case.snapshot(version=1, screened=False), case.said("New", 0)]
        expected.append(delivered(case, "new_at_once"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def outreach_only(author: Author) -> Story:
    """Section 2: Outreach is before New, so trigger new still waits."""
    case = author.case(author.usual_job(author.employer("blueridge")))
    entries = (case.snapshot(screened=False), case.said("Outreach", 0), case.said("Sourcing", 20))
    return Story(entries=entries, expected=(held(case, "outreach_only", "awaiting_new"),))


def screened_after_sync(author: Author) -> Story:
    """R18: sent at New, then Engaged: one update with the complete profile, where the ATS can."""
    entries, expected = [], []
    for name in ("redwood", "blueridge"):
        case = author.case(author.usual_job(author.employer(name)), kind="docx")
        entries += [case.snapshot(version=1, screened=False), case.said("New", 0)]
        entries += [case.snapshot(wave=LATER), case.said("Engaged", 300, wave=LATER)]
        expected.append(delivered(case, "screened_after_sync", updates=1))
    return Story(entries=tuple(entries), expected=tuple(expected))


def boomerang(author: Author) -> Story:
    """A1: Engaged, then back to New: the first Engaged counts, and only once."""
    case = author.case(author.usual_job(author.employer("keystone")))
    statuses = (case.said("New", 0), case.said("Engaged", 300), case.said("New", 380), case.said("Engaged", 500))
    return Story(entries=(case.snapshot(), *statuses), expected=(delivered(case, "boomerang"),))


def slip_of_the_mouse(author: Author) -> Story:
    """A2: Engaged undone within a minute never was; here the undo is even heard first."""
    case = author.case(author.usual_job(author.employer("keystone")))
    undo = (case.snapshot(), case.said("New", 0), case.said("New", 300.6))
    entries = (*undo, case.said("Engaged", 300, wave=LATER))
    return Story(entries=entries, expected=(held(case, "slip_of_the_mouse", "awaiting_engaged"),))


def slip_just_now(author: Author) -> Story:
    """A2, live: the send waits out the window, and the undo comes inside it."""
    case = author.case(author.usual_job(author.employer("keystone")))
    slipped = author.minutes_ago(case, timedelta(seconds=15))
    statuses = (case.said("New", 0), case.said("Engaged", slipped), case.said("New", slipped + 0.1))
    return Story(entries=(case.snapshot(), *statuses), expected=(held(case, "slip_just_now", "awaiting_engaged"),))


def settled_just_now(author: Author) -> Story:
    """A2, live: nobody undid it, so the end of the window sends it without another event."""
    case = author.case(author.usual_job(author.employer("keystone")))
    just_now = case.said("Engaged", author.minutes_ago(case, timedelta(seconds=40)))
    entries = (case.snapshot(), case.said("New", 0), just_now)
    return Story(entries=entries, expected=(delivered(case, "settled_just_now"),))


def skipped_the_gate(author: Author) -> Story:
    """A7: to Interview without ever being Engaged waits for a person; one employer's policy sends it."""
    waits, goes = (author.case(author.usual_job(author.employer(name))) for name in ("keystone", "lakeshore"))
    entries = [
        entry for case in (waits, goes) for entry in (case.snapshot(), case.said("New", 0), case.said("Interview", 400))
    ]
    expected = (held(waits, "skipped_the_gate", "gate_skipped"), delivered(goes, "skipped_the_gate"))
    return Story(entries=tuple(entries), expected=expected)


def past_gate_under_new(author: Author) -> Story:
    """Section 2: under trigger new, being past Engaged is enough."""
    case = author.case(author.usual_job(author.employer("blueridge")))
    entries = (case.snapshot(), case.said("Reviewed", 400))
    return Story(entries=entries, expected=(delivered(case, "past_gate_under_new"),))


def on_to_hired(author: Author) -> Story:
    """R16: what happens after the delivery is not the ATS's business from us."""
    case = author.case(author.usual_job(author.employer("keystone")))
    entries = [case.snapshot(), case.said("New", 0), case.said("Engaged", 300)]
    for number, status in enumerate(("Reviewed", "Interview", "Offer", "Hired")):
        entries.append(case.said(status, 600 + 90 * number, wave=LATER if number else MAIN))
    gone = author.case(author.usual_job(author.employer("keystone")))
    entries += [gone.snapshot(), gone.said("Engaged", 300), gone.said("Rejected", 900, wave=LATER)]
    afterwards = delivered(
        gone, "on_to_hired", decided=("SKIP", "rejected_before_sync")
    )  # A36, had it not been sent yet
    return Story(entries=tuple(entries), expected=(delivered(case, "on_to_hired"), afterwards))
