"""How the one Chromium is run, and what the pool counts; plain values that wiring and metrics share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.errors import ConfigError

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSettings:
    """`sandbox` False is only ever an explicit setting. Numbers: pdf.md section 12, docs/profile.md; Chromium 156."""

    executable: Path = Path("chromium-headless-shell")
    sandbox: bool = True
    slots: int = 3
    queue_per_slot: int = 4
    deadline_s: float = 10.0
    deadline_s_per_megabyte: float = 20.0  # of HTML: 2,000 long turns are no hung document
    wait_s: float = 30.0
    start_s: float = 20.0
    open_s: float = 10.0  # of a page, which takes 0.2: a browser that stands still must not cost what a start may take
    drain_s: float = 5.0
    check_every_s: float = 10.0
    renders_per_slot: int = 500
    renders_per_browser: int = 2_000
    browser_age_s: float = 3_600.0
    browser_bytes: int = 600 * MIB
    large_document_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        """Raises ConfigError naming every number that cannot work."""
        wrong = [name for name in _POSITIVE if getattr(self, name) <= 0]
        wrong += [name for name in ("queue_per_slot", "deadline_s_per_megabyte") if getattr(self, name) < 0]
        if wrong:
            raise ConfigError(f"browser settings must be positive: {', '.join(wrong)}")


_POSITIVE: Final = (
    "slots",
    "deadline_s",
    "wait_s",
    "start_s",
    "open_s",
    "drain_s",
    "check_every_s",
    "renders_per_slot",
    "renders_per_browser",
    "browser_age_s",
    "browser_bytes",
    "large_document_bytes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserCounters:
    """What happened so far (monotonic, but for the gauges `idle`, `in_use`, `waiting`, `memory_bytes`)."""

    renders: int = 0
    failures: int = 0
    timeouts: int = 0
    crashes: int = 0
    refused: int = 0
    retries: int = 0
    launches: int = 0
    launch_failures: int = 0
    browsers_lost: int = 0
    killed: int = 0
    rotations_by_reason: tuple[tuple[str, int], ...] = ()
    slots_replaced: int = 0
    idle: int = 0
    in_use: int = 0
    waiting: int = 0
    memory_bytes: int = 0
