"""A test whose machine lacks something is left out with the reason, and fails where CI has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_EXAMPLES = """
    import pytest

    @pytest.mark.java
    def test_java_program():
        pass

    def test_other():
        pass
"""
_SETTINGS = """
    [pytest]
    asyncio_default_fixture_loop_scope = function
    markers =
        java
        jdk
        chromium_sandbox
"""


@pytest.fixture
def example(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.Pytester:
    """Two tests, on a machine with Java and without Maven."""
    pytester.makepyfile(test_it=_EXAMPLES)
    pytester.makeini(_SETTINGS)
    (tmp_path / "java").touch(mode=0o755)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    return pytester


def _run(pytester: pytest.Pytester) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-ra", "-p", "tests.machine_limits")


def test_it_is_left_out_and_the_end_says_why(example: pytest.Pytester) -> None:
    result = _run(example)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*java: no mvn on the PATH"])


def test_in_ci_nothing_passes_by_being_left_out(example: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = _run(example)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*no mvn on the PATH, and in CI no test is left out*"])
