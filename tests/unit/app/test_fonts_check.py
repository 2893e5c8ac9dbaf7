"""The check of fonts among many who poll it, with a browser whose prints end on command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from app import health
from app.wiring import rendering
from render.browser import Browser, BrowserSettings
from render.fonts import SCRIPTS, canary_html
from schemas.errors import RenderError
from tests.unit.render.test_browser_pool import FakeEngine, until
from tests.unit.render.test_browser_pool import pool as browser_of


@dataclass
class Looks:
    """Stands for `missing_scripts`: how often it was begun, and when and how it ends."""

    begun: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None
    missing: tuple[str, ...] = ()

    async def __call__(self, _: object) -> tuple[str, ...]:
        self.begun += 1
        await self.may_end.wait()
        if self.fault:
            raise self.fault
        return self.missing


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    made = Looks()
    monkeypatch.setattr(rendering, "missing_scripts", made)
    monkeypatch.setattr(Browser, "healthy", lambda _: True)
    return made


@pytest.fixture
def browser() -> Browser:
    return Browser(BrowserSettings())


async def test_one_look_serves_all_who_poll_and_outlives_those_who_gave_up(looks: Looks, browser: Browser) -> None:
    check = rendering.fonts_fault(browser, patience_s=0.01)
    assert await asyncio.gather(*(check() for _ in range(5))) == ["being looked at"] * 5
    leaving = asyncio.ensure_future(check())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    looks.may_end.set()
    await asyncio.sleep(0)
    assert await check() is None
    assert await check() is None
    assert looks.begun == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [(RenderError("no", code="queue_full"), "queue_full"), (ValueError("not a PDF"), "ValueError")],
    ids=["no page", "no font to be read"],
)
async def test_a_look_that_failed_is_told_and_not_begun_again_by_every_poll(
    looks: Looks, browser: Browser, fault: Exception, told: str
) -> None:
    check, looks.fault = rendering.fonts_fault(browser), fault
    looks.may_end.set()
    assert [await check() for _ in range(5)] == [f"not looked at yet: {told}"] * 5
    assert looks.begun == 1


async def test_a_look_that_failed_is_begun_again_after_a_while(looks: Looks, browser: Browser) -> None:
    clock = Clock()
    check, looks.fault = rendering.fonts_fault(browser, clock=clock), RenderError("no", code="timeout")
    looks.may_end.set()
    assert await check() == "not looked at yet: timeout"
    looks.fault, looks.missing = None, ("Thai",)
    clock.now += 5
    assert "Thai" in (await check() or "")
    clock.now += 3_600
    assert "Thai" in (await check() or "")
    assert looks.begun == 2


async def test_polls_of_a_browser_under_load_take_one_place_of_its_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each poll had a page printed of its own until one was; the queue was full of them, and profiles were refused."""
    monkeypatch.setattr("render.fonts.unwritten", lambda *_: ())
    engine = FakeEngine(gates={"profile": asyncio.Event()})
    async with browser_of(engine, slots=2, queue_per_slot=2) as browser, asyncio.TaskGroup() as profiles:
        await browser.print_pdf("the first one")
        for _ in range(4):
            profiles.create_task(browser.print_pdf("profile"))
        await until(lambda: browser.counters().waiting == 2)
        async with _served(rendering.fonts_fault(browser, patience_s=0.05)) as poll:
            assert [await poll() for _ in range(5)] == ["being looked at"] * 5
            assert browser.counters().waiting == 3
            engine.gates["profile"].set()
            async with asyncio.timeout(5):
                while (said := await poll()) != "ok":
                    assert said == "being looked at"
    assert engine.printed.count(canary_html(SCRIPTS)) == 1
    assert browser.counters().refused == 0


@asynccontextmanager
async def _served(check: health.Check) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """What /readyz says of the fonts."""

    async def no_metrics() -> bytes:
        return b""

    async with (
        health.serve(("127.0.0.1", 0), live={}, ready={"fonts": check}, metrics=no_metrics) as url,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
    ):

        async def poll() -> str:
            async with session.get(f"{url}/readyz") as reply:
                said: str = (await reply.json())["fonts"]
                return said

        yield poll
