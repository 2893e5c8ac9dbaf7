"""What most weeks look like: nothing special, in believable shares."""

from __future__ import annotations

from typing import Final

from app.demo.author import Author, Case
from app.demo.outcomes import delivered, held, skipped
from app.demo.values import MAIN, Employer, Entry, Expected, Story
from schemas.words import Reason

_ENDINGS: Final[tuple[tuple[str, Reason], ...]] = (("Withdrawn", "withdrawn"), ("Rejected", "rejected_before_sync"))
_AFTERWARDS: Final = ("Reviewed", "Interview", "Offer", "Hired")


def ordinary(author: Author) -> Story:
    """One application at one of the connected employers."""
    names = ("keystone", "lakeshore", "redwood", "blueridge", "gulf", "prairie")
    employer = author.employer(author.rng.choice(names))
    kinds = _UNDER_ENGAGED if employer.trigger == "engaged" else _UNDER_NEW
    plot = author.rng.choices([plot for plot, _ in kinds], [share for _, share in kinds])[0]
    entries, expected = plot(author, employer)
    return Story(entries=entries, expected=(expected,))


Told = tuple[tuple[Entry, ...], Expected]


def _screened(author: Author, employer: Employer) -> Told:
    case = _case(author, employer, ("direct", "direct", "talent_search"))
    later = author.rng.choice((0, 0, 1, 2, 3, 4)) if employer.policy.get("past_gate") != "sync" else 0
    after = (case.said(word, 600 + 60 * number) for number, word in enumerate(_AFTERWARDS[:later]))
    return (case.snapshot(), case.said("New", 0), case.said("Engaged", 300), *after), delivered(case, "ordinary")


def _sourced(author: Author, employer: Employer) -> Told:
    case = _case(author, employer, ("passive", "passive", "upload_prospect"))
    entries = (case.snapshot(), case.said("Outreach", 0), case.said("Sourcing", 30), case.said("Engaged", 360))
    return entries, delivered(case, "ordinary")


def _no_reply(author: Author, employer: Employer) -> Told:
    case = _case(author, employer, ("passive",))
    entries = (case.snapshot(version=1, screened=False), case.said(author.rng.choice(("Outreach", "Sourcing")), 0))
    return entries, held(case, "ordinary", "passive_awaiting_screening")


def _waiting(author: Author, employer: Employer) -> Told:
    case = _case(author, employer, ("direct", "upload_screen"))
    return (case.snapshot(version=1, screened=False), case.said("New", 0)), held(case, "ordinary", "awaiting_engaged")


def _gave_up(author: Author, employer: Employer) -> Told:
    case = _case(author, employer, ("direct",))
    endings = _ENDINGS[:1] if employer.policy.get("rejected") == "sync" else _ENDINGS
    word, reason = author.rng.choice(endings)
    entries = (case.snapshot(version=1, screened=False), case.said("New", 0), case.said(word, 200))
    return entries, skipped(case, "ordinary", reason)


def _applied(author: Author, employer: Employer) -> Told:
    case = _case(author, employer, ("direct", "talent_search", "moved"))
    return (case.snapshot(wave=MAIN), case.said("New", 0)), delivered(case, "ordinary")


def _case(author: Author, employer: Employer, sources: tuple[str, ...]) -> Case:
    return author.case(author.usual_job(employer), source=author.rng.choice(sources))


_UNDER_ENGAGED = ((_screened, 48), (_sourced, 16), (_no_reply, 12), (_waiting, 16), (_gave_up, 8))
_UNDER_NEW = ((_applied, 62), (_sourced, 18), (_no_reply, 20))
