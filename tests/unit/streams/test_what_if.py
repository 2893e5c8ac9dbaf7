"""Two policies over one history: the difference, and nothing but the difference."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.connection import Connection, Policy
from streams.replay import fold_lines, rules_of
from streams.what_if import WhatIf, compare
from tests.unit.streams.histories import LATER, LIMITS, connection, line, status
from tests.unit.streams.test_replay import app_line, job_line


def told(word: str, application_id: str) -> str:
    return line("candidate-status", application_id, msgspec.to_builtins(status(word, application_id=application_id)))


HISTORY = [
    job_line(),
    *(app_line(name) for name in ("app-1", "app-2", "app-3")),
    told("new", "app-1"),
    told("engaged", "app-2"),
    told("interview", "app-3"),
]


def asked(before: Connection, after: Connection) -> WhatIf:
    folded = fold_lines(HISTORY, LIMITS)
    return compare(folded, rules_of([before], LATER), rules_of([after], LATER))


def shown(found: WhatIf) -> list[tuple[str, str, str]]:
    rows: list[dict[str, Any]] = [one.as_json() for one in found.changed]
    return [(row["application_id"], row["before"], row["after"]) for row in rows]


def test_a19_another_trigger_shows_whom_it_would_have_sent() -> None:
    found = asked(connection(), connection(trigger="new"))
    assert shown(found) == [
        ("app-1", "HOLD awaiting_engaged", "CREATE"),
        ("app-3", "HOLD gate_skipped", "CREATE"),
    ]
    assert found.same == 1


def test_a_policy_that_holds_says_what_would_be_missing() -> None:
    found = asked(connection(trigger="new"), connection(trigger="new", policy=Policy(redirect_mode=True)))
    assert {after for _, _, after in shown(found)} == {"SKIP redirect_mode"}
    assert {one.as_json()["missing"] for one in found.changed} == {"the employer leaving redirect mode"}


def test_the_same_rules_change_nothing() -> None:
    found = asked(connection(), connection())
    assert (found.changed, found.same) == ((), 3)
