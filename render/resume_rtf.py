"""RTF resumes as text blocks."""

from __future__ import annotations

from render.cell_jobs import ResumeLimits
from render.flow import flow, limits_of
from render.parts import FlowPart
from render.rtf_story import Story
from render.rtf_walk import Walk


def load_rtf(content: bytes, limits: ResumeLimits) -> FlowPart:
    """Headers, body, notes and footers in that order. Raises Refused with empty, too_complex or too_large."""
    story = Story(limits=limits_of(limits))
    Walk(content=content, story=story).run()
    return flow("rtf", story.pieces())
