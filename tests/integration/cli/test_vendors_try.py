"""`vendors try`: any adapter against any server, without a ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters import sandbox
from adapters.registry import card
from adapters.sandbox import Rules, Sandbox
from tests.contract.preflight_cases import PREFLIGHTS
from tests.contract.test_adapters import CASES
from tests.unit.cli.commands import Done, run

pytestmark = pytest.mark.service


def tried(ats: Sandbox, tmp_path: Path, vendor: str, *more: str) -> Done:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(sandbox.credentials(vendor)))
    address = sandbox.base_url(ats.url, vendor, "mine")
    return run("vendors", "try", vendor, "--credentials", str(file), "--base-url", address, *more)


@pytest.mark.parametrize("vendor", sorted(PREFLIGHTS))
def test_every_adapter_runs_whole_against_a_server_of_somebodys(ats: Sandbox, tmp_path: Path, vendor: str) -> None:
    job = CASES[vendor].ats_job_id
    ats.put_rules("mine", Rules(known_jobs=(job,)))
    done = tried(ats, tmp_path, vendor, "--job", job, "--write", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, told["findings"]
    steps = [call["step"] for call in told["calls"]]
    assert all(200 <= call["status"] < 500 for call in told["calls"])
    newer = next(row for row in told["findings"] if row["what"] == "send a newer PDF")
    assert (newer["detail"] == "taken") == (card(vendor).update != "unsupported")
    assert steps
    assert len(ats.state()["accounts"]["mine"]["creations"]) == 1


def test_people_see_the_findings_and_the_calls(ats: Sandbox, tmp_path: Path) -> None:
    ats.put_rules("mine", Rules(closed_jobs=("77",)))
    done = tried(ats, tmp_path, "jobadder", "--job", "77")
    assert done.returncode == 1
    assert "NO" in done.stdout
    assert "reopen the job" in " ".join(done.stdout.split())
    assert "see job" in done.stdout


@pytest.mark.parametrize("content", ["[]", "{", '{"secret": 3}'])
def test_what_are_no_credentials_is_said(tmp_path: Path, content: str) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(content)
    assert run("vendors", "try", "webhook", "--credentials", str(file), "--base-url", "http://x/").returncode == 3


def test_a_write_needs_a_job(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("{}")
    assert run("vendors", "try", "webhook", "--credentials", str(file), "--write").returncode == 2
