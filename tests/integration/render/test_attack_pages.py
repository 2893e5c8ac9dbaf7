"""Nothing a page, a transcript or a resume says makes Chromium load anything: 0 hits on a listener, 0 secrets read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import async_playwright

from render import chromium_slot, chromium_start
from render.browser import Browser, BrowserSettings
from render.browser_user import as_nobody, needs_another_user
from render.renderer import ProfileRenderer, RenderSettings
from schemas.events import JobRef
from tests.browser.attack_pages import attacks
from tests.browser.attack_sweep import sweep
from tests.browser.render_cases import application, assessment, person, screening
from tests.browser.render_running import BUDGET_BYTES, browser_settings, text_of, until
from tests.fuzz.corpus_judges import acting

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ONLINE = {**chromium_slot._OFFLINE, "offline": False}
SECRET = "TOP-SECRET-4711"


@asynccontextmanager
async def listener() -> AsyncIterator[tuple[str, Callable[[], int]]]:
    """An address on this machine, and how often anybody came."""
    hits = 0

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hits
        hits += 1
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hit", lambda: hits


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind_the_sandbox(
    chromium_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ProfileRenderer]:
    """Chromium with its own sandbox on, as in production; as root that takes another user."""
    folder = tmp_path_factory.mktemp("browser")
    executable = as_nobody(chromium_path, folder) if needs_another_user() else chromium_path
    async with (
        Browser(BrowserSettings(executable=executable, sandbox=True)) as browser,
        ProfileRenderer(browser, RenderSettings()) as ready,
    ):
        yield ready


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "secret.html").write_text(f"<p>{SECRET}</p>")
    return (tmp_path / "secret.html").as_uri()


async def test_the_listener_does_hear_a_browser_without_our_settings(chromium_path: Path, secret: str) -> None:
    """Otherwise the tests below could not fail."""
    async with listener() as (target, hits), async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium_path, chromium_sandbox=False)
        page = await browser.new_page()
        await page.set_content(f'<img src="{target}">')
        await browser.close()
        assert hits() > 0


async def test_no_attack_page_loads_anything_even_without_our_own_page_around_it(
    chromium_path: Path, secret: str
) -> None:
    async with listener() as (target, hits), Browser(browser_settings(chromium_path)) as browser:
        pages = [*attacks(target), *attacks(secret), *attacks(target.upper().replace("HIT", "hit"))]
        pages += [*sweep(target), *sweep(secret)]
        room = asyncio.Semaphore(4)

        async def printed_page(page: str) -> bytes:
            async with room:
                return await browser.print_pdf(f"<!DOCTYPE html><html><body>{page}")

        printed = await asyncio.gather(*map(printed_page, pages))
        assert hits() == 0
    assert [page for page, pdf in zip(pages, printed, strict=True) if SECRET in text_of(pdf)] == []


@pytest.mark.parametrize("left_out", ["--proxy-", "offline"])
async def test_each_of_two_layers_alone_keeps_pages_from_the_network(
    chromium_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    """The dead proxy with the dead resolver, and "offline", which a page on its way elsewhere may get past."""
    if left_out == "offline":
        monkeypatch.setattr(chromium_slot, "_OFFLINE", ONLINE)
        monkeypatch.setattr(chromium_slot, "_IS_OFFLINE", "net::ERR_PROXY_CONNECTION_FAILED")
    else:
        kept = [one for one in chromium_start._ARGUMENTS if not one.startswith((left_out, "--host-resolver-rules"))]
        monkeypatch.setattr(chromium_start, "_ARGUMENTS", kept)
    async with listener() as (target, hits), Browser(browser_settings(chromium_path)) as browser:
        loading = list[str]()
        for page in attacks(target):
            before = hits()
            if left_out == "offline" or 'http-equiv="refresh"' not in page:
                await browser.print_pdf(f"<!DOCTYPE html><html><body>{page}")
            loading += [page] * (hits() - before)
        assert loading == []


async def test_a_page_that_is_not_offline_is_not_used(chromium_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium_slot, "_OFFLINE", ONLINE)
    async with Browser(browser_settings(chromium_path)) as browser:
        await until(lambda: browser.counters().launch_failures > 0)
        assert "off the network" in (browser.fault() or "")


async def test_attacks_in_a_transcript_stay_text(renderer: ProfileRenderer, secret: str) -> None:
    async with listener() as (target, hits):
        said = tuple(("candidate", page) for page in (*attacks(target), *attacks(secret)))
        made = await renderer.render(application(screening=screening(said)), budget_bytes=BUDGET_BYTES)
        assert hits() == 0
    text = text_of(made.content)
    assert SECRET not in text
    assert text.count("<iframe") >= 4


@pytest.mark.chromium_sandbox
async def test_attacks_in_every_other_field_stay_text(
    renderer: ProfileRenderer, behind_the_sandbox: ProfileRenderer, secret: str
) -> None:
    async with listener() as (target, hits):
        pages = [*attacks(target), *attacks(secret)]
        said = replace(
            assessment(), summary=" ".join(pages), strengths=tuple(pages[:60]), concerns=tuple(pages[60:120])
        )
        spoiled = application(
            assessment=said,
            candidate=person(pages[0], pages[50], phone=pages[1]),
            job=JobRef(id="job-77", title=pages[2]),
            profile_url=target,
        )
        for one in (renderer, behind_the_sandbox):
            made = await one.render(spoiled, resume_bytes="\n\n".join(pages).encode(), budget_bytes=BUDGET_BYTES)
            text = text_of(made.content)
            assert SECRET not in text
            assert text.count("<iframe") >= 8
        assert hits() == 0


async def test_attacks_in_a_resume_of_html_are_gone_and_its_words_stay(renderer: ProfileRenderer, secret: str) -> None:
    """All that is left of them is text; printed too where it still names the target, the others being plain words."""
    async with listener() as (target, hits):
        for place in (target, secret):
            for page in (*attacks(place), *sweep(place)):
                resume = f"<html><body><p>honest words</p>{page}<p>more words</p></body></html>".encode()
                html = await renderer.html_of(application(), resume_bytes=resume)
                assert "honest words" in html, page
                if place in html:
                    made = await renderer.render(application(), resume_bytes=resume, budget_bytes=BUDGET_BYTES)
                    assert SECRET not in text_of(made.content)
                    assert acting(made.content) == [], page
        assert hits() == 0
