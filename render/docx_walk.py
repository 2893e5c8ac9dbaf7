"""The walk over one part of a DOCX: paragraphs, runs, tables, text boxes and pictures become blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from render.archive import Package
from render.docx_fields import Fields, field_link
from render.docx_styles import Styles
from render.dress import Dress
from render.flow import FlowLimits, Line, picture, table
from render.links import resume_link
from render.parts import Block, BlockKind, Piece, Refused
from render.resume_images import embedded
from render.safe_xml import Element, attribute, child, named, parsed

_SKIPPED: Final = frozenset(
    {"del", "moveFrom", "instrText", "delText", "pPr", "rPr", "rt", "sdtPr", "fldData", "annotationRef"}
)
_LETTERS: Final = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_DEEPEST: Final = 200
_SYMBOL_BULLET: Final = 0xF0B7
_PRIVATE: Final = range(0xF020, 0xF100)
_DRAWINGS: Final = frozenset({"drawing", "pict", "object"})
_FIELD_MARKS: Final = frozenset({"fldChar", "instrText"})
_SHOWN_IN_DRAWINGS: Final = frozenset({"txbxContent", "blip", "imagedata", "relIds"})
_VISIBLE: Final = frozenset({"t", *_SHOWN_IN_DRAWINGS})


@dataclass(slots=True, kw_only=True)
class Walk:
    """`targets`: relation id -> target, of the part that is walked now. `chunk` reads documents of other formats.

    `behind` gathers where pictures are that lie behind the text: ornaments, unless the body has no text.
    """

    archive: Package
    styles: Styles
    limits: FlowLimits
    targets: dict[str, str]
    chunk: Callable[[bytes], list[Piece]]
    behind: list[str] = field(default_factory=list)
    _fields: Fields = field(default_factory=Fields)
    _dress: Dress = field(default_factory=Dress)  # of the paragraph that is walked now
    _depth: int = 0
    _boxes: list[Element] = field(default_factory=list)

    def pieces(self, parent: Element) -> list[Piece]:
        """The blocks of everything below `parent`. Raises Refused with too_complex for absurd nesting."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused("too_complex")
        found = [piece for element in _alternatives(parent) for piece in self._piece(element)]
        self._depth -= 1
        return found

    def _piece(self, element: Element) -> list[Piece]:
        match named(element):
            case "p":
                return self._paragraph(element)
            case "tbl":
                rows = [row for row in _all(element, "tr") if child(row, "trPr", "del") is None]
                return table([[self.pieces(cell) for cell in _all(row, "tc")] for row in rows])
            case "altChunk":
                return self._chunk(element)
            case name if name in _SKIPPED:
                return []
            case _:
                return self.pieces(element)

    def _chunk(self, element: Element) -> list[Piece]:
        """A document in the document; one that cannot be read costs its own words only."""
        target = self.targets.get(attribute(element, "id"), "")
        try:
            found = self.chunk(self.archive.read(target))
        except Refused:
            return []
        self.limits.spend(sum(len(piece.text) for piece in found if isinstance(piece, Block)))
        return found

    def _paragraph(self, element: Element) -> list[Piece]:
        properties, line = child(element, "pPr"), Line(limits=self.limits)
        outer, self._boxes, self._dress = self._boxes, [], self.styles.paragraph_dress(properties)
        item = self.styles.item(properties)
        self._runs(element, line, None)
        boxes, self._boxes = self._boxes, outer
        if item and any(run.text.strip() for run in line.runs):
            mark = Line(limits=self.limits)
            mark.add(f"{item[0]} ")
            line.runs = [*mark.runs, *line.runs]
        kind: BlockKind = "heading" if self.styles.is_heading(properties) else "item" if item else "paragraph"
        block = line.block(kind, item[1] if item else 0)
        return [*([block] if block else []), *(piece for box in boxes for piece in self._box(box))]

    def _runs(self, parent: Element, line: Line, href: str | None) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused("too_complex")
        for element in _alternatives(parent):
            name = named(element)
            if name == "r":
                self._run(element, line, href)
            elif name == "hyperlink":
                self._runs(element, line, resume_link(self.targets.get(attribute(element, "id"))))
            elif name == "fldSimple":
                self._runs(element, line, field_link(attribute(element, "instr")) or href)
            elif name == "t" or (name == "m" and element.text):
                line.add(element.text or "", href=href)  # mathematics carries its text outside of runs
            elif name not in _SKIPPED:
                self._runs(element, line, href)
        self._depth -= 1

    def _run(self, run: Element, line: Line, href: str | None) -> None:
        dress = self.styles.run_dress(child(run, "rPr"), self._dress)
        bold, italic = bool(dress.bold), bool(dress.italic)
        for element in _alternatives(run):
            name = named(element)
            text = self._fields.take(element) if name in _FIELD_MARKS else _text(element)
            if dress.hidden:
                continue
            if text:
                line.add(text, bold=bold, italic=italic, href=href or self._fields.href)
            elif name == "ruby":
                self._runs(element, line, href)
            elif name in _DRAWINGS:
                self._boxes.append(element)

    def _box(self, drawing: Element) -> list[Piece]:
        """What a drawing holds: text boxes and diagrams as blocks, pictures as pictures."""
        found: list[Piece] = []
        behind = _lies_behind(drawing)
        for one in drawing.iter():
            if named(one) not in _SHOWN_IN_DRAWINGS or _inside_another(one, drawing):
                continue
            if named(one) == "txbxContent":
                found += self.pieces(one)
            elif named(one) == "relIds":
                found += self._diagram(one)
            elif behind:
                self.behind += self._pictured(one)
            else:
                found += self._pictures(self._pictured(one))
        return found

    def pictures_behind(self) -> list[Piece]:
        """Those `behind`, as far as there is room for pictures left."""
        return self._pictures(self.behind)

    def _diagram(self, element: Element) -> list[Piece]:
        """The texts of a SmartArt diagram, in the order of its data."""
        target = self.targets.get(attribute(element, "dm"))
        content = self.archive.read(target) if target else b""
        texts = [one for one in parsed(content).iter() if named(one) == "p"] if content else []
        return [piece for text in texts for piece in self._paragraph(text)]

    def _pictured(self, element: Element) -> list[str]:
        """Where the picture is that this shows."""
        relation = {"blip": "embed", "imagedata": "id"}.get(named(element))
        target = self.targets.get(attribute(element, relation)) if relation else None
        return [target] if target and target in self.archive else []

    def _pictures(self, places: Iterable[str]) -> list[Piece]:
        found: list[Piece] = []
        for place in places:
            if self.limits.pictures <= 0:
                break
            self.limits.pictures -= 1
            encoded = embedded(self.archive.read(place))
            found += [picture(encoded)] if encoded else []
        return found


