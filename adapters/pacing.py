"""What an ATS says of its own rate limit in reply headers, and how long to wait when the window is used up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SPELLINGS: Final = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
_EPOCH: Final = 1_000_000_000.0  # larger numbers are instants since 1970, smaller ones seconds to wait
_MAX_WAIT_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One reading. `reset_s`: seconds from `at` until the window is full again; None: the ATS did not say."""

    limit: int | None
    remaining: int | None
    reset_s: float | None

    @property
    def wait_s(self) -> float:
        """How long to hold the next call back: 0 unless the window is used up and its end is known."""
        return self.reset_s if self.remaining == 0 and self.reset_s is not None else 0.0


def limits_told(headers: Mapping[str, str], *, at: float) -> Limits | None:
    """The limit in one reply's headers (names in lower case), read at `at` (epoch seconds). None: not told.

    Greenhouse and Workable give the reset as an instant, others as seconds (ats.md, cross-cutting rules).
    """
    for spelling in _SPELLINGS:
        limit = _number(headers, spelling + "limit")
        remaining = _number(headers, spelling + "remaining")
        if limit is not None or remaining is not None:
            return Limits(
                limit=None if limit is None else int(limit),
                remaining=None if remaining is None else int(remaining),
                reset_s=_reset_s(_number(headers, spelling + "reset"), at),
            )
    return None


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _reset_s(told: float | None, at: float) -> float | None:
    if told is None:
        return None
    return min(_MAX_WAIT_S, max(0.0, told - at if told > _EPOCH else told))
