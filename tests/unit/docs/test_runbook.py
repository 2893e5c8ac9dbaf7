"""Alerts and runbook pages belong together, and both speak of metrics and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from app.metrics import Metrics
from tests.unit.cli.test_main import ALL

ROOT = Path(__file__).parents[3]
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus-alerts.yml").read_text())["groups"][0]["rules"]
PAGES = sorted((ROOT / "docs" / "runbook").glob("*.md"))


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert {kebab(rule["alert"]) for rule in RULES} == {page.stem for page in PAGES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_a_metric_that_exists(rule: dict[str, str]) -> None:
    exposed = Metrics().text().decode()
    for name in re.findall(r"ats_sync_[a-z_]+", rule["expr"]):
        assert f"# HELP {name.removesuffix('_total')}" in exposed or f"# HELP {name} " in exposed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_on_a_counter_with_labels_sees_the_first_of_its_kind(rule: dict[str, str]) -> None:
    """Its series begins at 1, and Prometheus sees no increase in that."""
    born_at_zero = Metrics().text().decode()
    for name in re.findall(r"increase\((ats_sync_[a-z_]+)", rule["expr"]):
        assert f"\n{name} 0.0\n" in born_at_zero or f"{name} unless {name} offset" in rule["expr"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_no_alert_waits_for_a_queue_that_cannot_grow(rule: dict[str, str]) -> None:
    """A worker claims as many profiles as it has pages: the others wait in the ledger, not in front of Chromium."""
    assert "ats_sync_render_queue" not in rule["expr"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_commands_that_exist(page: Path) -> None:
    known = {" ".join(path) for path, _ in ALL}
    for words in re.findall(r"`ats-sync ([a-z -]+?)(?= [A-Z-]|`)", page.read_text()):
        assert any(words.strip() == name or words.startswith(f"{name} ") for name in known), words
