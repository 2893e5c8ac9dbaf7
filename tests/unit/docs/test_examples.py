"""The commands README gives to type work as they stand, on the examples beside the documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

from adapters.sandbox import base_url, credentials
from schemas.connection import parse_specs
from tests.unit.cli.commands import run

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
README = (ROOT / "README.md").read_text()


def test_decide_says_of_each_application_what_readme_promises() -> None:
    done = run("decide", "--connections", str(EXAMPLES / "connections.json"), str(EXAMPLES / "events.jsonl"), "--json")
    assert done.returncode == 0, done.stderr
    said = {
        line["application_id"]: (line["decision"], line["reason"]) for line in map(json.loads, done.stdout.splitlines())
    }
    assert said == {
        "app-1": ("CREATE", None),
        "app-2": ("HOLD", "awaiting_engaged"),
        "app-3": ("HOLD", "passive_awaiting_screening"),
        "app-4": ("HOLD", "job_not_linked"),
        "app-5": ("HOLD", "missing_email"),
    }
    assert done.stderr == ""


def test_the_example_of_a_profile_is_the_application_of_the_events() -> None:
    application = json.loads((EXAMPLES / "application.json").read_text())
    records = [json.loads(line) for line in (EXAMPLES / "events.jsonl").read_text().splitlines()]
    assert application in [record["payload"] for record in records if record["topic"] == "applications"]


def test_the_connection_leads_to_the_sandbox_that_readme_starts() -> None:
    (spec,) = parse_specs((EXAMPLES / "connections.json").read_bytes())
    assert spec.base_url == base_url("http://127.0.0.1:8090", spec.vendor, "acme")
    assert spec.credentials == credentials(spec.vendor)
    assert "sandbox serve --port 8090" in README


def test_every_file_readme_names_is_there() -> None:
    named = re.findall(r"docs/[\w./-]+", README)
    assert {f"docs/examples/{name}" for name in ("connections.json", "events.jsonl", "application.json")} <= set(named)
    assert [name for name in named if not (ROOT / name.rstrip(".")).exists()] == []
