"""`make bench-pdf`: the profile pipeline against its rivals, interleaved in one run, as ratios.

    python -m tests.benchmarks.bench_pdf [--rounds 5] [--only PART ...] [--long] [--chromium PATH]

Parts: rivals, pace, block, recovery, docx. `--long` adds the memory run (2,000 renders). Goals: pdf.md section 13 and
issue 5. Besides documents per second each way's processor time per document is shown where the kernel counts it for us
(root, cgroup v1): on a machine with other work that is the steadier number.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import time
from pathlib import Path
from typing import Any, Final

from app.embedded.chromium import find_chromium
from app.wiring.worker import spare_what_stays
from render.browser import Browser
from render.renderer import ProfileRenderer, RenderSettings
from tests.benchmarks.pdf_docx import docx
from tests.benchmarks.pdf_faults import memory, recovery
from tests.benchmarks.pdf_measures import Processor, burst, out, processor, verdict
from tests.benchmarks.pdf_rivals import NEW_HEADLESS, Once, Subject, Task, missing, rivals
from tests.browser.render_cases import application
from tests.browser.render_files import pdf_file
from tests.browser.render_running import browser_settings

_PARTS: Final = ("rivals", "pace", "block", "recovery", "docx")
_IN_FLIGHT: Final = 4
_BUDGET_BYTES: Final = 20_000_000
_WHOLE: Final = "whole pipeline"
# Each goal is judged against the way pdf.md section 4 measured; the other ways are shown beside it.
_GOALS: Final = (
    ("one bare warm page", 0.75),
    ("context per PDF, shell, pypdf", 4.0),
    ("context per PDF, new headless, pypdf", 10.0),
    ("launch per PDF, new headless, pypdf", 25.0),
)


async def run(arguments: argparse.Namespace) -> None:
    out(f"load average before: {os.getloadavg()[0]:.1f} (the verdicts are meant for a machine without other work)")
    for name in missing():
        out(f"left out, not installed: {name}")
    with processor() as counted:
        await of_the_pipeline(arguments, counted)
        if "recovery" in arguments.only:
            await recovery(arguments.chromium)
    if "docx" in arguments.only:
        docx()


async def of_the_pipeline(arguments: argparse.Namespace, counted: Processor | None) -> None:
    profile, resume = application(), pdf_file(pages=2)
    settings = browser_settings(arguments.chromium)
    out(f"our Chromium: {arguments.chromium}, sandbox {'on' if settings.sandbox else 'off'}")
    async with Browser(settings) as browser, ProfileRenderer(browser, RenderSettings()) as renderer:

        async def whole() -> object:
            return await renderer.render(profile, resume_bytes=resume, budget_bytes=_BUDGET_BYTES)

        await burst(20, _IN_FLIGHT, whole)
        spare_what_stays()  # as the worker does, and before the rivals fill the heap with what is not ours
        if "pace" in arguments.only:
            await paced(whole, 5.0, 150)
        if "block" in arguments.only:
            await longest_block(whole, 60)
        if "rivals" in arguments.only:
            html = await renderer.html_of(profile, resume_bytes=resume)
            await against_rivals(arguments, Task(html=html, resume=resume, options=_launch_options()), whole, counted)
        if arguments.long:
            await memory(browser, whole)


def _launch_options() -> dict[str, Any]:
    """The rivals run as their documentation shows: as root that means without Chromium's sandbox."""
    return {"chromium_sandbox": os.geteuid() != 0}


async def against_rivals(arguments: argparse.Namespace, task: Task, whole: Once, counted: Processor | None) -> None:
    out(f"rivals: shell = {arguments.chromium}, new headless = {NEW_HEADLESS}, both without sandbox as root")
    async with rivals(task, arguments.chromium) as others:
        subjects = [
            Subject(name=_WHOLE, count=60, in_flight=_IN_FLIGHT, once=whole),
            Subject(name=f"{_WHOLE}, one at a time", count=20, in_flight=1, once=whole),
            *others,
        ]
        for number in range(arguments.rounds):
            for subject in subjects:
                before_ms = counted.used_ms() if counted else 0.0
                subject.per_s.append(await burst(subject.count, subject.in_flight, subject.once))
                if counted:
                    subject.cpu_ms.append((counted.used_ms() - before_ms) / subject.count)
            out(f"round {number + 1} of {arguments.rounds}: " + ", ".join(f"{one.per_s[-1]:.1f}" for one in subjects))
    report(subjects)


def report(subjects: list[Subject]) -> None:
    """A line per way, then the goals."""
    by_name = {one.name: statistics.median(one.per_s) for one in subjects}
    whole = by_name[_WHOLE]
    ours_ms = statistics.median(subjects[0].cpu_ms or [0.0])
    for one in subjects:
        per_s, cpu_ms = by_name[one.name], statistics.median(one.cpu_ms or [0.0])
        times = f"CPU {cpu_ms:7.1f} ms ({cpu_ms / ours_ms:5.2f}x)" if ours_ms else ""
        out(f"     {one.name:<52} {per_s:6.2f}/s, {one.in_flight} in flight, pipeline {whole / per_s:5.2f}x; {times}")
    for rival, goal in _GOALS:
        if rival in by_name:
            ratio = whole / by_name[rival]
            verdict(f"{_WHOLE} / {rival}, PDFs per second", ratio, f">= {goal:g}", good=ratio >= goal)
    ceiling = whole / by_name["three bare warm pages"]
    out(f"     {_WHOLE} / three bare warm pages (no goal, the honest ceiling): {ceiling:.2f}")
    paper = by_name.get("WeasyPrint pdf/ua-1, pypdf")
    if paper:
        ratio = by_name[f"{_WHOLE}, one at a time"] / paper
        verdict("WeasyPrint pdf/ua-1 / ours, time for one document", ratio, ">= 6", good=ratio >= 6)


async def paced(once: Once, per_s: float, count: int) -> None:
    """p50 and p95 under Poisson arrivals."""
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
    p50_ms, p95_ms = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    name = f"p95/p50 at {per_s:g}/s (p50 {p50_ms:.0f} ms, p95 {p95_ms:.0f} ms)"
    verdict(name, p95_ms / p50_ms, "<= 2.5", good=p95_ms <= 2.5 * p50_ms)


async def longest_block(once: Once, count: int) -> None:
    """How long the event loop did not answer, and how much of that was our own work."""
    worst_s, worst_cpu_s = 0.0, 0.0
    done = asyncio.Event()

    async def tick() -> None:
        nonlocal worst_s, worst_cpu_s
        while not done.is_set():
            started_s, cpu_s = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            worst_s = max(worst_s, time.perf_counter() - started_s - 0.001)
            worst_cpu_s = max(worst_cpu_s, time.thread_time() - cpu_s)

    ticker = asyncio.create_task(tick())
    await burst(count, 2, once)
    done.set()
    await ticker
    step_ms, silent_ms = worst_cpu_s * 1_000, worst_s * 1_000
    verdict("longest step of the event loop, its processor time in ms", step_ms, "<= 20", good=step_ms <= 20)
    out(f"     longest time without an answer, ms (no goal: with both cores busy it waits for one): {silent_ms:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=_PARTS, default=_PARTS)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--chromium", type=Path, default=find_chromium())
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
