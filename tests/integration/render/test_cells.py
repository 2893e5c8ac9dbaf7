"""The limited child: time, memory and its own death are outcomes, and our process does not feel them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import mmap
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image

from render.cell_files import files_in_memory
from render.cell_jobs import Loaded, LoadJob, ResumeLimits
from render.cell_limits import CellLimits, enclose_cell
from render.cell_parent import Parent
from render.cells import CellFailed, Cells
from render.parts import NoticePart, PagesPart
from render.resume import load
from tests.browser.render_files import pdf_file

pytestmark = pytest.mark.browser  # it starts processes

in_memory = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")

MIB = 1024 * 1024


def job(content: bytes) -> LoadJob:
    return LoadJob(content=content, limits=ResumeLimits())


def large_picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((9_000, 9_000)).convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()


async def test_a_job_is_done_and_the_child_is_gone() -> None:
    async with Cells(CellLimits()) as cells:
        answer = await cells.run(job(pdf_file(2)))
        assert isinstance(answer, Loaded)
        assert isinstance(answer.part, PagesPart)
        assert answer.part.pages == 2
        assert cells.for_pdfs.process
        async with asyncio.timeout(5):
            while psutil.Process(cells.for_pdfs.process.pid).children():  # noqa: ASYNC110 - the child says no last word
                await asyncio.sleep(0.01)


async def test_time_is_limited_by_the_kernel() -> None:
    async with Cells(CellLimits(wall_s=0.05)) as cells:
        with pytest.raises(CellFailed) as caught:
            await cells.run(job(large_picture()))
        assert caught.value.code == "time"
        assert await load(None, large_picture(), limits=ResumeLimits(), worker=cells) == NoticePart(code="too_complex")


async def test_memory_is_limited_by_the_kernel() -> None:
    async with Cells(CellLimits(memory_bytes=64 * MIB)) as cells:
        with pytest.raises(CellFailed) as caught:
            await cells.run(job(large_picture()))
        assert caught.value.code in {"memory", "crash"}
        assert isinstance(await cells.run(job(pdf_file())), Loaded)


async def test_the_answer_is_limited_too() -> None:
    async with Cells(CellLimits(answer_bytes=500)) as cells:
        with pytest.raises(CellFailed) as caught:
            await cells.run(job(pdf_file(20)))
        assert caught.value.code == "size"


async def test_a_lost_parent_is_replaced() -> None:
    async with Cells(CellLimits()) as cells:
        await cells.start()
        assert cells.for_pdfs.process
        os.kill(cells.for_pdfs.process.pid, signal.SIGKILL)
        await cells.for_pdfs.process.wait()
        assert isinstance(await cells.run(job(pdf_file())), Loaded)


async def test_a_parent_that_stands_still_is_replaced_and_costs_nobody_the_resume(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("render.cell_parent._FORK_S", 0.5)
    async with Cells(CellLimits()) as cells:
        await cells.start()
        assert cells.for_pdfs.process
        still = psutil.Process(cells.for_pdfs.process.pid)
        still.suspend()
        answers = await asyncio.gather(*(cells.run(job(pdf_file())) for _ in range(3)))
        assert [isinstance(answer, Loaded) for answer in answers] == [True] * 3
        assert not still.is_running()


async def test_a_cell_that_stands_still_says_nothing_of_its_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.cell_line._GRACE_S", 0.1)
    async with Cells(CellLimits()) as cells, cells.cell() as cell:
        assert isinstance(await cell.run(job(pdf_file())), Loaded)
        assert cells.for_pdfs.process
        (still,) = psutil.Process(cells.for_pdfs.process.pid).children()
        still.suspend()
        try:
            with pytest.raises(CellFailed) as caught:
                await cell.run(job(pdf_file()), CellLimits(wall_s=0.3))
        finally:
            still.kill()
        assert caught.value.code == "start"


async def test_what_libraries_say_about_a_file_goes_nowhere() -> None:
    """Through a pipe, as a supervisor reads a service's stderr: into a file a cell could not write anyway."""
    watched = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OPENS_A_TIFF, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await watched.communicate()
    assert (said, complained) == (b"Loaded\n", b"")


_OPENS_A_TIFF = """
import asyncio
from render.cell_jobs import LoadJob, ResumeLimits
from render.cell_limits import CellLimits
from render.cells import Cells

async def main():
    warned_about = b"II*\\x00\\x08\\x00\\x00\\x00\\x02\\x00"  # Pillow warns of this TIFF on stderr
    job = LoadJob(content=warned_about, limits=ResumeLimits())
    async with Cells(CellLimits()) as cells:
        print(type(await cells.run(job)).__name__)

asyncio.run(main())
"""


@in_memory
async def test_no_descriptor_is_left_behind_whatever_became_of_the_job() -> None:
    slow = CellLimits(wall_s=0.05)
    async with Cells(CellLimits()) as cells:
        await cells.start()
        before = psutil.Process().num_fds()
        for content in (pdf_file(2), b"%PDF-1.7 no", large_picture()):
            with contextlib.suppress(CellFailed):
                await cells.run(job(content), slow)
        waiting = asyncio.create_task(cells.run(job(large_picture())))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert psutil.Process().num_fds() == before


