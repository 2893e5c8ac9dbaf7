"""`ats-sync holds`: what a person answers for is let go, and nothing else (A7, A8, A11, A16)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.ledger.pool import open_pool
from tests.integration.cli.test_ledger_commands import connections_file, ledger, listed, take_in
from tests.unit.cli.commands import run
from tests.unit.cli.test_decide import JOB, application, status

pytestmark = pytest.mark.service
__all__ = ["ledger"]  # the fixture


def actions(url: str) -> list[tuple[str, int, str]]:
    async def read() -> list[tuple[str, int, str]]:
        async with await open_pool(url, size=1) as pool:
            rows = await pool.fetch("select action, n, reason from operator_action order by id")
            return [(row["action"], row["n"], row["reason"]) for row in rows]

    return asyncio.run(read())


def people(*statuses: str, **changes: Any) -> list[tuple[str, str, Any]]:
    """One application a status, each of somebody else."""
    who, records = application()["candidate"], []
    for n, word in enumerate(statuses):
        name = f"app-{n}"
        other = {**who, "id": f"c{n}", "email": f"{n}@example.com"}
        records.append(("applications", name, application(**{"application_id": name, "candidate": other, **changes})))
        records.append(("candidate-status", name, status(word, application_id=name)))
    return records


def kinds(application_id: str) -> list[str]:
    return [row["kind"] for row in listed("explain", application_id)["application_deliveries"]]


@pytest.fixture
def acme(ledger: str, tmp_path: Path) -> str:
    assert run("connection", "apply", connections_file(tmp_path)).returncode == 0
    return ledger


def test_a07_one_who_skipped_engaged_is_released_by_one_command(acme: str) -> None:
    take_in(acme, ("jobs", "job", JOB), *people("interview"))
    assert kinds("app-0") == []
    (row,) = listed("holds", "list")
    assert (row["application_id"], row["reason"]) == ("app-0", "gate_skipped")
    assert listed("holds", "release", "app-0", "--why", "asked for") == [
        {"application_id": "app-0", "released": "gate_skipped", "verdict": "CREATE", "reason": None}
    ]
    assert (kinds("app-0"), listed("holds", "list")) == (["create"], [])
    assert actions(acme) == [("release", 1, "asked for")]


def test_a08_one_sourced_who_never_answered_is_released_too(acme: str) -> None:
    take_in(acme, ("jobs", "job", JOB), *people("engaged", source="passive", screening=None))
    assert [row["reason"] for row in listed("holds", "list")] == ["passive_awaiting_screening"]
    assert run("holds", "release", "app-0").returncode == 0
    assert kinds("app-0") == ["create"]


def test_a11_two_accounts_of_one_address_are_two_people_when_somebody_says_so(acme: str) -> None:
    same = {**application()["candidate"], "email": "both@example.com"}
    first, second = people("engaged", "engaged")[::2]
    records = [
        (topic, key, {**value, "candidate": {**same, "id": f"c-{key}"}}) for topic, key, value in (first, second)
    ]
    take_in(acme, ("jobs", "job", JOB), *records, *people("engaged", "engaged")[1::2])
    (row,) = listed("holds", "list", "--reason", "ambiguous_delivery")
    assert run("holds", "release", row["application_id"]).returncode == 0
    assert kinds("app-0") == kinds("app-1") == ["create"]


def test_a16_the_backfill_of_a_job_is_looked_at_and_then_approved(acme: str) -> None:
    late = {**JOB, "occurred_at": "2026-01-03T00:00:00Z"}
    take_in(acme, ("jobs", "job", late), *people("engaged", "engaged", "new"))
    chosen = ("--reason", "backfill_approval", "--job", "job")
    assert len(listed("holds", "release", *chosen, "--dry-run")) == 2
    assert (kinds("app-0"), actions(acme)) == ([], [])
    assert [row["verdict"] for row in listed("holds", "release", *chosen)] == ["CREATE", "CREATE"]
    backfill = next(gate for gate in listed("explain", "app-0")["gates"] if gate["name"] == "backfill")
    assert (backfill["passed"], backfill["inputs"]["approved"]) == (True, True)
    assert kinds("app-2") == []


def test_a_release_opens_one_gate_and_no_other(acme: str) -> None:
    nameless = {**application()["candidate"], "email": None}
    take_in(acme, ("jobs", "job", JOB), *people("interview", candidate=nameless))
    (row,) = listed("holds", "release", "app-0")
    assert (row["released"], row["verdict"], row["reason"]) == ("gate_skipped", "HOLD", "missing_email")
    assert kinds("app-0") == []


@pytest.mark.parametrize("word", ["withdrawn", "engaged"])
def test_what_may_not_or_need_not_be_released_is_refused_whole(acme: str, word: str) -> None:
    take_in(acme, ("jobs", "job", JOB), *people("interview", word))
    done = run("holds", "release", "app-0", "app-1")
    assert (done.returncode, "app-1" in done.stderr) == (1, True)
    assert (kinds("app-0"), actions(acme)) == ([], [])


def test_many_at_once_want_a_word_more(acme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.holds._MANY", 1)
    take_in(acme, ("jobs", "job", JOB), *people("interview", "interview"))
    assert run("holds", "release", "--reason", "gate_skipped").returncode == 2
    assert actions(acme) == []
    assert len(json.loads(run("holds", "release", "--reason", "gate_skipped", "--yes", "--json").stdout)) == 2


def test_an_order_without_a_choice_is_misuse_and_an_unknown_id_is_not_found(acme: str) -> None:
    assert run("holds", "release").returncode == 2
    assert run("holds", "release", "--connection", "acme").returncode == 2
    assert run("holds", "release", "nobody").returncode == 4
