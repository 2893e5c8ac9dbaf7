"""The closed lists of docs/rules.md: sources, statuses, reasons; and how upstream spellings map there (A54)."""

from __future__ import annotations

import re
from typing import Final, Literal

Trigger = Literal["engaged", "new"]

FOLLOWS_TRIGGER: Final = frozenset({"direct", "talent_search", "upload_screen", "moved"})
PASSIVE_GATE: Final = frozenset({"passive", "upload_prospect"})
SOURCES: Final = FOLLOWS_TRIGGER | PASSIVE_GATE

BEFORE_ENGAGED: Final = frozenset({"new", "outreach", "sourcing"})
PAST_ENGAGED: Final = frozenset({"reviewed", "interview", "offer", "hired"})
ENDED: Final = frozenset({"rejected", "withdrawn"})
PIPELINE: Final = BEFORE_ENGAGED | PAST_ENGAGED | {"engaged"}
STATUSES: Final = PIPELINE | ENDED

JOB_STATES: Final = frozenset({"open", "closed", "archived"})

Reason = Literal[
    "awaiting_new",
    "awaiting_engaged",
    "passive_awaiting_screening",
    "gate_skipped",
    "job_not_linked",
    "job_closed",
    "job_archived",
    "redirect_mode",
    "no_connection",
    "connection_down",
    "missing_name",
    "missing_email",
    "missing_required_phone",
    "awaiting_resume",
    "awaiting_assessment",
    "facts_incomplete",
    "unknown_source",
    "unknown_status",
    "withdrawn",
    "rejected_before_sync",
    "erased",
    "backfill_approval",
    "surge_brake",
    "ambiguous_delivery",
    "update_unsupported",
    "already_delivered",
]

SKIP_REASONS: Final = frozenset({"redirect_mode", "erased", "withdrawn", "rejected_before_sync"})


_WORDLIKE: Final = re.compile(r"[a-z][a-z_]{0,39}")


def canonical(word: str) -> str:
    """`Talent Search`, `talent-search`, `TALENT_SEARCH` -> `talent_search`. Unknown words stay, in lower case."""
    return "_".join(word.strip().lower().replace("-", " ").replace("_", " ").split())


def kept_word(text: str) -> str:
    """The canonical word. One we do not know is free text, and stays only where it reads like a word of a list.

    What is kept of it outlives an erasure, so it must not be able to hold a sentence about somebody.
    """
    word = canonical(text)
    return word if _WORDLIKE.fullmatch(word) else "(not a word)"
