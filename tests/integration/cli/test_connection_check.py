"""`connection check` as people and programs read it: every vendor over HTTP, over a real ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters import sandbox
from adapters.sandbox import Rules, Sandbox
from tests.contract.preflight_cases import PREFLIGHTS
from tests.contract.test_adapters import CASES
from tests.unit.cli.commands import run

pytestmark = pytest.mark.service


@pytest.fixture
def connected(
    ats: Sandbox, public_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Sandbox:
    """A connection of every vendor, each named for its vendor."""
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", database_url)
    entries = [
        {
            "name": vendor,
            "employer_id": f"emp-{vendor}",
            "vendor": vendor,
            "trigger": "engaged",
            "credentials": sandbox.credentials(vendor),
            "base_url": sandbox.base_url(ats.url, vendor, vendor),
        }
        for vendor in PREFLIGHTS
    ]
    for vendor in PREFLIGHTS:
        ats.put_rules(vendor, Rules(known_jobs=(CASES[vendor].ats_job_id,)))
    file = tmp_path / "connections.json"
    file.write_text(json.dumps(entries))
    assert run("connection", "apply", str(file)).returncode == 0
    return ats


@pytest.mark.parametrize("vendor", sorted(PREFLIGHTS))
def test_every_vendor_is_tried_out_for_a_program(connected: Sandbox, vendor: str) -> None:
    done = run("connection", "check", vendor, "--job", CASES[vendor].ats_job_id, "--write", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0, rows
    assert all(row["ok"] for row in rows)
    assert {"create a synthetic candidate", "source", "clean up"} <= {row["what"] for row in rows}
    assert not [value for value in sandbox.credentials(vendor).values() if len(value) > 6 and value in done.stdout]


def test_what_is_wrong_is_said_in_words_and_in_the_exit_code(connected: Sandbox) -> None:
    connected.put_rules("greenhouse", Rules(source_name="Factory Fix"))
    done = run("connection", "check", "greenhouse", "--job", "77", "--write")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "no source of this name" in told
    assert "found again" in told, "the rest was tried all the same"


def test_nothing_is_tried_with_credentials_that_are_refused(connected: Sandbox) -> None:
    connected.put_rules("lever", Rules(revoked=True))
    done = run("connection", "check", "lever", "--job", "77", "--write", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 1
    assert rows[-1]["detail"] == "not tried"
    assert "check again" in rows[-1]["remedy"]
    assert connected.state()["accounts"]["lever"]["applications"] == []
