"""The rehearsal runs what a usual profile runs: code it misses is run for the first time in every cell."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType, FunctionType, ModuleType

import pytest

from render import (
    artifacts,
    assemble,
    cell_files,
    glyphs,
    links,
    manifest,
    pdf_file,
    resume_pdf,
    resume_pdf_boxes,
    resume_pdf_engines,
    resume_pdf_resources,
    resume_reading,
    resume_tags,
)
from render.cell_files import File
from render.cell_jobs import Answer, Job
from render.cell_main_pdf import work
from render.cell_rehearsal import rehearse
from render.cell_serving import _answers_one, _rehearsing

WALKED = (
    artifacts, assemble, cell_files, glyphs, links, manifest, pdf_file, resume_pdf, resume_pdf_boxes,
    resume_pdf_engines, resume_pdf_resources, resume_reading, resume_tags,
)  # fmt: skip
UNUSUAL = {
    "links.mail_link", "links.phone_link", "manifest.read_manifest", "resume_pdf._drawn", "resume_pdf_boxes._overlap",
    "resume_pdf_boxes._set_on_a4", "resume_pdf_boxes._sheet", "resume_pdf_boxes._turns_right",
    "resume_pdf_engines._better", "resume_pdf_resources._inflated", "resume_pdf_resources._salvaged",
    "resume_tags._form_on_top",
}  # fmt: skip


def functions_of(module: ModuleType) -> set[str]:
    found = (
        one for one in vars(module).values() if isinstance(one, FunctionType) and one.__module__ == module.__name__
    )
    return {f"{module.__name__}.{one.__name__}" for one in found}


def run_by(act: Callable[[], None]) -> set[str]:
    ran: set[str] = set()

    def note(frame: FrameType, event: str, _about: object) -> None:
        if event == "call":
            ran.add(f"{frame.f_globals['__name__']}.{frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return ran


def answers_one(line: socket.socket) -> bool:
    return _answers_one(line, _rehearsing, work)


def test_all_that_a_usual_profile_runs_is_rehearsed() -> None:
    ran = run_by(lambda: rehearse(answers_one))
    everything = set[str]().union(*map(functions_of, WALKED))
    assert {name.removeprefix("render.") for name in everything - ran} == UNUSUAL


def test_a_parent_whose_rehearsal_fails_does_not_start() -> None:
    def fails(_job: Job, _files: Sequence[File]) -> Answer:
        raise LookupError

    with pytest.raises(TypeError):
        rehearse(lambda line: _answers_one(line, _rehearsing, fails))
