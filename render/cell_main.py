"""The parent of cells for files of any kind. `python -m render.cell_main FD`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from render.assemble import assemble
from render.cell_files import File
from render.cell_jobs import Answer, AssembleJob, Job, Loaded, LoadJob, ShrinkJob
from render.cell_limits import enclose_process
from render.cell_serving import serve
from render.resume_kinds import load_resume, prepare
from render.resume_shrink import shrink


def work(job: Job, files: Sequence[File]) -> Answer:
    match job:
        case LoadJob():
            return Loaded(part=load_resume(files[0], job.limits))
        case AssembleJob():
            return assemble(files[0], files[1] if job.resume else None, job.facts)
        case ShrinkJob():
            return Loaded(part=shrink(files[0], job))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        enclose_process()
        prepare()
        serve(int(sys.argv[1]), work)
