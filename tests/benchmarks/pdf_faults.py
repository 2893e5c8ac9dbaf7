"""How fast the pool comes back after each fault, what is left behind, and what it holds after 2,000 documents."""

from __future__ import annotations

import asyncio
import signal
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil

from render.browser import Browser
from render.browser_processes import memory_bytes, tree
from render.page import profile_html
from render.view import profile_view
from schemas.errors import RenderError
from tests.benchmarks.pdf_measures import burst, out, verdict
from tests.benchmarks.pdf_rivals import Once
from tests.browser.render_cases import application, long_talk
from tests.browser.render_faults import ENDLESS, HANGS, MARK, kill_renderers, renderers, zombies
from tests.browser.render_running import browser_settings, until

_TIMES: Final = 5
_DEADLINE_S: Final = 1.0
_WATCHED_S: Final = 1.0


async def recovery(chromium: Path) -> None:
    """Every time is from the fault, or from the deadline, to what the line says."""
    async with Browser(browser_settings(chromium)) as browser:
        await _killed_renderer(browser)
        await _killed_browser(browser)
    async with Browser(browser_settings(chromium, deadline_s=_DEADLINE_S)) as browser:
        await _hung_document(browser)
        left = len(zombies(psutil.Process()))
    verdict("zombie processes after all of it", left, "0", good=left == 0)
    await _killed_service(chromium)


async def _killed_renderer(browser: Browser) -> None:
    """In the middle of a document of 300 messages, all three renderers at once."""
    long, errors_s, nexts_s = profile_html(profile_view(long_talk(300))), list[float](), list[float]()
    for _ in range(_TIMES):
        await until(lambda: browser.counters().idle == 3)
        printing = asyncio.create_task(browser.print_pdf(long))
        await asyncio.sleep(0.05)
        crashes = browser.counters().crashes
        await asyncio.to_thread(kill_renderers)
        killed_s = time.perf_counter()
        errors_s.append(await _seconds(killed_s, lambda before=crashes: browser.counters().crashes > before))  # type: ignore[misc]
        nexts_s.append(await _seconds_to_pdf(browser))
        await printing
    _judge("killed renderers: error noticed, s", errors_s, 0.2)
    _judge("killed renderers: next PDF after the error, s", nexts_s, 0.5)


async def _killed_browser(browser: Browser) -> None:
    nexts_s = []
    for _ in range(_TIMES):
        await until(lambda: browser.counters().idle == 3)
        victim = (await asyncio.to_thread(tree, MARK))[0]
        victim.send_signal(signal.SIGKILL)
        nexts_s.append(await _seconds_to_pdf(browser))
    _judge("killed browser: next PDF, s", nexts_s, 1.0)


async def _hung_document(browser: Browser) -> None:
    await until(lambda: browser.counters().idle == 3)
    before = {process.pid for process in await asyncio.to_thread(renderers)}
    started_s = time.perf_counter()
    printing = asyncio.create_task(browser.print_pdf(HANGS))
    await until(lambda: sum(map(psutil.pid_exists, before)) < len(before))
    freed_s = time.perf_counter() - started_s - _DEADLINE_S
    try:
        await printing
    except RenderError as exc:
        out(f"     a document that never ends: RenderError {exc.code} after two deadlines of {_DEADLINE_S:g} s")
    await until(lambda: browser.counters().idle == 3)
    cores = await _cores()
    verdict("hung document: its renderer gone after the deadline, s", freed_s, "<= 1", good=freed_s <= 1)
    verdict("cores burning afterwards", cores, "0 (<= 0.1)", good=cores <= 0.1)


async def _killed_service(chromium: Path) -> None:
    """`kill -9` of a service in the middle of three documents: its browser, driver and cells must go with it."""
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENDLESS, str(chromium), stdout=asyncio.subprocess.PIPE
    )
    assert service.stdout
    await service.stdout.readline()
    family = psutil.Process(service.pid).children(recursive=True)
    service.kill()
    killed_s = time.perf_counter()
    await service.wait()
    gone_s = await _seconds(killed_s, lambda: not any(process.is_running() for process in family))
    name = f"service killed: all its {len(family)} processes gone, s"
    verdict(name, gone_s, "<= 5", good=gone_s <= 5)


async def _seconds(since_s: float, true: Callable[[], bool]) -> float:
    while not true():  # noqa: ASYNC110 - no event announces these
        await asyncio.sleep(0.001)
    return time.perf_counter() - since_s


async def _seconds_to_pdf(browser: Browser) -> float:
    started_s = time.perf_counter()
    await browser.print_pdf(profile_html(profile_view(application())))
    return time.perf_counter() - started_s


async def _cores() -> float:
    def used_s() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in tree(MARK) if process.is_running())

    before_s = used_s()
    await asyncio.sleep(_WATCHED_S)
    return (used_s() - before_s) / _WATCHED_S


def _judge(name: str, values: list[float], goal: float) -> None:
    value = statistics.median(values)
    verdict(f"{name} (longest {max(values):.2f})", value, f"<= {goal:g}", good=value <= goal)


async def memory(browser: Browser, whole: Once) -> None:
    """2,000 documents, four at a time; memory of Chromium's whole tree, shared pages counted once."""
    held: dict[int, float] = {}
    for number in range(1, 11):
        await burst(200, 4, whole)
        held[number * 200] = await asyncio.to_thread(memory_bytes, MARK) / 2**20
        replaced = browser.counters().slots_replaced
        out(f"     {number * 200} renders: {held[number * 200]:.0f} MiB; {replaced} slots replaced")
    growth = statistics.linear_regression(list(held), list(held.values())).slope
    most = max(held.values())
    verdict("growth of Chromium over the renders (slope), MiB/render", growth, "<= 0.03", good=growth <= 0.03)
    verdict("most that Chromium held with 3 slots, MiB", most, "<= 400", good=most <= 400)
