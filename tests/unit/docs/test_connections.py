"""docs/connections.md names every field, policy, word and default there is, and its example can be applied."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from adapters.registry import build
from schemas.connection import ConnectionSpec, Policy, parse_specs

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "connections.md").read_text()
ROWS = {cells[1].strip(" `"): cells[2:] for cells in (line.split("|") for line in PAGE.splitlines()) if len(cells) > 3}


def test_every_field_of_a_connection_is_told() -> None:
    assert {field.name for field in msgspec.structs.fields(ConnectionSpec)} <= set(ROWS)


@pytest.mark.parametrize("policy", msgspec.structs.fields(Policy), ids=lambda field: field.name)
def test_every_policy_is_told_with_its_words_and_default(policy: Any) -> None:
    words, default = ROWS[policy.name][:2]
    told = default.strip(" `")
    assert told == (str(policy.default).lower() if isinstance(policy.default, bool) else str(policy.default))
    allowed = [word for word in get_args(get_type_hints(Policy)[policy.name]) if isinstance(word, str)]
    assert not allowed or re.findall(r"`([^`]+)`", words) == allowed


@pytest.mark.parametrize("name", ["docs/connections.md", "README.md"])
def test_the_example_can_be_applied_and_passes_its_own_check(name: str) -> None:
    text = (ROOT / name).read_text()
    (example,) = [block for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if "credentials" in block]
    (spec,) = parse_specs(json.dumps(json.loads(example)).encode())
    check = build(spec.vendor, spec.credentials, spec.base_url).check(None)
    with pytest.raises(StopIteration) as ended:
        next(check)
    assert [found.what for found in ended.value.value if not found.ok] == []
