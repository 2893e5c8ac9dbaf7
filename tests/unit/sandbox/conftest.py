"""Closes the worlds a test has opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.sandbox.talk import OPENED


@pytest.fixture(autouse=True)
def closed_worlds() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()
