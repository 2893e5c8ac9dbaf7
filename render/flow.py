"""Builds a text resume block by block, whatever format it comes from, under one limit of size."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Literal

from render.cell_jobs import ResumeLimits
from render.parts import Block, BlockKind, FlowPart, Picture, Piece, Refused, Run, Table
from render.text import printable

_PNG = b"\x89PNG"


@dataclass(slots=True, kw_only=True)
class FlowLimits:
    """What is left for this resume: characters and pictures over all its blocks."""

    characters: int
    pictures: int

    def spend(self, characters: int) -> None:
        self.characters -= characters
        if self.characters < 0:
            raise Refused("too_large")


@dataclass(slots=True, kw_only=True)
class Line:
    """Runs collected for one block; neighbours of the same style are joined."""

    limits: FlowLimits
    runs: list[Run] = field(default_factory=list)

    def add(self, text: str, *, bold: bool = False, italic: bool = False, href: str | None = None) -> None:
        shown = printable(text)
        if not shown:
            return
        self.limits.spend(len(shown))
        last = self.runs[-1] if self.runs else None
        if last and (last.bold, last.italic, last.href) == (bold, italic, href):
            self.runs[-1] = Run(text=last.text + shown, bold=bold, italic=italic, href=href)
        else:
            self.runs.append(Run(text=shown, bold=bold, italic=italic, href=href))

    def block(self, kind: BlockKind = "paragraph", level: int = 0) -> Block | None:
        """The block, or None when it holds nothing to see. Empty lines inside stay, at its ends they go."""
        runs = _trimmed(self.runs)
        return Block(kind=kind, runs=runs, level=min(level, 8)) if runs else None


def _trimmed(runs: list[Run]) -> tuple[Run, ...]:
    kept = list(runs)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return tuple(kept)


def limits_of(limits: ResumeLimits) -> FlowLimits:
    return FlowLimits(characters=limits.flow_characters, pictures=limits.pictures)


def picture(encoded: bytes) -> Picture:
    media_type: Literal["image/jpeg", "image/png"] = "image/png" if encoded.startswith(_PNG) else "image/jpeg"
    return Picture(media_type=media_type, content_base64=base64.b64encode(encoded).decode("ascii"))


def table(rows: list[list[list[Piece]]]) -> list[Piece]:
    """`rows` as tables. A row with a table inside is a layout: its cells follow one another, and the order stays."""
    found: list[Piece] = []
    plain: list[list[list[Piece]]] = []
    for row in rows:
        if any(isinstance(piece, Table) for cell in row for piece in cell):
            found += [*_plain_table(plain), *(piece for cell in row for piece in cell)]
            plain = []
        else:
            plain.append(row)
    return [*found, *_plain_table(plain)]


def _plain_table(rows: list[list[list[Piece]]]) -> list[Piece]:
    """A table of `rows`; pictures, which cannot stand in a cell, follow it. One cell alone is no table."""
    flat = [[[piece for piece in cell if isinstance(piece, Block)] for cell in row] for row in rows]
    beside: list[Piece] = [piece for row in rows for cell in row for piece in cell if not isinstance(piece, Block)]
    kept = [row for row in flat if any(row)]
    if not kept:
        return beside
    if max(len(row) for row in kept) == 1:
        return [*(block for row in kept for block in row[0]), *beside]
    return [Table(rows=tuple(tuple(tuple(cell) for cell in row) for row in kept)), *beside]


def flow(kind: str, pieces: list[Piece]) -> FlowPart:
    """Raises Refused with empty when there is nothing to see."""
    if not pieces:
        raise Refused("empty")
    return FlowPart(kind=kind, pieces=tuple(pieces))
