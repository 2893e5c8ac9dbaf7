"""Commands over a real ledger: connections set up, applications explained, deliveries and dead letters listed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.cli.output import ExitCode
from app.intake.intake import Intake
from app.intake.judging import Rules
from app.ledger.intake import IngestLedger
from app.ledger.pool import open_pool
from app.secrets import new_key
from schemas.record import Record
from tests.unit.cli.commands import run
from tests.unit.cli.test_decide import AT_MS, CONNECTION, JOB, application, status

pytestmark = pytest.mark.service


@pytest.fixture
def ledger(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("ATS_SYNC_SECRET_KEY", new_key())
    return database_url


def take_in(url: str, *records: tuple[str, str, Any]) -> None:
    async def apply() -> None:
        async with await open_pool(url, size=2) as pool:
            await Intake(IngestLedger(pool), Rules()).apply(
                [
                    Record(
                        topic=topic, key=key.encode(), value=json.dumps(value).encode(), offset=n, timestamp_ms=AT_MS
                    )
                    for n, (topic, key, value) in enumerate(records)
                ]
            )

    asyncio.run(apply())


def connections_file(tmp_path: Path, **changes: Any) -> str:
    path = tmp_path / "connections.json"
    path.write_text(json.dumps([{**CONNECTION, **changes}]))
    return str(path)


def listed(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def test_a_connection_is_applied_once_and_shown_without_its_secret(ledger: str, tmp_path: Path) -> None:
    file = connections_file(tmp_path)
    assert listed("connection", "apply", file) == [{"name": "acme", "change": "created"}]
    assert listed("connection", "apply", file) == [{"name": "acme", "change": "unchanged"}]
    (row,) = listed("connection", "list")
    assert (row["name"], row["trigger"], row["state"]) == ("acme", "engaged", "healthy")
    assert CONNECTION["credentials"]["secret"] not in run("connection", "show", "acme").stdout  # type: ignore[index]


def test_r07_a_trigger_that_is_none_changes_nothing(ledger: str, tmp_path: Path) -> None:
    assert run("connection", "apply", connections_file(tmp_path, trigger="sometimes")).returncode == 3
    assert listed("connection", "list") == []


@pytest.mark.parametrize(
    "change",
    [{"vendor": "nobody"}, {"credentials": {}}, {"credentials": {"secret": "hunter2"}}, {"base_url": "ftp://x"}],
)
def test_a_connection_its_vendor_refuses_is_not_stored(ledger: str, tmp_path: Path, change: dict[str, Any]) -> None:
    done = run("connection", "apply", connections_file(tmp_path, **change))
    assert done.returncode == 3
    assert "hunter2" not in done.stderr
    assert listed("connection", "list") == []


def test_add_makes_one_connection(ledger: str, tmp_path: Path) -> None:
    secret = tmp_path / "credentials.json"
    secret.write_text(json.dumps(CONNECTION["credentials"]))
    options = ["--employer-id", "emp", "--vendor", "webhook", "--trigger", "new", "--base-url", "http://127.0.0.1:9/"]
    assert run("connection", "add", "acme", *options, "--credentials", str(secret)).returncode == 0
    assert listed("connection", "show", "acme")["trigger"] == "new"


def test_p04_explain_shows_gates_events_and_deliveries(ledger: str, tmp_path: Path) -> None:
    run("connection", "apply", connections_file(tmp_path))
    take_in(
        ledger,
        ("jobs", "job", JOB),
        ("applications", "app-1", application()),
        ("candidate-status", "app-1", status("engaged")),
        ("candidate-status", "app-1", {**status("engaged"), "sequence": "two"}),
    )
    found = listed("explain", "app-1")
    assert found["application"]["verdict"] == "CREATE"
    assert all(gate["passed"] for gate in found["gates"])
    assert {event["kind"] for event in found["application_events"]} == {"snapshot", "status"}
    assert [delivery["kind"] for delivery in found["application_deliveries"]] == ["create"]
    assert [letter["path"] for letter in found["application_refusals"]] == ["$.sequence"]
    shown = run("explain", "app-1")
    assert shown.returncode == 0
    assert found["answer"] in shown.stdout.replace("\n", " ")
    assert found["answer"].startswith("On its way: the profile is rendered next.")
    assert "lovelace" not in shown.stdout.lower()


def test_explain_of_an_unknown_application_is_not_found(ledger: str) -> None:
    assert run("explain", "nobody").returncode == 4


def test_deliveries_are_listed_shown_and_cancelled(ledger: str, tmp_path: Path) -> None:
    run("connection", "apply", connections_file(tmp_path))
    take_in(
        ledger,
        ("jobs", "job", JOB),
        ("applications", "app-1", application()),
        ("candidate-status", "app-1", status("engaged")),
    )
    (row,) = listed("deliveries", "list", "--connection", "acme")
    key = row["key"]
    assert listed("deliveries", "show", key)["application_id"] == "app-1"
    for beginning in (key[:8], key[:23], key[:18].upper()):
        assert listed("deliveries", "show", beginning)["key"] == key, "a narrow terminal folds the key"
    assert listed("deliveries", "list", "--state", "dead") == []
    assert listed("deliveries", "retry", key, "--dry-run") == {"matched": 1, "retried": 0}
    assert listed("deliveries", "cancel", key, "--why", "a test") == {"cancelled": 1}
    assert listed("deliveries", "show", key)["state"] == "cancelled"


def set_delivery(url: str, change: str) -> None:
    async def act() -> None:
        async with await open_pool(url, size=1) as pool:
            await pool.execute(f"update delivery set {change}")  # noqa: S608 - a test's own words

    asyncio.run(act())


def one_delivery(ledger: str, tmp_path: Path) -> str:
    run("connection", "apply", connections_file(tmp_path))
    records = [("applications", "app-1", application()), ("candidate-status", "app-1", status("engaged"))]
    take_in(ledger, ("jobs", "job", JOB), *records)
    (row,) = listed("deliveries", "list")
    return str(row["key"])


def test_a40_what_a_person_found_in_the_ats_is_delivered(ledger: str, tmp_path: Path) -> None:
    key = one_delivery(ledger, tmp_path)
    assert run("deliveries", "found", key).returncode == 1  # never sent: there is nothing to be found
    set_delivery(ledger, "state = 'dead'")
    assert listed("deliveries", "found", key[:8], "--application", "77", "--why", "seen") == {"delivered": 1}
    found = listed("deliveries", "show", key)
    assert (found["state"], found["receipt"]["application_id"]) == ("delivered", "77")


def test_a37_a_job_that_is_open_again_lets_its_own_go_on(ledger: str, tmp_path: Path) -> None:
    key = one_delivery(ledger, tmp_path)
    set_delivery(ledger, "state = 'parked', reason = 'job_closed'")
    assert run("connection", "reopen-job", "acme", "another").stderr == "acme, another: 0 go on\n"
    assert run("connection", "reopen-job", "acme", "job").stderr == "acme, job: 1 go on\n"
    assert listed("deliveries", "show", key)["state"] == "new"
    assert run("connection", "reopen-job", "nobody", "job").returncode == 4


def test_p01_what_stands_still_is_listed_once_with_what_to_do(ledger: str, tmp_path: Path) -> None:
    key = one_delivery(ledger, tmp_path)

    async def act() -> None:
        async with await open_pool(ledger, size=1) as pool:
            for kind, subject in (("job_closed", "job"), ("ambiguous_delivery", key)):
                await pool.execute(
                    "insert into issue (kind, connection, subject) values ($1, 'acme', $2)", kind, subject
                )

    asyncio.run(act())
    told = {row["kind"]: row["next"] for row in listed("issues")}
    assert "`ats-sync connection reopen-job acme job`" in told["job_closed"]
    assert f"`ats-sync deliveries found {key}`" in told["ambiguous_delivery"]
    assert run("connection", "reopen-job", "acme", "job").returncode == 0
    assert [row["kind"] for row in listed("issues")] == ["ambiguous_delivery"]
    assert len(listed("issues", "--closed")) == 2


def test_a_beginning_of_two_keys_means_neither(ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("connection", "apply", connections_file(tmp_path))
    who = application()["candidate"]
    people = [
        application(application_id=f"app-{n}", candidate={**who, "id": f"c{n}", "email": f"{n}@example.com"})
        for n in "12"
    ]
    take_in(
        ledger,
        ("jobs", "job", JOB),
        *(("applications", one["application_id"], one) for one in people),
        *(("candidate-status", f"app-{n}", status("engaged", application_id=f"app-{n}")) for n in "12"),
    )
    monkeypatch.setattr("app.ledger.keys.range_of", lambda _text: (UUID(int=0), UUID(int=2**128 - 1)))
    done = run("deliveries", "cancel", "00000000")
    assert (done.returncode, "more than one" in done.stderr) == (3, True)
    assert {row["state"] for row in listed("deliveries", "list")} == {"new"}


@pytest.mark.parametrize("key", ["no-uuid", "0000000", "00000000", "00000000-0000-0000-0000-000000000000"])
def test_a_key_that_is_none_and_a_key_that_is_not_there(ledger: str, key: str) -> None:
    assert run("deliveries", "show", key).returncode == ExitCode.NOT_FOUND
    assert run("deliveries", "retry", key).returncode == ExitCode.NOT_FOUND


def test_dead_letters_are_listed_and_taken_in_again_after_a_fix(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_TRANSCRIPT_TURNS", "1")
    turn = {"speaker": "x", "text": "y"}
    long = application(screening={"transcript": [turn] * 5})

    async def refuse() -> None:
        from schemas.events import Limits  # noqa: PLC0415 - used here alone

        async with await open_pool(ledger, size=2) as pool:
            rules = Rules(limits=Limits(transcript_turns=1))
            record = Record(topic="applications", key=b"app-1", value=json.dumps(long).encode(), timestamp_ms=AT_MS)
            await Intake(IngestLedger(pool), rules).apply([record])

    asyncio.run(refuse())
    (letter,) = listed("dead-letters", "list", "--waiting")
    assert (letter["code"], "key" in letter) == ("too_many_turns", False)
    number = str(letter["id"])
    assert run("dead-letters", "replay", number).returncode == 1  # the limit is as it was
    monkeypatch.setenv("ATS_SYNC_TRANSCRIPT_TURNS", "10")
    assert listed("dead-letters", "replay", number) == {"replayed": 1, "refused_again": 0, "gone": 0}
    assert listed("dead-letters", "list", "--waiting") == []
    assert listed("explain", "app-1")["application"]["facts"]["snapshot"]["transcript"] is True


def test_a_database_that_is_away_is_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    done = run("connection", "list")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
