"""The operators' pages in a real browser, over a real ledger: where is my candidate, and why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from app import health
from app.intake.intake import Intake
from app.intake.judging import Rules
from app.ledger.connections import ConnectionStore
from app.ledger.intake import IngestLedger
from app.ledger.pool import Pool, open_pool
from app.secrets import new_key, secrets_from
from app.settings import Settings
from app.wiring.worker import console_on
from schemas.connection import parse_specs
from schemas.record import Record
from tests.unit.cli.test_decide import AT_MS, CONNECTION, JOB, application, status

pytestmark = [pytest.mark.browser, pytest.mark.service, pytest.mark.asyncio(loop_scope="session")]
NO_EMAIL = {"id": "d", "first_name": "Grace", "last_name": "Hopper"}
PAGES = ["/", "/applications", "/applications/app-1", "/deliveries", "/dead-letters"]
HOSTILE = "app-<img src=x onerror=document.title='owned'>"


def record(topic: str, key: str, value: Any, offset: int) -> Record:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Record(topic=topic, key=key.encode(), value=body, offset=offset, timestamp_ms=AT_MS)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with await open_pool(database_url, size=4) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def ledger(pool: Pool) -> Pool:
    """One application on its way, one held, one with a hostile id, and a record nobody could read."""
    store = ConnectionStore(pool=pool, secrets=secrets_from(new_key()))
    await store.apply(parse_specs(json.dumps([CONNECTION]).encode()))
    records = [
        record("jobs", "job", JOB, 0),
        record("applications", "app-1", application(), 0),
        record("candidate-status", "app-1", status("engaged"), 0),
        record("applications", "app-2", application(application_id="app-2", candidate=NO_EMAIL), 1),
        record("candidate-status", "app-2", status("engaged", application_id="app-2"), 1),
        record("candidate-status", HOSTILE, status("new", application_id=HOSTILE), 2),
        record("applications", "app-3", b"{", 2),
    ]
    await Intake(IngestLedger(pool), Rules()).apply(records)
    return pool


@pytest_asyncio.fixture(loop_scope="session")
async def page(ledger: Pool, browser: Browser) -> AsyncIterator[Page]:
    """A page that fails the test when the browser refuses or reports anything."""

    async def no_metrics() -> bytes:
        return b""

    console = console_on(ledger, Settings())
    async with health.serve(("127.0.0.1", 0), live={}, ready={}, metrics=no_metrics, console=console.add_to) as url:
        context = await browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
        opened = await context.new_page()
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("console", lambda said: complaints.append(said.text) if "404" not in said.text else None)
        yield opened
        await context.close()
        assert complaints == []


async def test_p04_the_overview_puts_every_application_into_one_column(page: Page, ledger: Pool) -> None:
    await page.goto("/")
    rows = page.locator("tbody").first.locator("tr:not(.reasons)")
    cells = [[cell.strip() for cell in await row.locator("td.n").all_inner_texts()] for row in await rows.all()]
    total = sum(int(row[0]) for row in cells)
    assert total == await ledger.fetchval("select count(*) from application")
    assert int(await page.locator("tfoot td.n").first.inner_text()) == total
    assert all(int(row[0]) == sum(map(int, row[1:])) for row in cells)


async def test_where_is_my_candidate_leads_from_an_id_to_the_gate_that_failed(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("searchbox").or_(page.get_by_label("Find an application")).first.fill("app-2")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/applications/app-2")
    failed = page.locator("tr", has=page.locator("span.bad"))
    assert "missing_email" in await failed.first.inner_text()
    assert "a valid e-mail address" in await failed.first.inner_text()


@pytest.mark.parametrize(
    ("wanted", "path"), [("d", "/applications/app-2"), ("c", "/applications/app-1"), ("nobody", "/applications/nobody")]
)
async def test_a_candidates_id_leads_to_their_application(page: Page, wanted: str, path: str) -> None:
    await page.goto(f"/find?id={wanted}")
    assert urlsplit(page.url).path == path


async def test_the_name_of_a_pdf_leads_to_its_delivery(page: Page, ledger: Pool) -> None:
    key = await ledger.fetchval("select key::text from delivery where application_id = 'app-1'")
    for wanted in (key, key[:8], f"FactoryFix-Welder-{key}.pdf"):
        await page.goto(f"/find?id={wanted}")
        assert urlsplit(page.url).path == f"/deliveries/{key}"


async def test_the_answer_says_what_to_do_next(page: Page) -> None:
    await page.goto("/applications/app-2")
    assert "Waits for a valid e-mail address" in await page.locator(".answer").inner_text()
    assert "completed" in await page.locator(".next").inner_text()


async def test_every_page_has_landmarks_a_title_and_fits_a_telephone(page: Page, ledger: Pool) -> None:
    key = await ledger.fetchval("select key::text from delivery limit 1")
    await page.set_viewport_size({"width": 390, "height": 844})
    titles = set()
    for path in (*PAGES, f"/deliveries/{key}", "/applications/nobody", "/nowhere"):
        await page.goto(path)
        titles.add(await page.title())
        for role in ("banner", "navigation", "main", "search", "contentinfo"):
            assert await page.get_by_role(role).count() == 1, (path, role)
        assert await page.locator("h1").count() == 1, path
        assert await page.locator("th:not([scope])").count() == 0, path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
    await page.set_viewport_size({"width": 1280, "height": 800})
    assert len(titles) == len(PAGES) + 3


async def test_on_a_telephone_every_cell_says_what_it_is(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/applications/app-2")
    failed = page.locator("tr", has=page.locator("span.bad"))
    missing = failed.locator("td[data-label=missing]")
    box = await missing.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
    assert await missing.evaluate("cell => getComputedStyle(cell, '::before').content") == '"missing: "'
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_no_word_is_broken_where_there_is_room(page: Page) -> None:
    await page.goto("/applications/app-2")
    reason = page.locator("tr", has=page.locator("span.bad")).locator("td").nth(2)
    assert await reason.evaluate("cell => cell.getClientRects().length && cell.clientHeight") < 60
    assert await reason.inner_text() == "missing_email"


async def test_a_filter_is_taken_away_alone(page: Page) -> None:
    await page.goto("/applications?reason=missing_email&verdict=HOLD")
    await page.get_by_role("link", name="Without verdict HOLD").click()
    assert urlsplit(page.url).query == "reason=missing_email"


async def test_a_reason_on_the_overview_lists_its_applications(page: Page) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="missing_email 1").click()
    assert "app-2" in await page.locator("tbody").inner_text()


async def test_a_delivery_is_reached_from_its_application(page: Page) -> None:
    await page.goto("/applications/app-1")
    await page.locator("a[href^='/deliveries/']").first.click()
    assert "create for" in await page.locator("h1").inner_text()


async def test_what_comes_from_events_is_text(page: Page) -> None:
    await page.goto("/applications")
    await page.get_by_role("link", name=HOSTILE).click()
    assert await page.locator("h1").inner_text() == HOSTILE
    assert "owned" not in (await page.title()).split("·")[-1]
    assert await page.locator("main img").count() == 0


async def test_p05_no_page_shows_a_person(page: Page) -> None:
    for path in (
        "/",
        "/applications",
        "/applications/app-1",
        "/deliveries",
        "/dead-letters",
        "/api/applications/app-1",
    ):
        await page.goto(path)
        text = (await page.content()).lower()
        assert "lovelace" not in text
        assert "ada@example.com" not in text


async def test_dead_letters_say_why(page: Page) -> None:
    await page.goto("/dead-letters")
    assert "not_json" in await page.locator("tbody").inner_text()


@pytest.mark.parametrize(
    "path", ["/applications/nobody", "/deliveries/none", "/deliveries/not-a-key", "/nowhere", "/api/nowhere"]
)
async def test_what_is_not_there_is_404_and_says_so(page: Page, path: str) -> None:
    answer = await page.goto(path)
    assert answer is not None
    assert answer.status == 404


async def test_a_reason_for_which_a_delivery_stands_still_lists_its_applications(page: Page, ledger: Pool) -> None:
    await ledger.execute("update delivery set state = 'parked', reason = 'job_closed' where application_id = 'app-1'")
    await page.goto("/")
    await page.get_by_role("link", name="job_closed 1").click()
    assert "app-1" in await page.locator("tbody").inner_text()


async def test_every_page_has_its_json_twin(page: Page) -> None:
    for path in ("overview", "applications", "applications/app-1", "deliveries", "dead-letters"):
        answer = await page.goto(f"/api/{path}")
        assert answer is not None
        assert await answer.json()
