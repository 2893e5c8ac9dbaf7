"""An ATS that fetches its PDFs, as people set it up: refused without an address, checked, tried, served."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import UUID

import pytest

from app.links import links_from
from app.wiring.preflight import one_page
from schemas.delivery import Delivery, Receipt
from schemas.errors import Unknown
from schemas.journal import Journal
from tests.integration.delivery.parts import bench_on
from tests.integration.fetching import SECRET, FetchingAts, known_as_fetching
from tests.unit.cli.commands import Done, run

pytestmark = pytest.mark.service


@pytest.fixture
def ledger(database_url: str, secret_key: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", database_url)
    known_as_fetching(monkeypatch)
    return database_url


def applied(tmp_path: Path, base_url: str = "http://127.0.0.1:9/") -> Done:
    entry = {"name": "acme", "employer_id": "emp", "vendor": "fetching", "trigger": "engaged", "base_url": base_url}
    file = tmp_path / "connections.json"
    file.write_text(json.dumps([entry | {"credentials": {"secret": SECRET}}]))
    return run("connection", "apply", str(file))


def findings(done: Done) -> dict[str, dict[str, object]]:
    return {row["what"]: row for row in json.loads(done.stdout)}


def test_r09_a_vendor_that_fetches_is_refused_without_an_address(ledger: str, tmp_path: Path) -> None:
    done = applied(tmp_path)
    assert done.returncode == 3
    told = " ".join(done.stderr.split())
    assert "Fetching ATS comes for each PDF itself" in told
    assert "ATS_SYNC_PUBLIC_URL" in told
    assert json.loads(run("connection", "list", "--json").stdout) == []


def test_a_connection_whose_address_was_taken_away_says_so_when_it_is_checked(
    ledger: str, public_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert applied(tmp_path).returncode == 0
    monkeypatch.setenv("ATS_SYNC_PUBLIC_URL", "")
    done = run("connection", "check", "acme")
    assert done.returncode == 3
    assert "comes for each PDF itself" in " ".join(done.stderr.split())


def test_a_check_comes_for_a_page_itself_and_lets_the_ats_come_for_one(
    ledger: str, public_url: str, fetches: FetchingAts, tmp_path: Path
) -> None:
    applied(tmp_path, fetches.url)
    done = run("connection", "check", "acme", "--job", "1", "--write", "--json")
    assert done.returncode == 0, done.stdout
    assert findings(done)["public address"]["ok"] is True
    ((url, content),) = fetches.files
    assert content == one_page()
    assert url.startswith(f"{public_url}/check/")


@pytest.mark.parametrize("leads", ["nowhere", "to somebody else"])
def test_an_address_that_does_not_lead_to_us_is_told_and_the_rest_is_tried(
    ledger: str, public_url: str, fetches: FetchingAts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, leads: str
) -> None:
    applied(tmp_path, fetches.url)
    monkeypatch.setenv("ATS_SYNC_PUBLIC_URL", "http://127.0.0.1:9" if leads == "nowhere" else fetches.url)
    done = run("connection", "check", "acme", "--job", "1", "--write", "--json")
    assert done.returncode == 1
    found = findings(done)
    assert found["public address"]["ok"] is False
    assert "--role files" in str(found["public address"]["remedy"])
    assert found["create a synthetic candidate"]["ok"] is True, "an ATS may see what this machine does not"


def tried(tmp_path: Path, base_url: str) -> dict[str, dict[str, object]]:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({"secret": SECRET}))
    options = ["--credentials", str(file), "--base-url", base_url, "--job", "1", "--write", "--json"]
    done = run("vendors", "try", "fetching", *options)
    assert done.returncode == 0, done.stderr
    return {row["what"]: row for row in json.loads(done.stdout)["findings"]}


def test_a_try_without_a_ledger_lets_a_mock_come_for_the_page(
    fetches: FetchingAts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as_fetching(monkeypatch)
    assert tried(tmp_path, fetches.url)["fetch the PDF by its link"]["detail"] == "fetched"
    assert {content for _, content in fetches.files} == {one_page()}


def test_a_mock_that_does_not_fetch_is_told_of_and_no_fault(
    fetches: FetchingAts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as_fetching(monkeypatch)
    monkeypatch.setattr("app.links._path", lambda *_: "/nothing-here")
    told = tried(tmp_path, fetches.url)["fetch the PDF by its link"]
    assert "nobody came" in str(told["detail"])
    assert "127.0.0.1" in str(told["remedy"])


@contextmanager
def files_process(port: int, log: Path) -> Iterator[str]:
    """`ats-sync worker --role files`, until the context ends in good order."""
    environment = {**os.environ, "ATS_SYNC_HTTP_PORT": "0", "ATS_SYNC_FILES_PORT": str(port)}
    program = [sys.executable, "-c", "from app.cli import main; main()", "worker", "--role", "files"]
    with log.open("wb") as output, subprocess.Popen(program, env=environment, stderr=output) as process:
        try:
            _wait_until_told(log, "worker_ready", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0


def _wait_until_told(log: Path, event: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while event not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def status_of(url: str) -> tuple[int, bytes]:
    try:
        with urlopen(url, timeout=30) as reply:  # noqa: S310 - our own listener
            return reply.status, reply.read()
    except HTTPError as exc:
        with exc:
            return exc.code, exc.read()


async def in_doubt(url: str) -> UUID:
    """One delivery that was begun."""

    async def cut(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        raise Unknown("create: cut")

    async with bench_on(url) as bench:
        bench.pusher.act = cut
        await bench.connect()
        key = await bench.ready("app-1")
        await bench.deliver()
        return key


@pytest.mark.timeout(180)
def test_p5_two_processes_serve_one_link_and_log_nothing_of_it(
    ledger: str, secret_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = asyncio.run(in_doubt(ledger))
    monkeypatch.setenv("ATS_SYNC_TESTING", "true")
    monkeypatch.setenv("ATS_SYNC_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("ATS_SYNC_PUBLIC_URL", "http://127.0.0.1:1")
    links = links_from("http://127.0.0.1:1", secret_key)
    assert links is not None
    path = links.to(key).removeprefix("http://127.0.0.1:1")
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    with files_process(free_port(), logs[0]) as first, files_process(free_port(), logs[1]) as second:
        assert status_of(first + path) == status_of(second + path) == (200, b"%PDF-1.7 app-1")
        for bad in (path[:-1], path.replace("/pdf/", "/pdf/x"), "/livez", "/metrics", "/", "/api/overview"):
            assert status_of(first + bad) == (404, b"")
    told = "".join(log.read_text() for log in logs)
    assert "files_ready" in told
    assert not [word for word in (str(key), path, path.split("/")[2], "/pdf/", "app-1", "Canary") if word in told]


def test_the_files_role_needs_an_address(ledger: str) -> None:
    done = run("worker", "--role", "files")
    assert done.returncode == 3
    assert "ATS_SYNC_PUBLIC_URL" in done.stderr
