"""Nothing is drawn on a screen that nobody sees: a sixth of Chromium's processor time went there."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.browser import Browser
from render.page import profile_html
from render.view import profile_view
from tests.browser.render_cases import application
from tests.browser.render_faults import renderers
from tests.browser.render_running import browser_settings

pytestmark = pytest.mark.browser

PRINTS = 10
MOST_MS = 2.0  # one frame takes the compositor about one


async def test_printing_draws_no_frames(chromium_path: Path) -> None:
    html = profile_html(profile_view(application()))
    async with Browser(browser_settings(chromium_path, slots=1)) as browser:
        await browser.print_pdf(html)
        before_ms = compositors_ms()
        for _ in range(PRINTS):
            await browser.print_pdf(html)
        assert compositors_ms() - before_ms <= MOST_MS


def compositors_ms() -> float:
    """Processor time of the threads that draw pages on a screen."""
    threads = [thread for process in renderers() for thread in Path(f"/proc/{process.pid}/task").iterdir()]
    drawing = [thread for thread in threads if (thread / "comm").read_text().startswith("Compositor")]
    assert drawing
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in drawing) / 1e6
