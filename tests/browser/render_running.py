"""A running renderer for tests, and what they ask of the documents it makes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pypdfium2

from app.settings import load
from app.wiring.rendering import browser_settings as as_the_service
from render.browser import Browser, BrowserSettings
from render.fetch import Fetch
from render.renderer import ProfileRenderer, RenderSettings

BUDGET_BYTES = 20_000_000


def browser_settings(chromium: Path, **changed: float) -> BrowserSettings:
    """As the service runs it, told by the same environment: sandbox on, and as nobody where we are root."""
    named = {"ATS_SYNC_CHROMIUM": str(chromium)}
    named |= {name: value for name, value in os.environ.items() if name == "ATS_SYNC_CHROMIUM_SANDBOX"}
    return replace(as_the_service(load(named)), **changed)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    chromium: Path, settings: RenderSettings | None = None, fetch: Fetch | None = None
) -> AsyncIterator[ProfileRenderer]:
    async with (
        Browser(browser_settings(chromium)) as browser,
        ProfileRenderer(browser, settings or RenderSettings(), fetch) as renderer,
    ):
        yield renderer


async def until(true: Callable[[], bool]) -> None:
    """Waits for a state that no event announces. Raises TimeoutError after a minute."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


def page_texts(pdf: bytes) -> list[str]:
    """What each page says, with every run of white space as one space."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def text_of(pdf: bytes) -> str:
    return " ".join(page_texts(pdf))


def squeezed(text: str) -> str:
    """Without any white space: a long word broken over lines must still be all there."""
    return "".join(text.split())
