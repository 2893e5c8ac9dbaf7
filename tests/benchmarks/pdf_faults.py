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
from render.browser_processes import held_bytes, memory_bytes, tree
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
_HALVES: Final = 2
_LOOKS: Final = 50  # per half: three teeth of 300 renders (100 for each of three slots), each seen 15 times
_BETWEEN_LOOKS: Final = 20
_IN_FLIGHT: Final = 4


async def recovery(chromium: Path) -> None:
    """Every time is from the fault, or from the deadline, to what the line says."""
    async with Browser(browser_settings(chromium)) as browser:
        await _killed_renderer(browser)
        await _killed_browser(browser)
    async with Browser(browser_settings(chromium, deadline_s=_DEADLINE_S)) as browser:
        await _hung_document(browser)
        reaped_s = await _seconds(time.perf_counter(), lambda: not zombies(psutil.Process()))
    verdict("no zombie process is left by all of it, s", reaped_s, "<= 5", good=reaped_s <= 5)
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
    """`kill -9` of a service in the middle of three documents: its browser and cells must go with it."""
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
    """2,000 documents, four at a time; the means of both halves are compared.

    Pages that are tidied and replaced make Chromium's tree a saw-tooth: its end minus its beginning tells where in a
    tooth each was.
    This process and the parent of the cells live on and are judged apart. Shared pages are counted once.
    """
    chromium, ours = list[float](), list[float]()
    for number in range(1, _HALVES * _LOOKS + 1):
        await burst(_BETWEEN_LOOKS, _IN_FLIGHT, whole)
        chromium.append(await asyncio.to_thread(memory_bytes, MARK) / 2**20)
        ours.append(await asyncio.to_thread(_held_bytes) / 2**20)
        if number % 10 == 0:
            shown = f"Chromium {chromium[-1]:.0f} MiB, this process, parent of cells {ours[-1]:.0f} MiB"
            out(f"     {number * _BETWEEN_LOOKS} renders: {shown}; {browser.counters().slots_replaced} slots replaced")
    for name, held in (("Chromium", chromium), ("this process, parent of cells", ours)):
        growth = (statistics.fmean(held[_LOOKS:]) - statistics.fmean(held[:_LOOKS])) / (_LOOKS * _BETWEEN_LOOKS)
        verdict(f"growth of {name}, MiB/render", growth, "<= 0.03", good=growth <= 0.03)
    verdict("most that Chromium held with 3 slots, MiB", max(chromium), "<= 400", good=max(chromium) <= 400)


def _held_bytes() -> int:
    """Of this process and its own children, without the browser."""
    myself, browsers = psutil.Process(), tree(MARK)
    return sum(held_bytes(process) for process in (myself, *myself.children()) if process not in browsers)
