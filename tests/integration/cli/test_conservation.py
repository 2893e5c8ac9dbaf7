"""`ats-sync conservation`: every application of the topics is in the ledger, once, where it belongs (P1, P4)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.ledger.pool import open_pool
from tests.integration.cli.test_holds import people
from tests.integration.cli.test_ledger_commands import connections_file, ledger, take_in
from tests.unit.cli.commands import run
from tests.unit.cli.test_decide import JOB, record

pytestmark = pytest.mark.service
__all__ = ["ledger"]  # the fixture

HISTORY = [("jobs", "job", JOB), *people("engaged", "new", "withdrawn", "interview")]


@pytest.fixture
def recorded(ledger: str, tmp_path: Path) -> str:
    """The history, taken in and recorded."""
    run("connection", "apply", connections_file(tmp_path))
    take_in(ledger, *HISTORY)
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(record(*one) for one in HISTORY))
    return str(file)


def change(url: str, statement: str) -> None:
    async def act() -> None:
        async with await open_pool(url, size=1) as pool:
            await pool.execute(statement)

    asyncio.run(act())


def judged(file: str) -> tuple[int, dict[str, Any]]:
    done = run("conservation", "--events", file, "--json")
    return done.returncode, json.loads(done.stdout)


def test_p04_the_ledger_agrees_with_a_second_reading(ledger: str, recorded: str) -> None:
    code, found = judged(recorded)
    assert (code, found["faults"], found["moving"], found["not_in_topics"]) == (0, [], 0, 0)
    assert found["buckets"] == {"new": 1, "hold": 2, "skip": 1}


def test_what_was_delivered_so_long_ago_that_its_row_is_gone_counts_as_delivered(ledger: str, recorded: str) -> None:
    change(
        ledger,
        "with old as (delete from delivery returning application_id) update application a "
        "set verdict = 'NOOP', reason = 'already_delivered' from old where a.application_id = old.application_id",
    )
    code, found = judged(recorded)
    assert (code, found["faults"]) == (0, [])
    assert found["buckets"] == {"delivered": 1, "hold": 2, "skip": 1}


def test_a_recording_with_lines_that_are_no_records_is_refused(ledger: str, recorded: str, tmp_path: Path) -> None:
    torn = tmp_path / "torn.jsonl"
    torn.write_text(Path(recorded).read_text() + '\n{"topic": "jobs"')
    done = run("conservation", "--events", str(torn))
    assert (done.returncode, "1 lines of the recording" in done.stderr) == (3, True)


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("delete from application where application_id = 'app-1'", ("app-1", "missing", "-", "HOLD awaiting_engaged")),
        (
            "update application set verdict = 'SKIP', reason = 'withdrawn' where application_id = 'app-3'",
            ("app-3", "otherwise", "SKIP withdrawn", "HOLD gate_skipped"),
        ),
        (
            "delete from delivery",
            ("app-0", "no_delivery", "CREATE", "CREATE"),
        ),
        (
            "update delivery set application_id = 'app-1'",
            ("app-1", "sent", "new", "HOLD awaiting_engaged"),
        ),
    ],
    ids=["lost", "decided otherwise", "without its delivery", "sent too early"],
)
def test_p01_harm_done_to_the_ledger_is_found(
    ledger: str, recorded: str, harm: str, fault: tuple[str, str, str, str]
) -> None:
    change(ledger, harm)
    code, found = judged(recorded)
    assert code == 1
    names = ("application_id", "what", "ledger", "topics")
    assert fault in [tuple(one[name] for name in names) for one in found["faults"]]


def test_what_was_released_or_sent_before_it_ended_is_explained(ledger: str, recorded: str, tmp_path: Path) -> None:
    run("holds", "release", "app-3")
    later = people("withdrawn")[1:]
    take_in(ledger, *[(topic, key, {**value, "sequence": 9}) for topic, key, value in later])
    change(ledger, "update application set decided_at = now() - interval '1 hour'")
    file = tmp_path / "later.jsonl"
    lines = [record(topic, key, {**value, "sequence": 9}) for topic, key, value in later]
    file.write_text("\n".join([Path(recorded).read_text(), *lines]))
    assert judged(str(file))[1]["faults"] == []
