"""Metrics are told whatever the ledger does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.intake.auditor import IngestHealth
from app.metrics import Metrics
from app.wiring.gauges import exposition, of_browser, of_log, of_roles, refreshing
from render.browser import Browser
from render.browser_settings import BrowserSettings


async def _hangs() -> None:
    await asyncio.Event().wait()


async def _refuses() -> None:
    raise ConnectionRefusedError


async def _answers() -> None:
    return


@pytest.mark.parametrize(("refresh", "stale"), [(_hangs, 1), (_refuses, 1), (_answers, 0)])
async def test_a_ledger_that_is_away_hides_no_metric_and_is_one_itself(
    refresh: Callable[[], Awaitable[None]], stale: int
) -> None:
    metrics = Metrics()
    metrics.set("issues_open", 3)
    async with refreshing([refresh], within_s=0.05) as refreshed:
        text = (await exposition(metrics, refreshed)).decode()
    assert "ats_sync_issues_open 3.0" in text
    assert f"ats_sync_gauges_stale {float(stale)}" in text


async def test_an_error_of_the_program_is_not_hidden() -> None:
    async def wrong() -> None:
        raise LookupError("no such gauge")

    async with refreshing([wrong]) as refreshed:
        for _ in range(2):
            with pytest.raises(LookupError):
                await exposition(Metrics(), refreshed)


def test_a_process_tells_which_roles_it_has_and_no_other() -> None:
    """An alert asks which is nowhere: gauges without labels are there in every process, and 0."""
    metrics = Metrics()
    of_roles(metrics, ["ingest", "console"])
    told = {line for line in metrics.text().decode().splitlines() if line.startswith("ats_sync_role{")}
    assert told == {'ats_sync_role{role="ingest"} 1.0', 'ats_sync_role{role="console"} 1.0'}


async def test_a_browser_that_ended_by_itself_counts_as_restarted_from_the_first_on() -> None:
    metrics = Metrics()
    await of_browser(metrics, Browser(BrowserSettings()))
    assert 'ats_sync_render_browser_restarts{reason="lost"} 0.0' in metrics.text().decode()


@pytest.mark.parametrize("away", [False, True])
def test_a_broker_that_is_away_is_told_beside_the_lag_that_nobody_can_measure_now(*, away: bool) -> None:
    metrics = Metrics()
    of_log(metrics, IngestHealth(lag={"jobs": 0}, gaps_open=0, unreachable=away))
    text = metrics.text().decode()
    assert f"ats_sync_ingest_log_unreachable {float(away)}" in text
    assert 'ats_sync_ingest_lag_events{topic="jobs"} 0.0' in text
