"""People who withdrew, were rejected, or asked to be forgotten (A34, A36, A45)."""

from __future__ import annotations

from app.demo.author import Author
from app.demo.outcomes import arrived, delivered, skipped
from app.demo.values import GROUNDWORK, LATER, Story


def withdrew(author: Author) -> Story:
    """A34: also when an older Engaged is heard only afterwards."""
    early, late = (author.case(author.usual_job(author.employer(name))) for name in ("keystone", "prairie"))
    entries = (
        *(early.snapshot(), early.said("New", 0), early.said("Withdrawn", 240)),
        *(late.snapshot(), late.said("New", 0), late.said("WITHDRAWN", 400)),
        late.said("Engaged", 300, wave=LATER),
    )
    return Story(
        entries=entries, expected=(skipped(early, "withdrew", "withdrawn"), skipped(late, "withdrew", "withdrawn"))
    )


def withdrew_under_new(author: Author) -> Story:
    """A34 where New alone would have sent: the withdrawal is known before the application."""
    case = author.case(author.usual_job(author.employer("gulf")), source="talent_search")
    entries = (case.said("New", 0, wave=GROUNDWORK), case.said("Withdrawn", 90, wave=GROUNDWORK), case.snapshot())
    return Story(entries=entries, expected=(skipped(case, "withdrew_under_new", "withdrawn"),))


def rejected_first(author: Author) -> Story:
    """A36, and the one employer who wants them all the same."""
    stays, goes = (author.case(author.usual_job(author.employer(name))) for name in ("lakeshore", "prairie"))
    entries = (
        *(stays.snapshot(), stays.said("New", 0), stays.said("Rejected", 380)),
        *(goes.snapshot(), goes.said("New", 0), goes.said("Engaged", 300), goes.said("Rejected", 380)),
    )
    expected = (skipped(stays, "rejected_first", "rejected_before_sync"), delivered(goes, "rejected_first"))
    return Story(entries=entries, expected=expected)


def forgotten_first(author: Author) -> Story:
    """A45: erased before the application is heard of, and erased while it waits; no later record brings it back."""
    before, waiting = (author.case(author.usual_job(author.employer("keystone"))) for _ in range(2))
    entries = (
        before.erasure(350, wave=GROUNDWORK),
        *(before.snapshot(), before.said("Engaged", 300)),
        *(waiting.snapshot(), waiting.said("New", 0), waiting.erasure(260)),
        *(waiting.said("Engaged", 300, wave=LATER), waiting.snapshot(wave=LATER, version=3)),
    )
    expected = (skipped(before, "forgotten_first", "erased"), skipped(waiting, "forgotten_first", "erased"))
    return Story(entries=entries, expected=expected)


def forgotten_after_delivery(author: Author) -> Story:
    """A45: erased once it is in the ATS: the erasure goes there too, as far as the ATS can."""
    entries, expected = [], []
    for name in ("keystone", "lakeshore", "prairie"):
        case = author.case(author.usual_job(author.employer(name)))
        entries += [case.snapshot(), case.said("Engaged", 300), case.erasure(800, wave=LATER)]
        gone = arrived(case, erased=True)
        expected.append(skipped(case, "forgotten_after_delivery", "erased", arrival=gone))
    return Story(entries=tuple(entries), expected=tuple(expected))
