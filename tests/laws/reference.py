"""A second, naive opinion on docs/rules.md, read off its table: no code of ours, only words and seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BEFORE, PAST = ("new", "outreach", "sourcing"), ("reviewed", "interview", "offer", "hired")
ENDS = {"withdrawn": "withdrawn", "rejected": "rejected_before_sync"}


@dataclass(frozen=True, kw_only=True)
class Story:
    """One application's life: (second, status) in order; policies; all else is complete, healthy and linked early."""

    steps: Sequence[tuple[int, str]]
    source: str
    trigger: str
    applied: bool = False
    evidence: bool = True
    passive_evidence: str = "required"
    past_gate: str = "hold"
    rejected: str = "skip"
    settle: int = 60
    since: int | None = None  # when the trigger became what it is: A19 counts a New or a step past Engaged from then on
    now: int = 10**6


def expected(story: Story) -> tuple[str, str | None]:
    """The verdict and its reason."""
    words = [word for _, word in story.steps]
    if words[-1] in ENDS and not (words[-1] == "rejected" and story.rejected == "sync"):
        return "SKIP", ENDS[words[-1]]
    if words[-1] not in (*BEFORE, *PAST, *ENDS, "engaged"):
        return "HOLD", "unknown_status"
    passive = story.source in ("passive", "upload_prospect") and not story.applied
    slips, visit = 0, None
    for second, word in [*story.steps, (story.now, "end")]:
        if word == "engaged":
            visit = second if visit is None else visit
        elif visit is not None:
            undone = word in (*BEFORE, "end") and second - visit <= story.settle and story.settle > 0
            if not undone:
                return _engaged(story, words, passive=passive)
            slips, visit = slips + (word == "end"), None
    if slips and not (story.trigger == "new" and _reached(story, ["new"]) and not passive):
        lacking = passive and not story.evidence and story.passive_evidence == "required"
        return "HOLD", "passive_awaiting_screening" if lacking else "awaiting_engaged"
    return _not_engaged(story, words, passive=passive)


def _engaged(story: Story, words: Sequence[str], *, passive: bool) -> tuple[str, str | None]:
    if passive and not story.evidence and story.passive_evidence == "required":
        return "HOLD", "passive_awaiting_screening"
    return "CREATE", None


def _not_engaged(story: Story, words: Sequence[str], *, passive: bool) -> tuple[str, str | None]:
    pipeline = [word for word in words if word in (*BEFORE, *PAST, "engaged")]
    past = bool(pipeline) and pipeline[-1] in PAST
    if passive:
        return "HOLD", "gate_skipped" if past else "passive_awaiting_screening"
    if story.trigger == "new" and (_reached(story, ["new"]) or (past and _reached(story, PAST))):
        return "CREATE", None
    if story.trigger == "new" and not past and "new" not in words:
        return "HOLD", "awaiting_new"
    if past:
        return ("CREATE", None) if story.past_gate == "sync" else ("HOLD", "gate_skipped")
    return "HOLD", "awaiting_engaged"


def _reached(story: Story, words: Sequence[str]) -> bool:
    return any(word in words and second >= (story.since or 0) for second, word in story.steps)
