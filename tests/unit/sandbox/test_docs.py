"""docs/sandbox.md names every fault, rule and route there is, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.sandbox import EFFECTS, Plan, Rules
from adapters.sandbox.control import _HANDLERS
from adapters.sandbox.vendors import VENDORS

TEXT = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> set[str]:
    """Every word in code style in the first column under a heading."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_the_faults_are_those_there_are() -> None:
    assert rows_of("Faults") == set(EFFECTS)


def test_the_rules_are_those_there_are() -> None:
    assert rows_of("Rules of an account") == set(Rules.__struct_fields__)


def test_every_setting_of_a_plan_is_named() -> None:
    section = TEXT.split("## Faults\n")[1].split("\n## ")[0]
    assert [name for name in Plan.__struct_fields__ if name not in section] == []


def test_every_control_route_is_named() -> None:
    for method, path in _HANDLERS:
        assert re.search(rf"{method}\b[^|]*/_sandbox{'/' if path else ''}{path}\b", TEXT), (method, path)


def test_every_vendor_and_its_steps_are_named() -> None:
    section = TEXT.split("## Vendors\n")[1].split("\n## ")[0]
    rows = {
        re.findall(r"`([^`]+)`", line)[0]: line
        for line in section.splitlines()
        if line.startswith("| ") and "`" in line
    }
    assert rows.keys() == VENDORS.keys()
    for name, vendor in VENDORS.items():
        assert set(re.findall(r"`([^`]+)`", rows[name].split("|")[3])) == {route.step for route in vendor.routes}
