"""Two parents of cells: which one a job goes to, and that the small one has all its cells need."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys

import msgspec
import psutil
import pytest
from pikepdf import Encryption, Pdf
from PIL import Image

from render.cell_jobs import Assembled, AssembleJob, DocumentFacts, Job, Loaded, LoadJob, ResumeLimits, ShrinkJob
from render.cell_limits import CellLimits
from render.cell_parent import Parent
from render.cells import Cell, Cells
from render.parts import PagesPart
from render.resume_sniff import kind_of
from tests.browser.render_files import docx_file, image_file, pdf_file, saved
from tests.fuzz.resume_mutations import mutations
from tests.fuzz.rich_seeds import rich_seeds

pytestmark = pytest.mark.browser  # it starts processes

FACTS = DocumentFacts(title="t", created_at="", accessible=False, manifest=())


def load_job(content: bytes) -> LoadJob:
    return LoadJob(content=content, limits=ResumeLimits())


async def pages_of(cell: Cell, content: bytes) -> PagesPart:
    answer = await cell.run(load_job(content))
    assert isinstance(answer, Loaded)
    assert isinstance(answer.part, PagesPart)
    return answer.part


def children(parent: Parent) -> int:
    return len(psutil.Process(parent.process.pid).children()) if parent.process else 0


def picture_in_a_pdf() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((900, 900), 90).convert("RGB").save(out, "PDF", quality=95)
    return out.getvalue()


async def test_a_pdf_is_loaded_and_put_together_in_one_cell_of_the_small_parent() -> None:
    async with Cells(CellLimits()) as cells, cells.cell() as cell:
        part = await pages_of(cell, pdf_file(2))
        answer = await cell.run(AssembleJob(profile=pdf_file(), resume=part, facts=FACTS))
        assert isinstance(answer, Assembled)
        assert answer.pages == 3
        assert children(cells.for_pdfs) == 1
        assert cells.for_all.process is None


async def test_pictures_shrink_in_a_cell_of_the_other_which_then_goes_on() -> None:
    async with Cells(CellLimits()) as cells, cells.cell() as cell:
        part = await pages_of(cell, picture_in_a_pdf())
        shrunk = await cell.run(ShrinkJob(part=part, long_side_pixels=300, quality=40))
        assert isinstance(shrunk, Loaded)
        assert isinstance(shrunk.part, PagesPart)
        assert len(shrunk.part.pdf) < len(part.pdf) / 4
        await cell.run(AssembleJob(profile=pdf_file(), resume=shrunk.part, facts=FACTS))
        async with asyncio.timeout(5):
            while children(cells.for_pdfs):  # noqa: ASYNC110 - the child says no last word
                await asyncio.sleep(0.01)
        assert children(cells.for_all) == 1


@pytest.mark.parametrize("job", [load_job(docx_file(paragraphs=1)), load_job(image_file("WEBP"))], ids=["docx", "webp"])
async def test_other_kinds_go_to_the_parent_that_knows_them(job: Job) -> None:
    async with Cells(CellLimits()) as cells, cells.cell() as cell:
        answer = await cell.run(job)
        assert isinstance(answer, Loaded)
        assert children(cells.for_all) == 1
        assert cells.for_pdfs.process is None


def test_the_small_parent_is_small_and_its_cells_import_nothing() -> None:
    """PDFs sound, broken, locked, with forms: a cell, being nobody, might not be able to read a module it lacks."""
    with Pdf.open(io.BytesIO(pdf_file())) as document:
        locked = saved(document, encryption=Encryption(owner="a", user="b"))
    broken = [content for content in mutations(300, 3) if b"%PDF-" in content[:1_024]]
    contents = [content for content in [locked, *rich_seeds(), *broken] if kind_of(content) == "pdf"]
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED], input=msgspec.msgpack.encode(contents), stdout=subprocess.PIPE, check=True
    )
    assert done.stdout.decode() == f"{len(contents)} [] []\n"


_WATCHED = """
import sys
from io import BytesIO
import msgspec
from render.cell_jobs import LoadJob, ResumeLimits
from render.cell_main_pdf import work
from render.cell_rehearsal import rehearse
from render.cell_serving import _answers_one, _rehearsing

contents = msgspec.msgpack.decode(sys.stdin.buffer.read())
rehearse(lambda line: _answers_one(line, _rehearsing, work))
large = [name for name in ("PIL", "lxml", "pillow_heif", "asyncio", "aiohttp") if name in sys.modules]
wanted = []
sys.addaudithook(lambda event, about: wanted.append(about[0]) if event == "import" else None)
for content in contents:
    try:
        work(LoadJob(content=content, limits=ResumeLimits()), [BytesIO(content)])
    except Exception as exc:
        str(exc)
print(len(contents), large, wanted)
"""
