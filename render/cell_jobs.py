"""What a cell can be asked to do, as messages on the wire; never pickled: the answer comes from a hostile place."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from render.cell_limits import CellLimits
from render.parts import PagesPart, ResumePart
from schemas.reticent import Reticent


class ResumeLimits(Struct, frozen=True, kw_only=True):
    """Sizes and counts beyond which a resume becomes a notice; each a named setting."""

    file_bytes: int = 25_000_000
    pages: int = 1_000
    image_pixels: int = 120_000_000
    unzipped_bytes: int = 200_000_000
    text_characters: int = 2_000_000
    flow_characters: int = 400_000
    pictures: int = 12


class LoadJob(Reticent, frozen=True, kw_only=True, tag="load"):
    """A resume of any format into a part. Its name and declared type are not asked: the bytes say what it is."""

    content: bytes
    limits: ResumeLimits


class DocumentFacts(Reticent, frozen=True, kw_only=True):
    """What the finished document says about itself; `created_at` is RFC 3339 or empty.

    `accessible`: every page is ours and tagged, so that PDF/UA may be claimed. With a foreign resume merged it may not.
    """

    title: str
    created_at: str
    accessible: bool
    manifest: tuple[tuple[str, str], ...]


class AssembleJob(Reticent, frozen=True, kw_only=True, tag="assemble"):
    """Chromium's PDF, with the resume's pages behind it, into the finished document."""

    profile: bytes
    resume: PagesPart | None
    facts: DocumentFacts


class ShrinkJob(Reticent, frozen=True, kw_only=True, tag="shrink"):
    """A resume's pages with smaller pictures."""

    part: PagesPart
    long_side_pixels: int
    quality: int


Job = LoadJob | AssembleJob | ShrinkJob


def documents_of(job: Job) -> tuple[bytes, ...]:
    """What the cell is to open, in the order in which it expects the files."""
    match job:
        case LoadJob():
            return (job.content,)
        case AssembleJob():
            return (job.profile,) if job.resume is None else (job.profile, job.resume.pdf)
        case ShrinkJob():
            return (job.part.pdf,)


def without_documents(job: Job) -> Job:
    """For a message beside which the documents travel as files."""
    match job:
        case LoadJob():
            return structs.replace(job, content=b"")
        case AssembleJob():
            return structs.replace(job, profile=b"", resume=job.resume and structs.replace(job.resume, pdf=b""))
        case ShrinkJob():
            return structs.replace(job, part=structs.replace(job.part, pdf=b""))


class Order(Struct, frozen=True, kw_only=True):
    job: Job
    limits: CellLimits


class Assembled(Reticent, frozen=True, kw_only=True, tag="assembled"):
    shown = ("pages",)

    content: bytes
    pages: int


class Loaded(Struct, frozen=True, kw_only=True, tag="loaded"):
    part: ResumePart


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """The cell caught its own end. The text of the error stays inside: it may quote the file."""

    code: Literal["memory", "fault"]
    kind: str


Answer = Assembled | Loaded | Failed