async def test_a_start_that_is_left_leaves_nothing() -> None:
    """An unclosed socket would be warned of, and a warning is an error."""
    parent, before = Parent("render.cell_main_pdf"), set(psutil.Process().children())
    for turns in [*range(12), 1_000]:
        starting = asyncio.create_task(parent.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        assert set(psutil.Process().children()) == before
    await parent.start()
    await parent.close()


@in_memory
async def test_without_a_free_descriptor_nothing_is_said_about_the_file() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with Cells(CellLimits()) as cells:
        await cells.start()
        outcomes = []
        for most in range(3, psutil.Process().num_fds() + 16):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            try:
                outcomes.append(type(await load(None, pdf_file(), limits=ResumeLimits(), worker=cells)).__name__)
            except CellFailed as exc:
                outcomes.append(exc.code)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert set(outcomes) == {"start", "PagesPart"}
        await cells.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            with pytest.raises(CellFailed, match="start"):
                await cells.start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@in_memory
async def test_a_cell_of_many_jobs_keeps_no_file_of_those_before() -> None:
    async with Cells(CellLimits()) as cells, cells.cell() as cell:
        held = set()
        for _ in range(3):
            await cell.run(job(pdf_file()))
            await cell.run(job(b"%PDF-1.7 no"))
            assert cells.for_pdfs.process
            (child,) = psutil.Process(cells.for_pdfs.process.pid).children()
            held.add(child.num_fds())
        assert len(held) == 1


async def test_where_there_are_no_files_in_memory_the_message_holds_the_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with files_in_memory([b"x"]) as files:
        assert len(files) == (sys.platform == "linux")
    async with Cells(CellLimits()) as cells:
        by_file = await cells.run(job(pdf_file(2)))
        monkeypatch.delattr(os, "memfd_create", raising=False)
        with files_in_memory([b"x"]) as files:
            assert files == []
        assert await cells.run(job(pdf_file(2))) == by_file


@in_memory
def test_a_cell_can_change_its_document_but_not_let_it_grow() -> None:
    def attempts() -> str:
        with files_in_memory([b"old document"]) as files:
            enclose_cell(CellLimits())
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            for grow in (lambda: os.truncate(files[0], 4_096), lambda: os.pwrite(files[0], b"x", 12)):
                with contextlib.suppress(OSError):
                    grow()
                    return "grown"
            with mmap.mmap(files[0], 0) as document:
                document[:3] = b"new"
            return os.pread(files[0], 100, 0).decode()

    assert _said_by_a_child(attempts) == ("new document", 0)


async def test_many_at_once_and_large_files_go_through() -> None:
    filler = b"\n%" + b"x" * 5_000_000
    async with Cells(CellLimits(), at_once=4) as cells:
        answers = await asyncio.gather(*(cells.run(job(pdf_file(n) + filler)) for n in range(1, 9)))
    assert [answer.part.pages for answer in answers if isinstance(answer, Loaded)] == list(range(1, 9))  # type: ignore[union-attr]


def test_a_cell_can_write_no_file_and_is_nobody(tmp_path: Path) -> None:
    def attempts() -> str:
        with (tmp_path / "opened-before").open("wb", buffering=0) as file:
            enclose_cell(CellLimits())
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            try:
                file.write(b"x")
            except OSError:
                return f"refused, root: {os.geteuid() == 0}"
        return "written"

    assert _said_by_a_child(attempts) == ("refused, root: False", 0)


def test_a_cell_that_only_waits_is_ended_by_the_clock() -> None:
    def waits() -> str:
        enclose_cell(CellLimits(wall_s=0.05))
        time.sleep(20)
        return "woke up"

    assert _said_by_a_child(waits) == ("", signal.SIGALRM)


def test_a_cell_that_only_burns_is_ended_by_the_processor_limit() -> None:
    def burns() -> str:
        enclose_cell(CellLimits(cpu_s=1, wall_s=500))
        return str(sum(range(3_000_000_000)))

    assert _said_by_a_child(burns) == ("", signal.SIGXCPU)


def _said_by_a_child(work: Callable[[], str]) -> tuple[str, int]:
    """What a forked child says and the signal that ended it: there is no way back from these limits."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            theirs.send(work().encode())
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        said = ours.recv(1_000).decode()
    return said, os.waitpid(pid, 0)[1] & 0x7F


async def test_the_event_loop_does_not_wait_for_a_heavy_file() -> None:
    """The loop turns while the child works: counted in turns, not in time."""
    turns = 0
    async with Cells(CellLimits(wall_s=300)) as cells:
        await cells.start()
        working = asyncio.create_task(cells.run(job(large_picture())))
        while not working.done():
            turns += 1
            await asyncio.sleep(0.001)
        assert isinstance(working.result(), Loaded)
    assert turns > 20
