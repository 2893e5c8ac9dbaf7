"""What keeps a command from its work is told in one line: which service or setting, and the exit code that says so."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.secrets import new_key
from tests.unit.cli.commands import Done, run

pytestmark = pytest.mark.service
AWAY = "postgresql://kim:hunter2@127.0.0.1:1/none"


def told(done: Done, code: int, *words: str) -> None:
    """One line, nothing of a fault of ours, and never a password."""
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr
    assert "fault of our own" not in done.stderr
    assert "hunter2" not in done.stderr


@pytest.fixture
def secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_SECRET_KEY", new_key())


@pytest.mark.usefixtures("secret_key")
@pytest.mark.parametrize(
    "arguments",
    [
        ("connection", "list"),
        ("connection", "pause", "acme"),
        ("connection", "apply", "docs/examples/connections.json"),
        ("explain", "app-1"),
        ("holds", "release", "app-1"),
        ("deliveries", "retry", "--state", "dead"),
        ("dead-letters", "replay", "1"),
        ("migrate",),
    ],
    ids=" ".join,
)
def test_a_database_that_is_away_ends_every_command(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", AWAY)
    told(run(*arguments), 5, "the database at 127.0.0.1:1 does not answer", "ATS_SYNC_DATABASE_URL")


def test_a_database_that_does_not_let_us_in_or_is_none_is_configuration(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = urlsplit(database_url)
    for url, words in (
        (database_url.replace(f":{at.password}@", ":hunter2@"), "user and the password"),
        (database_url.removesuffix(at.path) + "/nobody", "does not exist"),
        (f"postgresql://127.0.0.1:port{at.path}", "postgresql://user:password@host:port/name"),
        (database_url.removesuffix(at.path) + "/postgres", "ats-sync migrate"),
    ):
        monkeypatch.setenv("ATS_SYNC_DATABASE_URL", url)
        told(run("deliveries", "list"), 3, words)


@pytest.mark.usefixtures("secret_key")
@pytest.mark.parametrize("command", ["show", "check", "pause", "resume"])
def test_a_connection_nobody_knows_is_not_found(
    command: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", database_url)
    told(run("connection", command, "nobody"), 4, "no connection 'nobody'", "ats-sync connection list")


def test_a_broker_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_KAFKA_URL", "kafka://127.0.0.1:1")
    told(run("publish", "docs/examples/events.jsonl"), 5, "no Kafka broker answers at 127.0.0.1:1")
    told(run("demo", "--kafka", "kafka://127.0.0.1:1"), 5, "no Kafka broker answers at 127.0.0.1:1", "--kafka")
    told(run("demo", "--kafka", "127.0.0.1:1"), 3, "kafka://host:port")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told(run("sandbox", "serve", "--port", port), 3, f"127.0.0.1:{port}", "--port")


def test_a_key_that_opens_nothing_names_both_ways_out(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("ATS_SYNC_SECRET_KEY", new_key())
    assert run("migrate").returncode == 0
    assert run("connection", "apply", "docs/examples/connections.json").returncode == 0
    monkeypatch.setenv("ATS_SYNC_SECRET_KEY", new_key())
    told(run("connection", "check", "acme"), 3, "'acme'", "the one they were stored with", "apply the connection again")


@pytest.mark.parametrize("what", ["credentials", "policy"])
def test_json_that_is_none_is_named_by_its_option(what: str, tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("{" if what == "credentials" else json.dumps({"secret": "hunter2"}))
    options = ["--employer-id", "e", "--vendor", "webhook", "--trigger", "new", "--policy", "{"]
    told(run("connection", "add", "acme", *options, "--credentials", str(file)), 3, f"--{what}", "not a JSON object")


@pytest.mark.parametrize("command", [("connection", "add", "x"), ("vendors", "try", "webhook")], ids=" ".join)
def test_a_folder_instead_of_a_file_is_misuse(command: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*command, "--credentials", str(tmp_path)).returncode == 2


def test_settings_are_complained_of_without_regular_expressions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", "mysql://hunter2@x")
    monkeypatch.setenv("ATS_SYNC_KAFKA_URL", "x:9092")
    done = run("deliveries", "list")
    told(done, 3, "postgresql://user:password@host:port/name", "kafka://host:port")
    assert "regex" not in done.stderr
