"""Ends a test run with a count by folder, so that one sees which kinds of test ran."""

from collections import Counter, defaultdict

import pytest

_OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = _by_folder(terminalreporter.stats)
    if not counts:
        return
    terminalreporter.section("tests by folder")
    for folder in sorted(counts):
        outcomes = ", ".join(f"{counts[folder][name]} {name}" for name in _OUTCOMES if counts[folder][name])
        terminalreporter.write_line(f"{folder:<28} {sum(counts[folder].values()):>6}   {outcomes}")


def _by_folder(stats: dict[str, list[object]]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in _OUTCOMES:
        for report in stats.get(outcome, []):
            nodeid = getattr(report, "nodeid", "")
            if nodeid:
                counts["/".join(nodeid.split("::")[0].split("/")[:2])][outcome] += 1
    return counts
