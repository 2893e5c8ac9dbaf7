"""What the public listener answers, to those who may come and to everybody else, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app import files
from app.delivery.work import LedgerAway
from tests.integration.delivery.parts import Bench
from tests.integration.delivery.public import BYTES, PAGE, Internet, begun, called_ago, forget, served

pytestmark = pytest.mark.service


async def test_the_answer_is_a_file_that_nobody_keeps_shows_or_indexes(bench: Bench, internet: Internet) -> None:
    key = await begun(bench)
    async with internet.session.get(internet.links.to(key)) as reply:
        headers = reply.headers
        assert await reply.read() == BYTES
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(BYTES))
    assert headers["Content-Disposition"] == f'attachment; filename="FactoryFix-{key}.pdf"'
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "aiohttp" not in headers["Server"]
    async with internet.session.head(internet.links.to(key)) as reply:
        assert (reply.status, reply.headers["Content-Length"], await reply.read()) == (200, str(len(BYTES)), b"")


async def test_one_delivery_opens_no_other(bench: Bench, internet: Internet) -> None:
    key = await begun(bench)
    other = await bench.emit("app-2")
    for url in (
        internet.links.to(key).replace(str(key), str(other)),
        internet.links.to(other).replace(str(other), str(key)),
        internet.links.to(key)[:-1],
        internet.links.to(key) + "/",
        internet.links.public_url + "/robots.txt",
        internet.links.public_url + "/metrics",
        internet.links.public_url,
    ):
        assert await internet.get(url) == (404, b"")
    assert set(internet.seen) == {"refused"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_a_link_can_only_be_read(bench: Bench, internet: Internet, method: str) -> None:
    key = await begun(bench)
    assert await internet.get(internet.links.to(key), method) == (404, b"")


class NoLedger:
    """A ledger that is away, and knows who asked for it."""

    asked = 0

    async def find(self, key: UUID, *, fetched: bool) -> bytes | None:
        self.asked += 1
        raise LedgerAway("away")


async def test_what_is_forged_never_reaches_the_ledger() -> None:
    pdfs = NoLedger()
    async with served(pdfs) as internet:
        forged = replace(internet.links, keys=(b"x" * 32,))
        assert await internet.get(forged.to(uuid4())) == (404, b"")
        assert pdfs.asked == 0
        assert await internet.status(uuid4()) == 503
        assert pdfs.asked == 1
    assert internet.seen == ["refused", "ledger_away"]


async def test_what_is_forged_unknown_over_or_erased_is_one_answer(bench: Bench, internet: Internet) -> None:
    key = await begun(bench, "delivered")
    await called_ago(bench, key)

    async def whole(url: str) -> tuple[int, list[tuple[str, str]], bytes]:
        async with internet.session.get(url) as reply:
            return reply.status, [pair for pair in reply.headers.items() if pair[0] != "Date"], await reply.read()

    over = await whole(internet.links.to(key))
    await forget(bench)
    erased = await whole(internet.links.to(key))
    unknown = await whole(internet.links.to(uuid4()))
    forged = await whole(internet.links.to(key).replace("/pdf/", "/pdf/A")[:-1])
    assert over == erased == unknown == forged
    assert over[0] == 404


async def test_p5_no_library_writes_down_who_asked_for_what(
    bench: Bench, internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    """However much it is told to log."""
    key = await begun(bench)
    with caplog.at_level(logging.DEBUG):
        await internet.status(key)
        await internet.get(internet.links.to(key)[:-1])
    assert not [record for record in caplog.records if str(key) in record.getMessage()]


async def test_a_preflights_link_shows_a_page_of_nobody_and_asks_no_ledger() -> None:
    async with served(NoLedger()) as internet:
        assert await internet.get(internet.links.to(uuid4(), "check")) == (200, PAGE)


async def test_whoever_does_not_take_the_file_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Large:
        async def find(self, key: UUID, *, fetched: bool) -> bytes | None:
            return b"x" * 50_000_000

    monkeypatch.setattr(files, "_SEND_S", 0.3)
    async with served(Large()) as internet:
        host, port = internet.links.public_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1_000)
        path = internet.links.to(uuid4()).removeprefix(internet.links.public_url)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await asyncio.sleep(0.6)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(20):
                await reader.readexactly(50_000_000)
        writer.close()
