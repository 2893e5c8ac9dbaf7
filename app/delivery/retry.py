"""When a delivery is tried again: pure schedules, jittered, with the randomness passed in."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

ATTEMPTS_S: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 43200, 43200, 86400, 86400)
LIMIT: Final = len(ATTEMPTS_S) + 1  # 15 attempts over about 4 days: a Friday night's outage may last till Tuesday
OVERLOAD_S: Final = 60.0  # a server that timed out twice gets at least this
UNSENT_S: Final = (5, 10, 20, 40, 80, 160, 300)
LONGEST_HOLD_S: Final = 3600.0
THROTTLED_S: Final = 30.0  # a 429 that does not say how long
JITTER: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`scale` shrinks every wait for tests and the demo; what an ATS itself asks for is never shrunk."""

    random: Random
    scale: float = 1.0
    look_interval_s: float = 5.0

    def after_attempt(self, attempts: int) -> float:
        """Seconds until the next try after `attempts` (1 or more) have been used up."""
        wait = float(ATTEMPTS_S[min(attempts, len(ATTEMPTS_S)) - 1])
        return self._spread(max(wait, OVERLOAD_S) if attempts > 1 else wait)

    def after_unsent(self, unsent: int, *, retry_after_s: float | None = None) -> float:
        """Seconds until the next try after `unsent` (1 or more) tries in a row that sent nothing."""
        wait = self._spread(float(UNSENT_S[min(unsent, len(UNSENT_S)) - 1]))
        return max(wait, min(retry_after_s or 0.0, LONGEST_HOLD_S))

    def hold(self, retry_after_s: float | None) -> float:
        """How long a whole connection waits after it was told to slow down: what it asked for, up to an hour."""
        if retry_after_s is None:
            return self._spread(THROTTLED_S)
        return min(max(retry_after_s, 0.0), LONGEST_HOLD_S)

    def between_looks(self) -> float:
        """A little more than the interval, so that the second look always counts."""
        return self.look_interval_s * 1.02

    def breaker(self, trips: int) -> float:
        """How long the breaker stays open: 30 s, doubling to 15 min."""
        return self._spread(min(30.0 * 2 ** min(trips, 10), 900.0))

    def _spread(self, seconds: float) -> float:
        return seconds * self.scale * self.random.uniform(1 - JITTER, 1 + JITTER)
