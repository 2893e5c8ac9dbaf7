"""The renderer as this service uses it: which Chromium, under which user, with which limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.chromium import find_chromium
from app.health import Check
from app.metrics import Metrics
from app.settings import Settings
from render.browser import Browser
from render.browser_engine import SlotBroken
from render.browser_settings import BrowserSettings
from render.browser_user import as_nobody, needs_another_user
from render.cell_jobs import ResumeLimits
from render.chromium import ChromiumEngine
from render.fetch import FetchSettings, HttpsFetch
from render.fonts import advice, missing_scripts
from render.renderer import ProfileRenderer, RenderSettings, Unreachable
from schemas.errors import ConfigError, RenderError
from schemas.events import Application


def browser_settings(settings: Settings) -> BrowserSettings:
    """Raises ConfigError where no Chromium is found, or its sandbox cannot be kept on."""
    executable = Path(settings.chromium) if settings.chromium else find_chromium()
    if executable is None or not executable.exists():
        raise ConfigError("no Chromium found: run `make setup`, or name one in ATS_SYNC_CHROMIUM")
    if settings.chromium_sandbox and needs_another_user():
        executable = as_nobody(executable, settings.working_dir)
    return BrowserSettings(
        executable=executable,
        sandbox=settings.chromium_sandbox,
        slots=settings.render_slots,
        deadline_s=settings.render_deadline_s,
    )


async def sandbox_refused(settings: Settings) -> bool:
    """Whether the kernel is what keeps Chromium from starting here, as containers and Ubuntu often do. Some 1 s."""
    engine = ChromiumEngine(browser_settings(settings))
    try:
        process = await engine.launch(lambda: None)
        await process.close()
    except SlotBroken as exc:
        return exc.reason == "sandbox"
    finally:
        await engine.close()
    return False


def fonts_fault(browser: Browser, *, patience_s: float = 1.0) -> Check:
    """Not ready while a script cannot be written: a name in empty boxes would reach the employer.

    Printed once, and remembered. That may queue behind profiles for longer than whoever polls waits, so it goes on
    without them, once for all who ask, and each has an answer after `patience_s` at the latest.
    """
    looking: asyncio.Task[tuple[str, ...]] | None = None

    async def check() -> str | None:
        nonlocal looking
        if looking is None:
            if not browser.healthy():
                return "not looked at yet: no browser"
            looking = asyncio.create_task(missing_scripts(browser))
        try:
            async with asyncio.timeout(patience_s):
                missing = await asyncio.shield(looking)
        except TimeoutError:
            return "being looked at"
        except RenderError as exc:
            looking = None
            return f"not looked at yet: {exc.code}"
        return advice(missing) if missing else None

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedRenderer:
    """The profile renderer in the shape of app.ports.Renderer, timed."""

    inner: ProfileRenderer
    metrics: Metrics

    async def render(self, application: Application, *, budget_bytes: int) -> bytes:
        started = time.monotonic()
        profile = await self.inner.render(application, budget_bytes=budget_bytes)
        self.metrics.observe("render_seconds", time.monotonic() - started)
        return profile.content


@asynccontextmanager
async def renderer(
    settings: Settings, *, unreachable: Unreachable = "notice"
) -> AsyncIterator[tuple[ProfileRenderer, Browser]]:
    """A warm renderer and its browser, both closed at the end."""
    limits = ResumeLimits(file_bytes=settings.resume_bytes)
    wanted = RenderSettings(unreachable=unreachable, at_once=settings.render_slots + 1, resume=limits)
    hosts = tuple(sorted(settings.allowed_resume_hosts))
    fetch = HttpsFetch(FetchSettings(hosts=hosts, size_bytes=settings.resume_bytes)) if hosts else None
    async with (
        Browser(browser_settings(settings)) as browser,
        ProfileRenderer(browser, wanted, fetch) as ready,
    ):
        yield ready, browser
