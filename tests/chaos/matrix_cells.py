"""The cells of the ambiguity matrix: the ways an ATS can end a call, and the kinds of ATS that meet them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.sandbox.faults import EFFECTS, OK, Effect, Plan
from adapters.sandbox.rules import Rules

SETTLE_S: Final = 0.4  # what every account of the matrix is believed to need
_WITHIN_S: Final = SETTLE_S / 2
BEYOND_S: Final = 3600.0  # longer than any run of a wave, whatever the load


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`effects` are met in turn.

    The documented limit of P2: `doubled_for` are the capabilities where an application may be created twice,
    `pdf_doubled_for` where its PDF may be attached twice.
    """

    name: str
    effects: tuple[Effect, ...] = (OK,)
    plan: Plan = field(default_factory=Plan)
    rules: Rules = field(default_factory=Rules)
    doubled_for: frozenset[str] = frozenset()
    pdf_doubled_for: frozenset[str] = frozenset()
    hidden: bool = False  # what landed is not shown before the wave is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One kind of ATS. `writes`: the sandbox's names of the calls that create something, in order."""

    capability: str
    vendor: str
    writes: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.capability} ({self.vendor})"


COLUMNS: Final = (
    Column(capability="key", vendor="webhook", writes=("deliver",)),
    Column(
        capability="native",
        vendor="jobadder",
        writes=("create_candidate", "create_application", "create_attachment"),
    ),
    Column(capability="lookup", vendor="greenhouse", writes=("create_candidate", "create_attachment")),
    Column(capability="none", vendor="greenhouse", writes=("create_candidate", "create_attachment")),
)


def _statuses(*statuses: int, commit: bool = False) -> tuple[Effect, ...]:
    return tuple(Effect(commit="now" if commit else "never", reply="status", status=status) for status in statuses)


def _effects(*names: str) -> tuple[Effect, ...]:
    return tuple(EFFECTS[name] for name in names)


OUTCOMES: Final[Sequence[Outcome]] = (
    Outcome(name="2xx"),
    Outcome(name="2xx, bad body (cut, HTML, empty)", effects=_effects("bad_body", "html_body", "empty_body")),
    Outcome(name="400, 404, 410, 413, 422", effects=_statuses(400, 404, 410, 413, 422)),
    Outcome(name="401", effects=_statuses(401)),
    Outcome(name="403", effects=_statuses(403)),
    Outcome(name="408, not committed", effects=_statuses(408)),
    Outcome(name="408, committed", effects=_statuses(408, commit=True)),
    Outcome(name="409, not committed", effects=_statuses(409)),
    Outcome(name="429 with Retry-After", effects=_effects("429"), plan=Plan(retry_after_s=0.0)),
    Outcome(name="429 without", effects=_effects("429"), plan=Plan(retry_after_form="none")),
    Outcome(name="503 with Retry-After", effects=_effects("503_retry_after"), plan=Plan(retry_after_s=0.0)),
    Outcome(name="500, 502, 503, 504, not committed", effects=_effects("500", "502", "503", "504")),
    Outcome(
        name="500, 502, 503, 504, committed",
        effects=_effects("commit_then_500", "commit_then_502", "commit_then_503", "commit_then_504"),
    ),
    Outcome(name="time-out, not committed", effects=_effects("timeout_no_commit")),
    Outcome(name="time-out, committed", effects=_effects("commit_then_timeout")),
    Outcome(name="reset, not committed", effects=_effects("reset_no_commit")),
    Outcome(name="reset before the headers, committed", effects=_effects("commit_then_reset")),
    Outcome(name="reset inside the body, committed", effects=_effects("commit_then_reset_in_body")),
    Outcome(name="redirect", effects=_effects("redirect")),
    Outcome(
        name="late commit, within settle",
        effects=_effects("late_commit"),
        plan=Plan(late_commit_s=_WITHIN_S),
    ),
    Outcome(
        name="late commit, beyond settle",
        effects=_effects("late_commit"),
        plan=Plan(late_commit_s=BEYOND_S),
        doubled_for=frozenset({"lookup"}),
        # a JobAdder application is unique by itself, its files are not: they are looked for
        pdf_doubled_for=frozenset({"lookup", "native"}),
    ),
    Outcome(
        name="reset, committed, look-up lags within settle",
        effects=_effects("commit_then_reset"),
        plan=Plan(lookup_lag_s=_WITHIN_S),
    ),
    Outcome(
        name="reset, committed, look-up lags beyond settle",
        hidden=True,
        effects=_effects("commit_then_reset"),
        plan=Plan(lookup_lag_s=BEYOND_S),
        doubled_for=frozenset({"lookup"}),
    ),
    Outcome(name="new records 404 for a while", rules=Rules(fresh_404_s=_WITHIN_S)),
)
