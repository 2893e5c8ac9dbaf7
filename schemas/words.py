"""The closed lists of product.md section 1: sources, statuses, reasons; and how upstream spellings map there (A54)."""

from __future__ import annotations

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


def canonical(word: str) -> str:
    """`Talent Search`, `talent-search`, `TALENT_SEARCH` -> `talent_search`. Unknown words stay, in lower case."""
    return "_".join(word.strip().lower().replace("-", " ").replace("_", " ").split())
