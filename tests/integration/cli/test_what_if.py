"""`ats-sync what-if` and `ats-sync record`: other policies over the ledger or a recorded topic; nothing is sent."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.embedded.broker import Broker, start_broker
from app.embedded.topics import create_topics
from app.publish import publish_records
from schemas.record import Record
from streams.topics import SOURCE_TOPICS
from tests.integration.cli.test_holds import people
from tests.integration.cli.test_ledger_commands import connections_file, ledger, listed, take_in
from tests.unit.cli.commands import run
from tests.unit.cli.test_decide import AT_MS, CONNECTION, JOB

pytestmark = pytest.mark.service
__all__ = ["ledger"]  # the fixture


@pytest.fixture
def broker() -> Iterator[Broker]:
    """One of its own: the topics have their real names."""
    server = asyncio.run(start_broker())
    yield server
    asyncio.run(server.stop())


def as_it_might_be(tmp_path: Path, **changes: Any) -> str:
    path = tmp_path / "instead.json"
    path.write_text(json.dumps([{**CONNECTION, **changes}]))
    return str(path)


def shown(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["application_id"], row["before"], row["after"]) for row in rows]


def test_a19_the_ledgers_own_history_under_another_trigger(ledger: str, tmp_path: Path) -> None:
    run("connection", "apply", connections_file(tmp_path))
    take_in(ledger, ("jobs", "job", JOB), *people("new", "engaged", "withdrawn"))
    before = listed("deliveries", "list")
    instead = as_it_might_be(tmp_path, trigger="new")
    assert shown(listed("what-if", instead)) == [("app-0", "HOLD awaiting_engaged", "CREATE")]
    assert run("what-if", instead).stderr.splitlines()[0] == "1 decided otherwise, 2 the same"
    assert listed("deliveries", "list") == before
    assert listed("connection", "show", "acme")["trigger"] == "engaged"


def test_a_paused_connection_stays_paused_in_what_might_be(ledger: str, tmp_path: Path) -> None:
    run("connection", "apply", connections_file(tmp_path))
    run("connection", "pause", "acme")
    take_in(ledger, ("jobs", "job", JOB), *people("engaged", "new"))
    found = listed("what-if", as_it_might_be(tmp_path, trigger="new"))
    assert shown(found) == [("app-1", "HOLD awaiting_engaged", "HOLD connection_down")]


def test_half_of_a_recorded_history_is_misuse(tmp_path: Path) -> None:
    done = run("what-if", as_it_might_be(tmp_path), "--events", "-")
    assert (done.returncode, "--connections" in done.stderr) == (2, True)


def test_what_is_recorded_is_what_was_published_and_can_be_asked(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [("jobs", "job", JOB), *people("new", "engaged")]
    sent = [
        Record(topic=topic, key=key.encode(), value=json.dumps(value).encode(), timestamp_ms=AT_MS)
        for topic, key, value in values
    ]

    async def publish() -> None:
        await create_topics(broker.bootstrap, dict.fromkeys(SOURCE_TOPICS, 2))
        await publish_records(sent, bootstrap=broker.bootstrap)

    asyncio.run(publish())
    monkeypatch.setenv("ATS_SYNC_KAFKA_URL", f"kafka://{broker.bootstrap}")
    file = tmp_path / "events.jsonl"
    assert run("record", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert sorted((one["topic"], one["key"], one["payload"]) for one in lines) == sorted(
        (topic, key, json.dumps(value)) for topic, key, value in values
    )
    assert {one["ts"] for one in lines} == {AT_MS}
    assert run("record", str(file)).returncode == 3  # what is there is not written over
    asked = ("--events", str(file), "--connections", connections_file(tmp_path))
    found = listed("what-if", as_it_might_be(tmp_path, trigger="new"), *asked)
    assert shown(found) == [("app-0", "HOLD awaiting_engaged", "CREATE")]


def test_a_recording_that_does_not_become_whole_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_KAFKA_URL", "kafka://127.0.0.1:1")
    assert run("record", str(tmp_path / "events.jsonl")).returncode == 5
    assert list(tmp_path.iterdir()) == []
