"""The parent of cells for PDFs alone: what it has not imported no fork copies. `python -m render.cell_main_pdf FD`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from render.assemble import assemble
from render.cell_files import File
from render.cell_jobs import Answer, AssembleJob, Job, Loaded, LoadJob, ShrinkJob
from render.cell_limits import enclose_process
from render.cell_serving import serve
from render.resume_pdf_engines import read_pdf
from render.resume_reading import part_of


def work(job: Job, files: Sequence[File]) -> Answer:
    match job:
        case LoadJob():
            return Loaded(part=part_of(files[0], job.limits, read_pdf))
        case AssembleJob():
            return assemble(files[0], files[1] if job.resume else None, job.facts)
        case ShrinkJob():
            raise TypeError("pictures are for the other parent")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        enclose_process()
        serve(int(sys.argv[1]), work)
