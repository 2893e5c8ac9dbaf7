"""The renderer as this service uses it: which Chromium, under which user, with which limits."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.embedded.chromium import find_chromium
from app.look import Look, Seen
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

_AGAIN_S: Final = 5.0  # after fonts that could not be looked at


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


def fonts_fault(browser: Browser, *, patience_s: float = 1.0, clock: Callable[[], float] = time.monotonic) -> Look:
    """Not ready while a script cannot be written: a name in empty boxes would reach the employer.

    Printed once, and remembered. That may queue behind profiles for longer than whoever polls waits, and where it fails
    the browser has better things to do than to try again for every poll.
    """

    async def look() -> Seen:
        if not browser.healthy():
            return Seen(fault="not looked at yet: no browser", good_s=0.0)
        try:
            missing = await missing_scripts(browser)
        except Exception as exc:  # noqa: BLE001 - whatever it was, the fonts are not known, and it is tried again
            reason = exc.code if isinstance(exc, RenderError) else type(exc).__name__
            return Seen(fault=f"not looked at yet: {reason}", good_s=_AGAIN_S)
        return Seen(fault=advice(missing) if missing else None)

    return Look(look, patience_s=patience_s, meanwhile="being looked at", clock=clock)


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
