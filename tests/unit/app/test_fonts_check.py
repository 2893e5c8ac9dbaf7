"""The check of fonts among many who poll it, with a browser whose prints end on command."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from app.wiring import rendering
from render.browser import Browser, BrowserSettings
from schemas.errors import RenderError


@dataclass
class Looks:
    """Stands for `missing_scripts`: how often it was begun, and when and how it ends."""

    begun: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    fault: RenderError | None = None
    missing: tuple[str, ...] = ()

    async def __call__(self, _: object) -> tuple[str, ...]:
        self.begun += 1
        await self.may_end.wait()
        if self.fault:
            raise self.fault
        return self.missing


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


async def test_a_look_that_failed_is_told_and_begun_again(looks: Looks, browser: Browser) -> None:
    check = rendering.fonts_fault(browser, patience_s=10.0)
    looks.fault = RenderError("no", code="queue_full")
    looks.may_end.set()
    assert await check() == "not looked at yet: queue_full"
    looks.fault, looks.missing = None, ("Thai",)
    assert "Thai" in (await check() or "")
    assert looks.begun == 2
