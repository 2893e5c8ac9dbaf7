"""The sandbox's page in a real browser: what arrived can be seen and opened, and nothing on it can run."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from adapters.pusher import VendorPusher
from adapters.registry import build
from adapters.sandbox import Plan, Sandbox, base_url, credentials
from adapters.sandbox.vendors import VENDORS
from adapters.transport import open_transport
from schemas.codec import encode
from tests.contract.adapter_case import KEY, MemoryJournal
from tests.contract.adapter_case import PDF as CASE_PDF
from tests.contract.test_adapters import CASES
from tests.unit.sandbox.talk import PDF, basic, signed
from tests.unit.sandbox.test_webhook import SECRET, message

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HOSTILE = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    """A page that fails the test when the browser refuses or reports anything."""
    complaints: list[str] = []
    context = await browser.new_context(base_url=sandbox.url, viewport={"width": 1280, "height": 900})
    opened = await context.new_page()
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await context.close()
    assert complaints == []


async def a_candidate_at_greenhouse(sandbox: Sandbox, account: str, first_name: str, job: int = 4021) -> None:
    login, base = credentials("greenhouse"), base_url(sandbox.url, "greenhouse", account)
    async with aiohttp.ClientSession() as client:
        headers = {"authorization": basic(login["client_id"], login["client_secret"])}
        async with client.post(f"{base}/token", data={"grant_type": "client_credentials"}, headers=headers) as reply:
            client.headers["authorization"] = f"Bearer {(await reply.json())['access_token']}"
        body: dict[str, Any] = {
            "first_name": first_name,
            "last_name": "Okafor",
            "email_addresses": [{"value": "ada@x.example", "type": "personal"}],
            "phone_numbers": [{"value": "+13125550100", "type": "mobile"}],
            "application": {"job_id": job, "source_id": int(login["source_id"])},
        }
        async with client.post(f"{base}/candidates", json=body) as reply:
            application_id = (await reply.json())["application"]["id"]
        content = base64.b64encode(PDF).decode()
        file = {
            "application_id": application_id,
            "filename": "factoryfix-profile.pdf",
            "type": "other",
            "content": content,
        }
        async with client.post(f"{base}/attachments", json=file) as reply:
            assert reply.status == 201


async def a_webhook(sandbox: Sandbox, key: str, account: str = "globex", **changes: Any) -> int:
    body = encode(message(key, f"app-{key}", **changes))
    headers = signed(SECRET, key, datetime.now(UTC), body)
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{sandbox.url}/webhook/{account}", data=body, headers=headers) as reply,
    ):
        return reply.status


async def test_from_the_accounts_to_a_person_and_their_file(sandbox: Sandbox, page: Page) -> None:
    await a_candidate_at_greenhouse(sandbox, "acme-forge", "Ada")
    await page.goto("/")
    assert await page.locator(".sums b").all_inner_texts() == ["1", "1", "1", "1", "0"]
    await page.get_by_role("link", name="acme-forge").click()
    person = page.locator("article.person")
    assert "Ada Okafor" in await person.inner_text()
    assert "Job 4021" in await person.inner_text()
    assert "source FactoryFix" in await person.inner_text()
    href = await person.get_by_role("link", name="factoryfix-profile.pdf").get_attribute("href")
    assert href
    reply = await page.request.get(href)
    assert (reply.headers["content-type"], await reply.body()) == ("application/pdf", PDF)
    assert reply.headers["content-disposition"].startswith("inline;")


@pytest.mark.parametrize("vendor", sorted(VENDORS))
async def test_what_every_adapter_delivered_is_seen_and_its_pdf_opens(
    sandbox: Sandbox, page: Page, vendor: str
) -> None:
    case = CASES[vendor]
    adapter = build(vendor, credentials(vendor), base_url(sandbox.url, vendor, "acme"))
    async with open_transport() as transport:
        pusher = VendorPusher(adapter, transport)
        await pusher.push(case.delivery(), MemoryJournal(), deadline=time.monotonic() + 60)
    await page.goto("/")
    await page.get_by_role("link", name="acme").first.click()
    assert f"/accounts/{vendor}/acme" in page.url
    person = page.locator("article.person")
    told = await person.inner_text()
    assert "Augusta Lovelace" in told
    assert f"Job {case.ats_job_id}" in told
    link = person.get_by_role("link", name=KEY)
    href = await link.get_attribute("href")
    assert href
    reply = await page.request.get(href)
    assert (reply.headers["content-type"], await reply.body()) == ("application/pdf", CASE_PDF)


async def test_markup_in_a_name_is_only_text(sandbox: Sandbox, page: Page) -> None:
    await a_candidate_at_greenhouse(sandbox, "acme", HOSTILE)
    await page.goto("/accounts/greenhouse/acme")
    assert HOSTILE in await page.locator("article.person h3").inner_text()
    assert await page.locator("script, img").count() == 0
    assert await page.title() == "acme · Sandbox ATS"


async def test_a_script_that_got_in_would_not_run(sandbox: Sandbox, browser: Browser) -> None:
    context = await browser.new_context(base_url=sandbox.url)
    page = await context.new_page()
    await page.goto("/")
    await page.evaluate(
        """() => {
            const added = document.createElement('script');
            added.textContent = "document.title = 'owned'";
            document.body.append(added);
        }"""
    )
    assert await page.title() == "Sandbox ATS"
    await context.close()


async def test_only_a_pdf_opens_in_the_browser(sandbox: Sandbox, page: Page) -> None:
    html = b"<html><script>alert(1)</script></html>"
    attachment = {"file_name": "x.html", "content_type": "text/html", "content_base64": base64.b64encode(html).decode()}
    assert await a_webhook(sandbox, "k1", attachment=attachment) == 200
    (file,) = sandbox.state()["accounts"]["globex"]["attachments"]
    reply = await page.request.get(f"/accounts/webhook/globex/files/{file['id']}")
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"].startswith("attachment;")
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_faults_duplicates_and_lost_answers_are_seen(sandbox: Sandbox, page: Page) -> None:
    sandbox.put_faults({"globex": Plan(script=("ok", "503"), seed=3)})
    assert [await a_webhook(sandbox, key) for key in ("k1", "k2")] == [200, 503]
    await a_candidate_at_greenhouse(sandbox, "acme", "Ada")
    await a_candidate_at_greenhouse(sandbox, "acme", "Ada")
    await page.goto("/")
    text = await page.locator("main").inner_text()
    assert "script of 2" in text
    assert "503 1" in text
    assert await page.locator(".sums .bad").inner_text() == "1\nduplicates"


async def test_a_request_is_shown_whole(sandbox: Sandbox, page: Page) -> None:
    await a_webhook(sandbox, "k1")
    await page.goto("/")
    await page.get_by_role("link", name="1", exact=True).click()
    assert "webhook-signature" in await page.locator("main").inner_text()
    assert '"application_id":"app-k1"' in await page.locator("pre").inner_text()


async def test_many_candidates_come_in_pages(sandbox: Sandbox, page: Page) -> None:
    people = [{"id": f"c{n}", "first_name": f"P{n}", "last_name": "X", "email": f"p{n}@x.example"} for n in range(60)]
    await asyncio.gather(*(a_webhook(sandbox, f"k{n}", candidate=one) for n, one in enumerate(people)))
    await page.goto("/accounts/webhook/globex")
    assert await page.locator("article.person").count() == 50
    await page.get_by_role("link", name="Older").click()
    assert await page.locator("article.person").count() == 10


@pytest.mark.parametrize(
    "path", ["/nothing", "/accounts/greenhouse/nobody", "/requests/99", "/accounts/webhook/x/files/1"]
)
async def test_what_is_not_there_is_404(sandbox: Sandbox, browser: Browser, path: str) -> None:
    context = await browser.new_context(base_url=sandbox.url)
    reply = await context.request.get(path)
    assert reply.status == 404
    await context.close()


async def test_no_page_is_wider_than_a_telephone(sandbox: Sandbox, page: Page) -> None:
    await a_candidate_at_greenhouse(sandbox, "acme", "A" * 200)
    await page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/accounts/greenhouse/acme", "/requests/1"):
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
