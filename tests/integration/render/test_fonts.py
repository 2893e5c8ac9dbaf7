"""The start-up check of fonts, on a machine that has them and on one where fontconfig hides all but one family."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.wiring.rendering import fonts_fault
from render.browser import Browser
from render.fonts import SCRIPTS, advice, canary_html, missing_scripts, unwritten
from tests.browser.render_running import browser_settings, until

pytestmark = pytest.mark.browser

ONE_FAMILY = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts/truetype/open-sans</dir><cachedir>{cache}</cachedir></fontconfig>"""


@pytest.fixture
def one_family(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the browser reads it as another user
        config = Path(folder) / "fonts.conf"
        config.write_text(ONE_FAMILY.format(cache=folder))
        monkeypatch.setenv("FONTCONFIG_FILE", os.fspath(config))
        yield


async def test_the_installed_fonts_write_every_script(chromium_path: Path) -> None:
    async with Browser(browser_settings(chromium_path)) as browser:
        assert await missing_scripts(browser) == ()
        private = {"Nobody's": "\ue000"}
        assert unwritten(await browser.print_pdf(canary_html(private)), private) == ("Nobody's",)
        assert len(SCRIPTS) >= 10
        await until(browser.healthy)
        assert await fonts_fault(browser, patience_s=60.0)() is None


async def test_polls_under_load_cost_one_print_and_are_answered_at_once(chromium_path: Path) -> None:
    async with (
        Browser(browser_settings(chromium_path, slots=2)) as browser,
        fonts_fault(browser, patience_s=0.05) as check,
    ):
        await browser.print_pdf("<!DOCTYPE html><title>first</title>")
        long = "<!DOCTYPE html><title>long</title>" + "<p>word word word word word</p>" * 1_000
        profiles = [asyncio.create_task(browser.print_pdf(long)) for _ in range(6)]
        await until(lambda: browser.counters().waiting > 0)
        before = browser.counters()
        said: list[str | None] = []
        while not said or said[-1] is not None:
            async with asyncio.timeout(5):
                said.append(await check())
            await asyncio.sleep(0.05)
        await asyncio.gather(*profiles)
        after = browser.counters()
    assert set(said) == {"being looked at", None}
    assert after.renders - before.renders == len(profiles) + 1
    assert after.refused == after.timeouts == 0


async def test_a_machine_without_fonts_is_not_ready_and_says_what_to_install(
    chromium_path: Path, one_family: None
) -> None:
    async with Browser(browser_settings(chromium_path)) as browser:
        check = fonts_fault(browser, patience_s=60.0)
        assert await check() == "not looked at yet: no browser"
        await until(browser.healthy)
        said = await check()
        renders = browser.counters().renders
        assert await check() == said
        assert browser.counters().renders == renders
    assert said is not None
    assert "Hebrew (install fonts-noto-core)" in said
    assert "Chinese (install fonts-droid-fallback)" in said
    assert "Korean (install fonts-nanum)" in said
    assert "Emoji (install fonts-noto-color-emoji)" in said
    assert "Latin" not in said


def test_every_script_has_a_package_to_name() -> None:
    assert advice(tuple(SCRIPTS)).count("(install fonts-") == len(SCRIPTS)
