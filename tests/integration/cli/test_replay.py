"""`ats-sync replay`: the topics once more into a shadow ledger; the live one is only read, and nothing goes out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.ledger.pool import open_pool
from tests.integration.cli.test_conservation import change, recorded
from tests.integration.cli.test_ledger_commands import ledger, listed
from tests.unit.cli.commands import run

pytestmark = pytest.mark.service
__all__ = ["ledger", "recorded"]  # the fixtures


def shadowed(recording: str, into: str) -> tuple[int, dict[str, Any]]:
    done = run("replay", "--into", into, "--events", recording, "--json")
    return done.returncode, json.loads(done.stdout)


def values(url: str, query: str) -> list[Any]:
    async def read() -> list[Any]:
        async with await open_pool(url, size=1) as pool:
            return [row[0] for row in await pool.fetch(query)]

    return asyncio.run(read())


def test_the_same_version_comes_to_the_same_and_sends_nothing(
    ledger: str, recorded: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, told = listed("deliveries", "list"), values(ledger, "select id from outbox")
    code, found = shadowed(recorded, empty_database_url)
    assert (code, found["same"], found["differing"], found["records"]) == (0, 4, [], 9)
    assert listed("deliveries", "list") == before
    assert values(ledger, "select id from outbox") == told
    assert values(empty_database_url, "select credentials from connection") == [b""]
    assert values(empty_database_url, "select state from delivery") == ["new"]
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", empty_database_url)
    assert listed("explain", "app-3")["application"]["reason"] == "gate_skipped"


def test_what_is_decided_otherwise_is_listed(ledger: str, recorded: str, empty_database_url: str) -> None:
    change(ledger, "update application set verdict = 'SKIP', reason = 'withdrawn' where application_id = 'app-1'")
    change(ledger, "delete from application where application_id = 'app-3'")
    code, found = shadowed(recorded, empty_database_url)
    assert code == 1
    assert found["differing"] == [
        {"application_id": "app-1", "live": "SKIP withdrawn", "shadow": "HOLD awaiting_engaged"},
        {"application_id": "app-3", "live": "-", "shadow": "HOLD gate_skipped"},
    ]


def test_a_shadow_that_is_not_there_is_named_by_its_option(ledger: str, recorded: str) -> None:
    done = run("replay", "--into", f"{ledger.rsplit('/', 1)[0]}/nobody_made_it", "--events", recorded)
    assert (done.returncode, "the database that --into names" in done.stderr) == (3, True)


def test_a_shadow_is_never_the_live_ledger_nor_one_in_use(
    ledger: str, recorded: str, empty_database_url: str, tmp_path: Path
) -> None:
    assert run("replay", "--into", ledger, "--events", recorded).returncode == 3
    change(ledger, "update alembic_version set version_num = '0005'")
    assert run("replay", "--into", f"{ledger}?application_name=other", "--events", recorded).returncode == 3
    assert values(ledger, "select version_num from alembic_version") == ["0005"]  # nobody brought it up to date
    assert shadowed(recorded, empty_database_url)[0] == 0
    assert run("replay", "--into", empty_database_url, "--events", recorded).returncode == 3
    assert len(values(ledger, "select application_id from application")) == 4
