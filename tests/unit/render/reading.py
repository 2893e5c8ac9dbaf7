"""A resume of any format, read as a cell reads it, and the words that came of it."""

from __future__ import annotations

from io import BytesIO

from render.cell_jobs import ResumeLimits
from render.parts import Block, FlowPart, ResumePart, Table
from render.resume_kinds import load_resume, prepare

prepare()


def load(content: bytes, limits: ResumeLimits | None = None) -> ResumePart:
    return load_resume(BytesIO(content), limits or ResumeLimits())


def flow(content: bytes) -> FlowPart:
    part = load(content)
    assert isinstance(part, FlowPart), part
    return part


def blocks(content: bytes) -> list[str]:
    """The texts of all blocks outside tables."""
    return [piece.text for piece in flow(content).pieces if isinstance(piece, Block)]


def lines(content: bytes) -> list[str]:
    """The texts of all blocks, those of tables in reading order."""
    found: list[str] = []
    for piece in flow(content).pieces:
        if isinstance(piece, Block):
            found.append(piece.text)
        elif isinstance(piece, Table):
            found += [block.text for row in piece.rows for cell in row for block in cell]
    return found
