"""Health: what is wrong is named, and a fault turns the status."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from app import health
from app.metrics import Metrics


async def fine() -> str | None:
    return None


async def stuck() -> str | None:
    return "the watermark has not moved for 130 s"


async def no_metrics() -> bytes:
    return b""


@pytest.mark.parametrize(("check", "status"), [(fine, 200), (stuck, 503)])
async def test_a_fault_turns_the_status_and_is_named(check: health.Check, status: int) -> None:
    async with (
        health.serve(("127.0.0.1", 0), live={"ingest": check}, ready={}, metrics=no_metrics) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/livez") as reply,
    ):
        assert reply.status == status
        assert (await reply.json())["ingest"] == (await check() or "ok")


async def test_checks_that_take_their_time_take_it_together() -> None:
    """Whoever polls gives up after some seconds, whatever the sum of them is."""
    both = asyncio.Barrier(2)

    async def slow() -> str | None:
        await both.wait()
        return None

    async with (
        health.serve(("127.0.0.1", 0), live={}, ready={"database": slow, "fonts": slow}, metrics=no_metrics) as url,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
        session.get(f"{url}/readyz") as reply,
    ):
        assert await reply.json() == {"database": "ok", "fonts": "ok"}


async def test_metrics_are_served_in_the_prometheus_format() -> None:
    metrics = Metrics()
    metrics.set("deliveries", 3, state="ready")
    metrics.count("fenced_out_total")

    async def text() -> bytes:
        return metrics.text()

    async with (
        health.serve(("127.0.0.1", 0), live={}, ready={}, metrics=text) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/metrics") as reply,
    ):
        body = await reply.text()
        assert reply.content_type == "text/plain"
    assert 'ats_sync_deliveries{state="ready"} 3.0' in body
    assert "ats_sync_fenced_out_total 1.0" in body
