"""docs/contract.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_the_tests_it_names_are_there() -> None:
    page = (HERE.parents[1] / "docs" / "contract.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    there = {name for path in HERE.glob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}
    assert len(named) > 30
    assert named - there == set()
