"""The other ways to make the same document: each prints our page and merges the resume, and is named as what it is.

Named after pdf.md section 4: Playwright as its own documentation uses it, with pypdf for the merge; two at a time.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, Playwright, async_playwright

NEW_HEADLESS: Final = Path("/usr/lib/chromium/chromium")  # the binary behind Debian's /usr/bin/chromium
_PDF_OPTIONS: Final[dict[str, Any]] = {
    "tagged": True, "outline": True, "prefer_css_page_size": True, "print_background": True,
}  # fmt: skip

Once = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One way to make the document; `burst` makes that many and is timed as a whole."""

    name: str
    count: int
    in_flight: int
    once: Once
    per_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The page as our template makes it, and the resume to go behind it."""

    html: str
    resume: bytes
    options: dict[str, Any]
    """How Chromium is launched, without its path."""

    def merged(self, profile: bytes) -> bytes:
        """Both into a new file, as pypdf's documentation shows it. Tags, language and title are lost that way."""
        pypdf: Any = importlib.import_module("pypdf")
        writer, out = pypdf.PdfWriter(), io.BytesIO()
        for content in (profile, self.resume):
            writer.append(io.BytesIO(content))
        writer.write(out)
        return out.getvalue()


@asynccontextmanager
async def rivals(task: Task, shell: Path) -> AsyncIterator[list[Subject]]:
    """Everything that is installed; what is not is said on the terminal by the caller from `missing`."""
    async with async_playwright() as driver:
        bare = await driver.chromium.launch(executable_path=shell, **task.options)
        subjects = [*await _warm(bare, task), *_fresh(bare, task, "shell"), *_launched(driver, shell, task, "shell")]
        new = await driver.chromium.launch(executable_path=NEW_HEADLESS, **task.options) if _has_new() else None
        if new is not None:
            subjects += [*_fresh(new, task, "new headless"), *_launched(driver, NEW_HEADLESS, task, "new headless")]
        yield [*subjects, *_weasyprint(task)]
        for browser in (bare, new):
            if browser is not None:
                await browser.close()


def missing() -> list[str]:
    libraries = [name for name in ("pypdf", "weasyprint", "mammoth") if importlib.util.find_spec(name) is None]
    return libraries if _has_new() else [*libraries, f"new headless ({NEW_HEADLESS}: apt-get install chromium)"]


def _has_new() -> bool:
    return NEW_HEADLESS.is_file()


async def _warm(browser: Browser, task: Task) -> list[Subject]:
    """The floor: pages kept warm, nothing done to what they print."""
    free = asyncio.Queue[Page]()
    for _ in range(3):
        free.put_nowait(await (await browser.new_context(java_script_enabled=False, offline=True)).new_page())

    async def once() -> object:
        page = await free.get()
        try:
            return await _printed(page, task.html)
        finally:
            free.put_nowait(page)

    return [
        Subject(name="one bare warm page", count=40, in_flight=1, once=once),
        Subject(name="three bare warm pages", count=60, in_flight=3, once=once),
    ]


def _fresh(browser: Browser, task: Task, engine: str) -> list[Subject]:
    async def once() -> object:
        return task.merged(await _in_new_context(browser, task.html))

    return [Subject(name=f"context per PDF, {engine}, pypdf", count=12, in_flight=2, once=once)]


def _launched(driver: Playwright, executable: Path, task: Task, engine: str) -> list[Subject]:
    async def in_new_browser(playwright: Playwright) -> object:
        browser = await playwright.chromium.launch(executable_path=executable, **task.options)
        try:
            return task.merged(await _in_new_context(browser, task.html))
        finally:
            await browser.close()

    async def whole() -> object:
        async with async_playwright() as own:
            return await in_new_browser(own)

    return [
        Subject(name=f"launch per PDF, {engine}, pypdf", count=4, in_flight=2, once=whole),
        Subject(
            name=f"launch per PDF, {engine}, pypdf, driver kept", count=4, in_flight=2,
            once=lambda: in_new_browser(driver),
        ),
    ]  # fmt: skip


async def _in_new_context(browser: Browser, html: str) -> bytes:
    context = await browser.new_context(java_script_enabled=False, offline=True)
    try:
        return await _printed(await context.new_page(), html)
    finally:
        await context.close()


async def _printed(page: Page, html: str) -> bytes:
    await page.set_content(html)
    return await page.pdf(**_PDF_OPTIONS)


def _weasyprint(task: Task) -> list[Subject]:
    if "weasyprint" in missing():
        return []
    library: Any = importlib.import_module("weasyprint")

    def made() -> bytes:
        content: bytes = library.HTML(string=task.html).write_pdf(pdf_variant="pdf/ua-1")
        return task.merged(content)

    return [Subject(name="WeasyPrint pdf/ua-1, pypdf", count=3, in_flight=1, once=lambda: asyncio.to_thread(made))]
