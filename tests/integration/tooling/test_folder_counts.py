"""The count by folder at the end of a test run."""

import pytest


def test_each_folder_has_a_line_with_its_outcomes(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naddopts = --import-mode=importlib\n")
    for folder, body in {"unit": "pass", "laws": "assert False"}.items():
        (pytester.path / "tests" / folder).mkdir(parents=True)
        (pytester.path / "tests" / folder / "test_it.py").write_text(
            f"def test_a():\n    {body}\n\ndef test_b(): pass\n"
        )
    result = pytester.runpytest_subprocess("-p", "tests.folder_counts")
    result.stdout.re_match_lines([r"tests/laws +2   1 passed, 1 failed", r"tests/unit +2   2 passed"])
