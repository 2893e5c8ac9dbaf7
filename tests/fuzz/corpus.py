"""Resumes from the wild: every file of a folder through the real resume path, judged, as a table.

    python -m tests.fuzz.corpus DIR... [--every 10] [--profiles 20] [--keep OUT]

Each file goes twice through a limited child, as in production, and both results must be the same. `--profiles N` makes
the whole profile of every N-th file too. `--keep` writes what was made, to be looked at. The files are no part of this
repository: any folder will do. Ends with 1 when anything but a part or a notice came out, or a judge refuses a part.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import psutil

from app.embedded.chromium import find_chromium
from render.cell_jobs import ResumeLimits
from render.cell_limits import MIB, CellLimits
from render.cells import Cells
from render.parts import Block, FlowPart, PagesPart, Piece, ResumePart, Table
from render.renderer import ProfileRenderer
from render.resume import load
from render.resume_sniff import kind_of
from schemas.errors import RenderError
from tests.browser.render_cases import application
from tests.browser.render_running import BUDGET_BYTES, running
from tests.fuzz.corpus_judges import Case, acting, faults
from tests.fuzz.resume_mutations import outcome

_JUDGE_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One file's outcome. `peak_bytes`: what its child held above a child that has done nothing; 0 if it was ended."""

    name: str
    kind: str
    outcome: str
    pages: int
    took_s: float
    peak_bytes: int
    faults: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Bench:
    """What a run works with. `profiles`: every how many files a whole profile is made; 0 for none."""

    cells: Cells
    judge: Judge
    renderer: ProfileRenderer | None
    profiles: int
    keep: Path | None
    bare_bytes: int = 0


class Judge:
    """The judges in a process of their own: the programs they ask may fall over a hostile file, and that is said."""

    def __init__(self) -> None:
        self._pool = self._started()

    async def faults(self, case: Case) -> list[str]:
        try:
            async with asyncio.timeout(_JUDGE_S):
                return await asyncio.get_running_loop().run_in_executor(self._pool, faults, case)
        except (BrokenProcessPool, TimeoutError):
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._started()
            return [] if case.pdf is None else ["ended the judge"]

    def close(self) -> None:
        self._pool.shutdown()

    @staticmethod
    def _started() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


async def seen(path: Path, bench: Bench, *, whole: bool) -> Seen:
    """One file, judged."""
    content = await asyncio.to_thread(path.read_bytes)
    started_s = time.monotonic()
    part, peak_bytes = await _loaded(content, bench)
    took_s = time.monotonic() - started_s
    found = await bench.judge.faults(_case(content, part))
    again, _ = await _loaded(content, bench)
    if again != part:
        found.append("came out differently the second time")
    if whole and bench.renderer:
        found += await _profile_faults(bench.renderer, content)
    if bench.keep and isinstance(part, PagesPart):
        (bench.keep / f"{path.name}.pdf").write_bytes(part.pdf)
    return Seen(
        name=path.name,
        kind=kind_of(content),
        outcome=outcome(part),
        pages=part.pages if isinstance(part, PagesPart) else 0,
        took_s=took_s,
        peak_bytes=max(0, peak_bytes - bench.bare_bytes),
        faults=tuple(found),
    )


async def _loaded(content: bytes, bench: Bench) -> tuple[ResumePart, int]:
    """The part, and the most memory its child held; an error that is no notice is raised, as in the service."""
    async with bench.cells.cell() as cell:
        part = await load(None, content, limits=ResumeLimits(), worker=cell)
        return part, _peak_bytes(bench.cells)


def _peak_bytes(cells: Cells) -> int:
    parents = [parent.process for parent in (cells.for_pdfs, cells.for_all) if parent.process]
    children = [child for parent in parents for child in psutil.Process(parent.pid).children()]
    for child in children:
        status = Path(f"/proc/{child.pid}/status")
        lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
        found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
        if found:
            return found[0]
    return 0


async def _profile_faults(renderer: ProfileRenderer, content: bytes) -> list[str]:
    try:
        made = await renderer.render(application(), resume_bytes=content, budget_bytes=BUDGET_BYTES)
    except RenderError as exc:
        return [f"no profile: {exc.code}"]
    return [f"profile {fault}" for fault in acting(made.content)]


def _case(content: bytes, part: ResumePart) -> Case:
    if isinstance(part, PagesPart):
        return Case(source=content, pdf=part.pdf)
    return Case(source=content, text=_text(part.pieces) if isinstance(part, FlowPart) else None)


def _text(pieces: Iterable[Piece]) -> str:
    found = []
    for piece in pieces:
        if isinstance(piece, Block):
            found.append(piece.text)
        elif isinstance(piece, Table):
            found += [_text(cell) for row in piece.rows for cell in row]
    return "\n".join(found)


def table(rows: list[Seen]) -> str:
    """Counts, times and memory by kind and outcome, then the kinds of faults."""
    lines = [f"{'kind':8} {'outcome':26} {'files':>6} {'pages':>7} {'p50 s':>7} {'most s':>7} {'most MiB':>9}"]
    for (kind, result), count in sorted(Counter((row.kind, row.outcome) for row in rows).items()):
        group = [row for row in rows if (row.kind, row.outcome) == (kind, result)]
        times = sorted(row.took_s for row in group)
        lines.append(
            f"{kind:8} {result:26} {count:6} {sum(row.pages for row in group):7} {times[len(times) // 2]:7.2f} "
            f"{times[-1]:7.2f} {max(row.peak_bytes for row in group) / MIB:9.0f}"
        )
    lines += [f"{row.name}: {row.outcome}: {', '.join(row.faults)}" for row in rows if row.faults]
    return "\n".join([*lines, f"{len(rows)} files, {sum(bool(row.faults) for row in rows)} with faults", ""])


@asynccontextmanager
async def bench_of(arguments: argparse.Namespace) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        cells = await stack.enter_async_context(Cells(CellLimits()))
        await cells.start()
        chromium = find_chromium() if arguments.profiles else None
        renderer = await stack.enter_async_context(running(chromium)) if chromium else None
        judge = Judge()
        stack.callback(judge.close)
        made = Bench(cells=cells, judge=judge, renderer=renderer, profiles=arguments.profiles, keep=arguments.keep)
        _, made.bare_bytes = await _loaded(b"words", made)
        yield made


async def run(arguments: argparse.Namespace) -> list[Seen]:
    """All files of the folders, one after the other: memory and time are then this file's."""
    files = sorted(path for folder in arguments.folders for path in folder.rglob("*") if path.is_file())
    rows = []
    async with bench_of(arguments) as bench:
        for number, path in enumerate(files[:: arguments.every]):
            rows.append(await seen(path, bench, whole=bool(bench.profiles) and number % bench.profiles == 0))
            if arguments.verbose:
                sys.stderr.write(f"{rows[-1]}\n")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only each N-th file")
    parser.add_argument("--profiles", type=int, default=0, help="the whole profile of each N-th file")
    parser.add_argument("--keep", type=Path, help="a folder for the pages that were made")
    parser.add_argument("--verbose", action="store_true", help="each file as it is done, on stderr")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    rows = asyncio.run(run(arguments))
    sys.stdout.write(table(rows))
    return 1 if any(fault for row in rows for fault in row.faults if "shows it" not in fault) else 0


if __name__ == "__main__":
    sys.exit(main())
