"""A PDF resume by the engine that shows most of it: qpdf, and PDFium where the file is damaged."""

from __future__ import annotations

from io import BytesIO

from msgspec import structs

from render.cell_files import File
from render.cell_jobs import ResumeLimits
from render.parts import PagesPart, Refused
from render.pdf_file import whole
from render.resume_pdf import load_pdf
from render.resume_pdf_rescue import drawn_objects, rescued


def read_pdf(file: File, limits: ResumeLimits) -> PagesPart:
    """Raises Refused."""
    try:
        first = load_pdf(file, limits)
    except Refused as refusal:
        if refusal.code not in {"damaged", "password"}:  # a password may be asked for attachments only
            raise
        return load_pdf(BytesIO(rescued(whole(file), limits)), limits)
    return _better(first, whole(file), limits) if first.repaired else first


def _better(first: PagesPart, content: bytes, limits: ResumeLimits) -> PagesPart:
    """Of a damaged file what two engines make of it: the one that shows more."""
    try:
        second = load_pdf(BytesIO(rescued(content, limits)), limits)
    except Refused:
        return first
    return structs.replace(second, repaired=True) if drawn_objects(second.pdf) > drawn_objects(first.pdf) else first
