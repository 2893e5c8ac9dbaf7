"""Employers whose connection decides: redirect mode, none at all, credentials revoked (R20, A38)."""

from __future__ import annotations

from app.demo.author import Author
from app.demo.outcomes import held, skipped
from app.demo.values import Entry, Story


def redirect_mode(author: Author) -> Story:
    """R20: candidates apply on the ATS's own page."""
    entries: list[Entry] = []
    expected = []
    for source in ("direct", "passive", "talent_search", "direct"):
        case = author.case(author.usual_job(author.employer("summit")), source=source)
        entries += [case.snapshot(), case.said("New", 0), case.said("Engaged", 300)]
        expected.append(skipped(case, "redirect_mode", "redirect_mode"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def never_connected(author: Author) -> Story:
    """Gate 3: asked before the job and the trigger."""
    entries: list[Entry] = []
    expected = []
    for _ in range(4):
        case = author.case(author.usual_job(author.employer("harbor")))
        entries += [case.snapshot(), case.said("New", 0), case.said("Engaged", 300)]
        expected.append(held(case, "never_connected", "no_connection"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def credentials_revoked(author: Author) -> Story:
    """A38: the first call is refused, the connection is paused, everybody waits and nobody is lost."""
    entries: list[Entry] = []
    expected = []
    for _ in range(5):
        case = author.case(author.usual_job(author.employer("ironwood")))
        entries += [case.snapshot(), case.said("Engaged", 300)]
        expected.append(held(case, "credentials_revoked", "connection_down", decided=("CREATE", None)))
    waiting = author.case(author.usual_job(author.employer("ironwood")))
    entries += [waiting.snapshot(), waiting.said("New", 0)]
    expected.append(held(waiting, "credentials_revoked", "awaiting_engaged"))
    return Story(entries=tuple(entries), expected=tuple(expected))
