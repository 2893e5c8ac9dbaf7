"""A resume's file to its part; whatever the file does inside Python ends in a notice."""

from __future__ import annotations

from collections.abc import Callable

from render.cell_files import File
from render.cell_jobs import ResumeLimits
from render.parts import NoticePart, Refused, ResumePart
from render.pdf_file import whole


def part_of(file: File, limits: ResumeLimits, read: Callable[[File, ResumeLimits], ResumePart]) -> ResumePart:
    """What `read` makes of `file`, or why it does not."""
    content = whole(file)
    if not content.strip(b"\x00 \t\r\n"):
        return NoticePart(code="empty")
    if len(content) > limits.file_bytes:
        return NoticePart(code="too_large")
    try:
        return read(file, limits)
    except Refused as refusal:
        return NoticePart(code=refusal.code)
    except RecursionError:
        return NoticePart(code="too_complex")
