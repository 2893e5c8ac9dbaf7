"""What an RTF file says, gathered to blocks: body, headers, footers, notes and text boxes, each a flow of its own."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from typing import Final

from render.docx_styles import names_a_heading
from render.flow import FlowLimits, Line, picture, table
from render.numerals import BULLET
from render.parts import Block, BlockKind, Piece
from render.resume_images import embedded
from render.text import one_line

_FLOWS: Final = frozenset({"body", "head", "foot", "note", "box"})
_BODY_LEVEL: Final = 9
_LONGEST_MARK: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How letters look; of what is hidden or struck out by a tracked change nothing is shown."""

    bold: bool = False
    italic: bool = False
    hidden: bool = False
    deleted: bool = False
    href: str | None = None


@dataclass(slots=True, kw_only=True)
class Flow:
    """One stream of paragraphs. `beside`: pictures and boxes that hang on the paragraph that is not finished yet."""

    pieces: list[Piece] = field(default_factory=list)
    said: list[tuple[Look, list[str]]] = field(default_factory=list)
    beside: list[Piece] = field(default_factory=list)
    cell: list[Piece] = field(default_factory=list)
    row: list[list[Piece]] = field(default_factory=list)
    rows: list[list[list[Piece]]] = field(default_factory=list)
    mark: str = ""
    in_table: bool = False
    heading: bool = False
    listed: bool = False
    level: int = 0

    def plain_again(self) -> None:
        self.in_table = self.heading = self.listed = False
        self.level = 0


@dataclass(slots=True, kw_only=True)
class Story:
    """Takes what the walk meets, in order, and gives the blocks. Raises Refused with too_large."""

    limits: FlowLimits
    _flows: dict[str, Flow] = field(default_factory=lambda: {name: Flow() for name in _FLOWS})
    _now: str = "body"
    _headings: set[int] = field(default_factory=set)
    _style: int = -1
    _style_name: str = ""
    _hex: list[str] = field(default_factory=list)
    _readable: bool = False

    def say(self, text: str, place: str, look: Look) -> None:
        match place:
            case "styles":
                self._name_style(text)
            case "picture":
                self._hex.append(text)
            case "mark":
                flow = self._flows[self._now]
                flow.mark = (flow.mark + text)[:_LONGEST_MARK]
            case _ if not (look.hidden or look.deleted):
                said = self._flows[place].said
                if said and said[-1][0] == look:
                    said[-1][1].append(text)
                else:
                    said.append((look, [text]))

    def enter(self, place: str) -> None:
        if place in _FLOWS:
            self._now = place
        elif place == "picture":
            self._hex, self._readable = [], False
        elif place == "mark":
            self._flows[self._now].mark = ""

    def leave(self, inner: str, outer: str) -> None:
        """The group of `inner` is over; a text box and a picture follow the paragraph in which they stand."""
        if inner in _FLOWS:
            self._end_paragraph(self._flows[inner])
            self._now = outer if outer in _FLOWS else "body"
        if inner == "box":
            box, self._flows["box"] = self._flows["box"], Flow()
            self._flows[self._now].beside += self._finished(box)
        elif inner == "picture" and outer != "unseen":
            self._flows[self._now].beside += self._picture()

    def control(self, place: str, word: str, number: int | None) -> None:
        """What a word says about the paragraph, the style or the picture it stands in."""
        if place == "styles":
            self._style = number or 0 if word == "s" else self._style
        elif place == "picture":
            self._readable = self._readable or word in {"pngblip", "jpegblip"}
        else:
            self._set(self._flows[self._now], word, number)

    def _set(self, flow: Flow, word: str, number: int | None) -> None:
        match word:
            case "pard":
                flow.plain_again()
            case "intbl":
                flow.in_table = True
            case "itap":
                flow.in_table = bool(number)
            case "s":
                flow.heading = number in self._headings
            case "outlinelevel":
                flow.heading = number is not None and number < _BODY_LEVEL
            case "ls" | "pnlvlblt":
                flow.listed = number != 0
            case "ilvl":
                flow.level = max(number or 0, 0)

    def end(self, place: str, word: str) -> None:
        """A paragraph, cell or row of a table is over."""
        flow = self._flows[place]
        self._end_paragraph(flow)
        if word == "cell":
            flow.row.append(flow.cell)
            flow.cell = []
        elif word == "row":
            flow.rows.append(flow.row)
            flow.row = []

    def pieces(self) -> list[Piece]:
        """Headers, body, notes and footers in that order; what stands at the top of every section is said once."""
        found = {name: self._finished(flow) for name, flow in self._flows.items()}
        return [*_once(found["head"]), *found["body"], *found["note"], *_once(found["foot"])]

    def _finished(self, flow: Flow) -> list[Piece]:
        flow.in_table = False
        self._end_paragraph(flow)
        self._end_table(flow)
        return flow.pieces

    def _end_paragraph(self, flow: Flow) -> None:
        if not flow.in_table and not flow.row and not flow.cell:
            self._end_table(flow)
        block = self._block(flow)
        new: list[Piece] = [*([block] if block else []), *flow.beside]
        if flow.in_table:
            flow.cell += new
        else:
            flow.pieces += new
        flow.said, flow.beside, flow.mark = [], [], ""

    def _end_table(self, flow: Flow) -> None:
        left = [*flow.row, *([flow.cell] if flow.cell else [])]
        rows = [*flow.rows, *([left] if left else [])]
        flow.pieces += table(rows)
        flow.rows, flow.row, flow.cell = [], [], []

    def _block(self, flow: Flow) -> Block | None:
        line = Line(limits=self.limits)
        for look, texts in flow.said:
            line.add(_paired("".join(texts)), bold=look.bold, italic=look.italic, href=look.href)
        mark = one_line(_paired(flow.mark))
        kind: BlockKind = "item" if mark or flow.listed else "heading" if flow.heading else "paragraph"
        if kind == "item" and any(run.text.strip() for run in line.runs):
            before = Line(limits=self.limits)
            before.add(f"{mark if any(map(str.isalnum, mark)) else BULLET} ")
            line.runs = [*before.runs, *line.runs]
        return line.block(kind, flow.level)

    def _name_style(self, text: str) -> None:
        self._style_name += text
        if self._style_name.endswith(";"):
            if names_a_heading(self._style_name.strip("; ").lower()):
                self._headings.add(self._style)
            self._style, self._style_name = -1, ""

    def _picture(self) -> list[Piece]:
        if not self._readable or self.limits.pictures <= 0:
            return []
        self.limits.pictures -= 1
        try:
            content = binascii.unhexlify("".join("".join(self._hex).split()))
        except (binascii.Error, ValueError):
            return []
        encoded = embedded(content)
        return [picture(encoded)] if encoded else []


def _paired(text: str) -> str:
    """Signs beyond the first plane come as two halves."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _once(pieces: list[Piece]) -> list[Piece]:
    """Each but once, and no page number."""
    return [one for one in dict.fromkeys(pieces) if not (isinstance(one, Block) and one.text.strip().isdigit())]