def _alternatives(parent: Element) -> Iterable[Element]:
    """The children; of alternatives that say the same twice, the first that says anything."""
    for element in parent:
        if named(element) == "AlternateContent":
            choices = list(element)
            yield from _alternatives(next(filter(_says_something, choices), choices[0] if choices else element))
        elif named(element):
            yield element


def _says_something(choice: Element) -> bool:
    return any(named(one) in _VISIBLE for one in choice.iter())


def _lies_behind(drawing: Element) -> bool:
    return attribute(child(drawing, "anchor"), "behindDoc") in {"1", "true"}


def _all(parent: Element, name: str) -> Iterable[Element]:
    """Children called `name`, also inside content controls and tracked insertions, not inside each other."""
    for element in parent:
        if named(element) == name:
            yield element
        elif named(element) in {"sdt", "sdtContent", "ins", "customXml"}:
            yield from _all(element, name)


def _inside_another(element: Element, top: Element) -> bool:
    above = element.getparent()
    while above is not None and above is not top:
        if named(above) in {"txbxContent", "Fallback"}:
            return True
        above = above.getparent()
    return False


def _text(element: Element) -> str:
    name = named(element)
    if name == "t":
        return element.text or ""
    return _symbol(element) if name == "sym" else _LETTERS.get(name, "")


def _symbol(element: Element) -> str:
    try:
        code = int(attribute(element, "char") or "0", 16)
    except ValueError:
        return ""
    return "\u2022" if code in _PRIVATE or not 0 < code < _PRIVATE.start else chr(code)
