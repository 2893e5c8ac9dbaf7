"""People the AI recruiter went looking for: only a completed screening and Engaged send them (R3, R4, A8, A9)."""

from __future__ import annotations

from itertools import permutations

from app.demo.author import Author, Case
from app.demo.outcomes import delivered, held
from app.demo.values import GROUNDWORK, LATER, Entry, Story


def every_status_but_engaged(author: Author) -> Story:
    """R3, either trigger."""
    entries, expected = [], []
    for name, status in (("keystone", "New"), ("blueridge", "New"), ("gulf", "Outreach"), ("lakeshore", "Sourcing")):
        case = author.case(author.usual_job(author.employer(name)), source="passive")
        entries += [case.snapshot(screened=False), case.said(status, 0)]
        expected.append(held(case, "every_status_but_engaged", "passive_awaiting_screening"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def screened_but_not_engaged(author: Author) -> Story:
    """R3: a completed screening alone is not enough, under trigger new either."""
    entries, expected = [], []
    for name, source in (("redwood", "Passive"), ("keystone", "upload_prospect")):
        case = author.case(author.usual_job(author.employer(name)), source=source)
        entries += [case.snapshot(), case.said("Outreach", 0), case.said("New", 200)]
        expected.append(held(case, "screened_but_not_engaged", "passive_awaiting_screening"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def three_facts_in_any_order(author: Author) -> Story:
    """R4: reply, completed screening, Engaged: one create whatever comes last."""
    entries, expected = [], []
    for order in permutations(("replied", "completed", "engaged")):
        case = author.case(author.usual_job(author.employer("keystone")), source="passive")
        entries += [case.said("Outreach", 0), *_in_order(case, order)]
        expected.append(delivered(case, "three_facts_in_any_order"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def _in_order(case: Case, order: tuple[str, ...]) -> list[Entry]:
    """Each fact a wave later than the one before; a snapshot carries what is known up to then."""
    whole = {
        "responded_at": case.talk.responded_at.isoformat(),
        "completed_at": case.talk.completed_at.isoformat(),
        "transcript": case.talk.transcript,
    }
    known: dict[str, object] = {}
    entries = []
    for wave, fact in enumerate(order):
        if fact == "engaged":
            entries.append(case.said("Engaged", 330, wave=wave))
            continue
        names = ("responded_at",) if fact == "replied" else ("completed_at", "transcript")
        known = {**known, **{name: whole[name] for name in names}}
        entries.append(case.snapshot(wave=wave, version=wave + 1, screening=known))
    return entries


def dragged_without_evidence(author: Author) -> Story:
    """A8: dragged to Engaged without a reply waits, unless the policy trusts the status."""
    waits, goes = (
        author.case(author.usual_job(author.employer(name)), source="passive") for name in ("keystone", "prairie")
    )
    entries = [
        e
        for case in (waits, goes)
        for e in (case.snapshot(screened=False), case.said("Outreach", 0), case.said("Engaged", 300))
    ]
    expected = (
        held(waits, "dragged_without_evidence", "passive_awaiting_screening"),
        delivered(goes, "dragged_without_evidence"),
    )
    return Story(entries=tuple(entries), expected=expected)


def past_engaged_without_it(author: Author) -> Story:
    """Section 2: passive, past Engaged but never Engaged, under either trigger."""
    entries, expected = [], []
    for name in ("keystone", "blueridge", "lakeshore"):
        case = author.case(author.usual_job(author.employer(name)), source="passive")
        entries += [case.snapshot(wave=GROUNDWORK), case.said("Outreach", 0), case.said("Interview", 400)]
        expected.append(held(case, "past_engaged_without_it", "gate_skipped"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def applied_after_all(author: Author) -> Story:
    """A9: sourced first, then applied on the same job: direct from then on, whatever the screening says."""
    waits, goes = (author.case(author.usual_job(author.employer("keystone")), source="passive") for _ in range(2))
    entries = [waits.snapshot(screened=False), waits.said("Outreach", 0)]
    entries.append(waits.snapshot(wave=LATER, version=3, screened=False, source="direct"))
    entries += [goes.snapshot(wave=GROUNDWORK, version=1, screened=False), goes.said("Engaged", 300)]
    entries.append(goes.snapshot(version=2, screened=False, source="Direct"))
    expected = (held(waits, "applied_after_all", "awaiting_engaged"), delivered(goes, "applied_after_all"))
    return Story(entries=tuple(entries), expected=expected)


def screened_under_new(author: Author) -> Story:
    """R4 under trigger new."""
    entries, expected = [], []
    for name in ("redwood", "gulf", "blueridge"):
        case = author.case(author.usual_job(author.employer(name)), source="passive")
        entries += [case.snapshot(), case.said("Sourcing", 0), case.said("New", 180), case.said("Engaged", 330)]
        expected.append(delivered(case, "screened_under_new"))
    return Story(entries=tuple(entries), expected=tuple(expected))
