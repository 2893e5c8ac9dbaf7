"""docs/rules.md has every rule that a test, a module or a document names, and every reason there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from schemas.words import Reason

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "rules.md").read_text()
KNOWN = set(re.findall(r"^(?:\| |- )([RAP]\d+)\b", PAGE, re.MULTILINE))


def named() -> Iterator[tuple[str, str]]:
    """(file, rule): `test_r09_...` in tests, `(A16)` and the like in modules and documents."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for kind, number in re.findall(r"def test_([rap])(\d{2})_", path.read_text()):
            yield path.name, f"{kind.upper()}{int(number)}"
    sources = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    sources += [path for folder in ("schemas", "streams", "app", "render") for path in (ROOT / folder).rglob("*.py")]
    for path in sources:
        for words in re.findall(r"\(([RAP]\d+(?:, [RAP]\d+)*)\)", path.read_text()):
            yield from ((path.name, rule) for rule in words.split(", "))


def test_every_rule_that_is_named_can_be_looked_up() -> None:
    found = list(named())
    assert {"R1", "A16", "P4"} <= {rule for _, rule in found}
    assert [one for one in found if one[1] not in KNOWN] == []


def test_every_reason_is_in_the_list() -> None:
    listed = re.search(r"^Reason codes: (.*?)\.$", PAGE, re.MULTILINE | re.DOTALL)
    assert listed
    assert set(re.split(r",\s+", listed[1])) == set(get_args(Reason))
