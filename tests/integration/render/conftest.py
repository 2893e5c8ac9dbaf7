"""One running renderer per module: starting Chromium for each test would cost more than the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from render.renderer import ProfileRenderer
from tests.browser.render_running import running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renderer(chromium_path: Path) -> AsyncIterator[ProfileRenderer]:
    async with running(chromium_path) as ready:
        yield ready
