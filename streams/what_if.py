"""Two sets of rules over one history: which applications would be decided otherwise, and how; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.decision import Decision
from streams.replay import Folded, Rules, outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One application under both. `missing`: what it would need under the second, if it is not sent there."""

    application_id: str
    connection: str | None
    before: Decision
    after: Decision

    def as_json(self) -> dict[str, Any]:
        return {
            "application_id": self.application_id,
            "connection": self.connection,
            "before": _words(self.before),
            "after": _words(self.after),
            "missing": next((gate.missing for gate in self.after.gates if not gate.passed), None),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """`changed` by application id; `same`: how many are decided alike."""

    changed: tuple[Changed, ...]
    same: int


def compare(folded: Folded, before: Rules, after: Rules) -> WhatIf:
    """Both decide every application of `folded`, as if nothing had been delivered."""
    pairs = list(_pairs(folded, before, after))
    changed = tuple(one for one in pairs if _words(one.before) != _words(one.after))
    return WhatIf(changed=changed, same=len(pairs) - len(changed))


def _pairs(folded: Folded, before: Rules, after: Rules) -> Iterator[Changed]:
    for first, second in zip(outcome(folded, before).decisions, outcome(folded, after).decisions, strict=True):
        yield Changed(
            application_id=first.application_id,
            connection=second.connection or first.connection,
            before=first.decision,
            after=second.decision,
        )


def _words(decision: Decision) -> str:
    return f"{decision.verdict} {decision.reason}" if decision.reason else decision.verdict
