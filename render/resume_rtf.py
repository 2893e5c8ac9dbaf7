"""RTF resumes as text."""

from __future__ import annotations

from striprtf.striprtf import rtf_to_text

from render.cell_jobs import ResumeLimits
from render.flow import Line, flow, limits_of
from render.parts import FlowPart, Piece, Refused


def load_rtf(content: bytes, limits: ResumeLimits) -> FlowPart:
    """One block per paragraph. Raises Refused with damaged, empty or too_large."""
    try:
        text: str = rtf_to_text(content.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, IndexError, TypeError, KeyError):
        raise Refused("damaged") from None
    left = limits_of(limits)
    pieces: list[Piece] = []
    for paragraph in text.split("\n"):
        line = Line(limits=left)
        line.add(paragraph.replace("|", "\t") if paragraph.count("|") > 1 else paragraph)
        block = line.block()
        pieces += [block] if block else []
    return flow("rtf", pieces)
