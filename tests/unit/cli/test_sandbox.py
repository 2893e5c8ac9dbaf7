"""What `sandbox serve --help` tells to type is what the sandbox takes."""

from __future__ import annotations

import re

from adapters.sandbox.faults import parse_plans
from app.cli.sandbox import serve


def test_the_example_of_faults_is_a_plan() -> None:
    example = re.search(r"-d '(.*)'", serve.__doc__ or "")
    assert example
    assert parse_plans(example.group(1).encode())
