"""`ats-sync decide` as other tools call it: the lines, the dead letters, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.commands import run

CONNECTION = {
    "name": "acme",
    "employer_id": "emp",
    "vendor": "webhook",
    "base_url": "http://127.0.0.1:9/",
    "credentials": {"secret": "whsec_C2FtcGxlLXNlY3JldC1mb3ItZG9jcw=="},
    "trigger": "engaged",
}
AT_MS = 1_790_000_000_000


def record(topic: str, key: str, payload: Any, **more: Any) -> str:
    return json.dumps({"topic": topic, "key": key, "ts": AT_MS, "payload": payload, **more})


def application(**fields: Any) -> dict[str, Any]:
    return {
        "application_id": "app-1",
        "employer_id": "emp",
        "version": 1,
        "job": {"id": "job", "title": "Welder"},
        "source": "direct",
        "candidate": {"id": "c", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
        "screening": {"transcript": [{"speaker": "Ada", "at": "2026-01-01T00:00:00Z", "text": "hello"}]},
        "assessment": {"rating": 4},
        **fields,
    }


def status(word: str, **fields: Any) -> dict[str, Any]:
    return {"application_id": "app-1", "status": word, "sequence": 2, "occurred_at": "2026-01-02T00:00:00Z", **fields}


JOB = {
    "job_id": "job",
    "employer_id": "emp",
    "title": "Welder",
    "ats_job_id": "77",
    "state": "open",
    "version": 1,
    "occurred_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def connections(tmp_path: Path) -> str:
    path = tmp_path / "connections.json"
    path.write_text(json.dumps([CONNECTION]))
    return str(path)


def test_r01_an_engaged_direct_application_is_one_create_line(connections: str) -> None:
    lines = [
        record("jobs", "job", JOB),
        record("applications", "app-1", application()),
        record("candidate-status", "app-1", json.dumps(status("ENGAGED"))),
    ]
    done = run("decide", "--connections", connections, "-", stdin="\n".join(lines))
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    decided = json.loads(line)
    assert set(decided) == {"application_id", "connection", "decision", "reason", "gates"}
    assert (decided["application_id"], decided["connection"]) == ("app-1", "acme")
    assert (decided["decision"], decided["reason"]) == ("CREATE", None)


def test_a_missing_link_is_named_by_its_gate(connections: str, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(
        record("applications", "app-1", application()) + "\n" + record("candidate-status", "app-1", status("engaged"))
    )
    decided = json.loads(run("decide", "--connections", connections, str(events)).stdout)
    assert (decided["decision"], decided["reason"]) == ("HOLD", "job_not_linked")
    assert next(gate for gate in decided["gates"] if not gate["passed"])["reason"] == "job_not_linked"


def test_now_moves_the_settle_window(connections: str) -> None:
    lines = "\n".join(
        [
            record("jobs", "job", JOB),
            record("applications", "app-1", application()),
            record("candidate-status", "app-1", status("engaged")),
        ]
    )
    early = run("decide", "--connections", connections, "--now", "2026-01-02T00:00:30Z", "-", stdin=lines)
    late = run("decide", "--connections", connections, "--now", "2026-01-02T00:02:00Z", "-", stdin=lines)
    assert [json.loads(done.stdout)["decision"] for done in (early, late)] == ["HOLD", "CREATE"]


def test_a27_a_refused_record_goes_to_stderr_with_its_path_and_no_person(connections: str) -> None:
    bad = application(assessment={"rating": 0}, candidate={"id": "c", "email": "ada@example.com"})
    done = run("decide", "--connections", connections, "-", stdin=record("applications", "app-1", bad, offset=7))
    letter = json.loads(done.stderr)["dead_letter"]
    assert (letter["path"], letter["offset"], letter["topic"]) == ("$.assessment.rating", 7, "applications")
    assert "ada" not in done.stderr.lower()
    assert done.stdout == ""


def test_dead_letters_can_go_to_a_file(connections: str, tmp_path: Path) -> None:
    file = tmp_path / "dead.jsonl"
    done = run("decide", "--connections", connections, "--dead-letters", str(file), "-", stdin="not json\n")
    assert done.stderr == ""
    assert json.loads(file.read_text())["dead_letter"]["code"] == "not_json"


@pytest.mark.parametrize("trigger", [None, "", "later", "Engaged"])
def test_r07_a_missing_or_invalid_trigger_is_refused(tmp_path: Path, trigger: str | None) -> None:
    entry = {name: value for name, value in CONNECTION.items() if name != "trigger"}
    path = tmp_path / "connections.json"
    path.write_text(json.dumps([entry if trigger is None else {**entry, "trigger": trigger}]))
    done = run("decide", "--connections", str(path), "-")
    assert (done.returncode, done.stdout) == (3, "")
    assert "trigger" in done.stderr


@pytest.mark.parametrize("now", ["yesterday", "2026-01-02T00:00:00"])
def test_a_time_that_is_none_is_wrong_usage(connections: str, now: str) -> None:
    assert run("decide", "--connections", connections, "--now", now, "-").returncode == 2


def test_a_missing_file_says_so(connections: str) -> None:
    done = run("decide", "--connections", connections, "/nowhere/events.jsonl")
    assert done.returncode == 3
    assert "/nowhere/events.jsonl" in done.stderr
