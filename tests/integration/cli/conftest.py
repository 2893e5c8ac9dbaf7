"""A sandbox beside commands that run event loops of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from adapters.sandbox import Sandbox


@pytest.fixture
def ats() -> Iterator[Sandbox]:
    """The sandbox in a loop of its own, for commands are processes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = Sandbox()
    asyncio.run_coroutine_threadsafe(running.__aenter__(), loop).result(timeout=30)
    yield running
    asyncio.run_coroutine_threadsafe(running.__aexit__(None, None, None), loop).result(timeout=30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
