"""Shares the tests out between two pytest workers: one makes storms while the other does everything else."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Storms and chaos kill and freeze whole fleets; two of them at once would only measure each other.
_STORMS = ("tests/storm/", "tests/chaos/")
_LONG_FIRST = ("storms", "e2e")


class _ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # it carries no types
    """One group at a time for each worker, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """For `pytest -n 2 --no-loadscope-reorder`."""
    return _ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what starts last decides when it ends."""
    items.sort(key=lambda item: _place(_group(item.nodeid)))


def _group(nodeid: str) -> str:
    """A file stays together, for its fixtures' sake."""
    if nodeid.startswith(_STORMS):
        return "storms"
    return "e2e" if nodeid.startswith("tests/e2e/") else nodeid.split("::", maxsplit=1)[0]


def _place(group: str) -> int:
    return _LONG_FIRST.index(group) if group in _LONG_FIRST else len(_LONG_FIRST)
