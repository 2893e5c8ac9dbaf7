"""Fails a test that passes and yet leaves something behind: a task, a child process, an error logged by asyncio."""

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest

_STARTS_PROCESSES = ("service", "browser", "chaos", "e2e")
_ENDING_S = 2.0
_POLL_S = 0.02


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            place = _first_of_the_test_itself(item)
            item.fixturenames[place:place] = _checks_for(item)


def _first_of_the_test_itself(item: pytest.Function) -> int:
    """Behind the session's fixtures, whose servers are no leak; before the test's own, which clean up first."""
    for place, name in enumerate(item.fixturenames):
        definitions = item._fixtureinfo.name2fixturedefs.get(name)
        if not definitions or definitions[-1].scope == "function":
            return place
    return len(item.fixturenames)


def _checks_for(item: pytest.Function) -> list[str]:
    names = ["no_error_logged_by_asyncio"]
    if any(item.get_closest_marker(name) for name in _STARTS_PROCESSES):
        names.append("no_process_left")
    if inspect.iscoroutinefunction(item.function):
        names.append("no_task_left")
    return names


@pytest.fixture
def no_error_logged_by_asyncio() -> Iterator[None]:
    """What asyncio can only log: exceptions that nobody retrieved, and callbacks that failed."""
    errors: list[str] = []
    handler = _Collector(errors)
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    assert not errors, f"asyncio logged: {errors}"


class _Collector(logging.Handler):
    def __init__(self, errors: list[str]) -> None:
        super().__init__(level=logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.append(record.getMessage())


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = _tasks_left(before)
    # A task that was just cancelled may need a few turns of the loop to end.
    deadline = time.monotonic() + _ENDING_S
    while left and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_S)
        left = _tasks_left(before)
    assert not left, f"the test left tasks behind: {sorted(task.get_name() for task in left)}"


def _tasks_left(before: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - before - {asyncio.current_task()}


@pytest.fixture
def no_process_left() -> Iterator[None]:
    before = _children()
    yield
    left = _children() - before
    deadline = time.monotonic() + _ENDING_S
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = _children() - before
    assert not left, f"the test left processes behind: {sorted(left)}"


def _children() -> set[str]:
    """Direct children that still run, by pid and program."""
    found = set()
    for child in psutil.Process().children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                found.add(f"{child.pid} {child.name()}")
        except psutil.NoSuchProcess:
            continue
    return found
