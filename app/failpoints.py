"""Test switches: named points at which a process kills itself, and safety mechanisms that can be taken out."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from schemas.errors import ConfigError

Point = Literal[
    "before_ingest_txn",
    "after_ingest_txn_before_commit",
    "after_ingest_commit",
    "before_claim",
    "after_claim",
    "after_load",
    "before_push",
    "before_start",
    "after_start",
    "before_finish",
    "after_finish",
    "before_refused",
    "after_look",
    "after_push",
    "before_settle",
    "after_settle",
    "before_render_claim",
    "after_render_claim",
    "mid_render",
    "after_render",
    "before_artifact",
    "after_artifact",
    "before_reap",
    "after_reap",
    "before_relay",
    "after_relay",
]
Guard = Literal["fence", "settle", "write_ahead", "auditor", "serial", "inflight"]

POINTS: Final[tuple[str, ...]] = get_args(Point)
GUARDS: Final[tuple[str, ...]] = get_args(Guard)


@dataclass(slots=True, kw_only=True)
class Failpoints:
    """`armed`: point -> the how-maniest passing kills the process. `without`: mechanisms that are switched off.

    What follows a look for work is passed only where there was some: a kill that interrupts nothing shows nothing.
    The real one has neither, and costs a dictionary look-up per point.
    """

    armed: Mapping[str, int] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    _passed: Counter[str] = field(default_factory=Counter)

    def passing(self, point: Point) -> None:
        """Ends the process here with SIGKILL when it is this passing's turn."""
        if point not in self.armed:
            return
        self._passed[point] += 1
        if self._passed[point] == self.armed[point]:
            os.kill(os.getpid(), signal.SIGKILL)

    def has(self, guard: Guard) -> bool:
        """Whether the mechanism is in place."""
        return guard not in self.without


def parse_failpoints(points: str, ablated: str) -> Failpoints:
    """From settings: `after_start:3,mid_render` and `fence,settle`. Raises ConfigError for a name nobody passes."""
    armed, faults = {}, []
    for entry in filter(None, (part.strip() for part in points.split(","))):
        name, _, nth = entry.partition(":")
        armed[name] = int(nth) if nth.isdigit() and int(nth) > 0 else 1
        if name not in POINTS or (nth and not (nth.isdigit() and int(nth) > 0)):
            faults.append(f"no failpoint {entry!r}")
    without = frozenset(filter(None, (part.strip() for part in ablated.split(","))))
    faults += [f"no mechanism {name!r} to take out" for name in sorted(without - set(GUARDS))]
    if faults:
        raise ConfigError("; ".join(faults))
    return Failpoints(armed=armed, without=without)
