"""`make bench-pdf`: the profile pipeline against its rivals, interleaved in one run, as ratios.

    python -m tests.benchmarks.bench_pdf [--rounds 5] [--long] [--chromium PATH]

`--long` adds the memory run (2,000 renders). Rivals that are not installed (WeasyPrint, mammoth) are left out by name.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import io
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import Page, async_playwright

from app.embedded.chromium import find_chromium
from render.browser import Browser, BrowserSettings
from render.browser_processes import memory_bytes
from render.cell_jobs import ResumeLimits
from render.renderer import ProfileRenderer, RenderSettings
from render.resume_docx import load_docx
from tests.browser.render_cases import application
from tests.browser.render_files import docx_file, pdf_file

_IN_FLIGHT: Final = 4
_BUDGET_BYTES: Final = 20_000_000
_PDF_OPTIONS: Final[dict[str, Any]] = {
    "tagged": True, "outline": True, "prefer_css_page_size": True, "print_background": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One way to make the document; `burst` makes that many and is timed as a whole."""

    name: str
    count: int
    in_flight: int
    once: Callable[[], Awaitable[object]]
    per_s: list[float] = field(default_factory=list)


def out(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def burst(count: int, in_flight: int, once: Callable[[], Awaitable[object]]) -> float:
    """Documents per second."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await once()

    started_s = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return count / (time.perf_counter() - started_s)


async def in_new_context(browser: PlaywrightBrowser, html: str) -> bytes:
    context = await browser.new_context(java_script_enabled=False, offline=True)
    try:
        page = await context.new_page()
        return await printed(page, html)
    finally:
        await context.close()


async def printed(page: Page, html: str) -> bytes:
    await page.set_content(html)
    return await page.pdf(**_PDF_OPTIONS)


async def paced(once: Callable[[], Awaitable[object]], per_s: float, count: int) -> tuple[float, float]:
    """p50 and p95 in ms under Poisson arrivals."""
    dice, took_ms = random.Random(7), list[float]()

    async def timed() -> None:
        started_s = time.perf_counter()
        await once()
        took_ms.append(1_000 * (time.perf_counter() - started_s))

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(timed())
            await asyncio.sleep(dice.expovariate(per_s))
    ordered = sorted(took_ms)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]


async def longest_block_ms(once: Callable[[], Awaitable[object]], count: int) -> float:
    """How long the event loop did not answer while documents were made."""
    worst_s = 0.0
    done = asyncio.Event()

    async def tick() -> None:
        nonlocal worst_s
        while not done.is_set():
            started_s = time.perf_counter()
            await asyncio.sleep(0.001)
            worst_s = max(worst_s, time.perf_counter() - started_s - 0.001)

    ticker = asyncio.create_task(tick())
    await burst(count, 2, once)
    done.set()
    await ticker
    return worst_s * 1_000


async def compare(subjects: list[Subject], rounds: int) -> None:
    for number in range(rounds):
        for subject in subjects:
            subject.per_s.append(await burst(subject.count, subject.in_flight, subject.once))
        out(f"round {number + 1}: " + ", ".join(f"{one.name} {one.per_s[-1]:.1f}/s" for one in subjects))


def median(subject: Subject) -> float:
    return statistics.median(subject.per_s)


def verdict(name: str, value: float, goal: str, *, good: bool) -> None:
    out(f"{'ok  ' if good else 'MISS'} {name:<62} {value:8.2f}   goal {goal}")


async def run(arguments: argparse.Namespace) -> None:
    shell: Path | None = arguments.chromium
    settings = BrowserSettings(executable=shell, sandbox=os.geteuid() != 0)
    profile, resume = application(), pdf_file(pages=2)
    async with (
        async_playwright() as driver,
        Browser(settings) as browser,
        ProfileRenderer(browser, RenderSettings()) as renderer,
    ):
        options: dict[str, Any] = {"executable_path": shell, "chromium_sandbox": settings.sandbox}
        bare = await driver.chromium.launch(**options)
        html = await renderer.html_of(profile, resume_bytes=resume)
        pages = [await (await bare.new_context(java_script_enabled=False, offline=True)).new_page() for _ in range(3)]
        free = asyncio.Queue[Page]()
        for page in pages:
            free.put_nowait(page)

        async def whole() -> object:
            return await renderer.render(profile, resume_bytes=resume, budget_bytes=_BUDGET_BYTES)

        async def bare_three() -> object:
            page = await free.get()
            try:
                return await printed(page, html)
            finally:
                free.put_nowait(page)

        async def launched() -> object:
            rival = await driver.chromium.launch(**options)
            try:
                return await in_new_context(rival, html)
            finally:
                await rival.close()

        subjects = [
            Subject(name="whole pipeline", count=60, in_flight=_IN_FLIGHT, once=whole),
            Subject(name="bare warm page", count=40, in_flight=1, once=lambda: printed(pages[0], html)),
            Subject(name="bare warm pages x3", count=60, in_flight=3, once=bare_three),
            Subject(name="context per PDF", count=12, in_flight=1, once=lambda: in_new_context(bare, html)),
            Subject(name="launch per PDF", count=3, in_flight=1, once=launched),
            *weasyprint(html),
        ]
        await burst(20, _IN_FLIGHT, whole)
        await compare(subjects, arguments.rounds)
        report(subjects)
        p50_ms, p95_ms = await paced(whole, 5.0, 150)
        verdict(
            f"p95/p50 at 5/s (p50 {p50_ms:.0f} ms, p95 {p95_ms:.0f} ms)",
            p95_ms / p50_ms,
            "<= 2.5",
            good=p95_ms <= 2.5 * p50_ms,
        )
        block_ms = await longest_block_ms(whole, 60)
        verdict("longest block of the event loop, ms", block_ms, "<= 20", good=block_ms <= 20)
        docx()
        if arguments.long:
            await memory(browser, whole)
        await bare.close()


def report(subjects: list[Subject]) -> None:
    by_name = {one.name: median(one) for one in subjects}
    whole = by_name["whole pipeline"]
    for rival, goal in (
        ("bare warm page", 0.75),
        ("context per PDF", 4.0),
        ("launch per PDF", 25.0),
        ("WeasyPrint pdf/ua-1", 6.0),
    ):
        if rival in by_name:
            ratio = whole / by_name[rival]
            verdict(f"whole pipeline / {rival}, PDFs per second", ratio, f">= {goal:g}", good=ratio >= goal)
    ceiling = whole / by_name["bare warm pages x3"]
    out(f"     whole pipeline / bare warm pages x3 (no goal, the honest ceiling): {ceiling:.2f}")


def weasyprint(html: str) -> list[Subject]:
    try:
        library: Any = importlib.import_module("weasyprint")
    except ImportError:
        out("WeasyPrint is not installed: left out")
        return []

    async def once() -> object:
        return await asyncio.to_thread(lambda: library.HTML(string=html).write_pdf(pdf_variant="pdf/ua-1"))

    return [Subject(name="WeasyPrint pdf/ua-1", count=4, in_flight=1, once=once)]


def docx() -> None:
    content = docx_file(paragraphs=120)
    ours_ms = timed_ms(lambda: load_docx(content, ResumeLimits()), 40)
    try:
        mammoth: Any = importlib.import_module("mammoth")
    except ImportError:
        out(f"     DOCX of 120 paragraphs: {ours_ms:.1f} ms in a child process; mammoth is not installed: left out")
        return
    theirs_ms = timed_ms(lambda: mammoth.convert_to_html(io.BytesIO(content)), 5)
    verdict(
        f"mammoth / our DOCX reader ({ours_ms:.1f} ms)", theirs_ms / ours_ms, ">= 10", good=theirs_ms >= 10 * ours_ms
    )


def timed_ms(work: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        started_s = time.perf_counter()
        work()
        took.append(1_000 * (time.perf_counter() - started_s))
    return statistics.median(took)


async def memory(browser: Browser, whole: Callable[[], Awaitable[object]]) -> None:
    held: dict[int, float] = {}
    for number in range(1, 11):
        await burst(200, _IN_FLIGHT, whole)
        held[number * 200] = memory_bytes("--ats-sync-browser=") / 2**20
        replaced = browser.counters().slots_replaced
        out(f"     {number * 200} renders: {held[number * 200]:.0f} MiB; {replaced} slots replaced")
    growth = (held[2_000] - held[200]) / 1_800
    verdict("growth of Chromium after the first 200 renders, MiB/render", growth, "<= 0.03", good=growth <= 0.03)
    verdict("Chromium with 3 slots after 2,000 renders, MiB", held[2_000], "<= 400", good=held[2_000] <= 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--chromium", type=Path, default=find_chromium())
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
