"""ODT resumes as text blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from render.archive import Archive, Package
from render.cell_jobs import ResumeLimits
from render.dress import Dress
from render.flow import FlowLimits, Line, flow, limits_of, picture, table
from render.links import resume_link
from render.odt_lists import Lists
from render.odt_styles import OdtStyles
from render.parts import BlockKind, FlowPart, Piece, Refused
from render.resume_images import embedded
from render.safe_xml import Element, attribute, child, named, parsed

_SKIPPED: Final = frozenset(
    {"annotation", "annotation-end", "tracked-changes", "sequence-decls", "forms", "desc", "title", "note-citation"}
)
_CONTAINERS: Final = frozenset({"p", "h", "list", "table", "frame", "text-box", "section"})
_SPACE: Final = re.compile(r"[ \t\r\n]+")  # spaces and line ends that count are elements
_LETTERS: Final = {"tab": "\t", "line-break": "\n"}
_DEEPEST: Final = 200
_MOST_SPACES: Final = 100


def load_odt(content: bytes, limits: ResumeLimits) -> FlowPart:
    """Page headers, then the body. Raises Refused with damaged, empty, password, too_large or unsupported."""
    archive = Archive(content, limits.unzipped_bytes)
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Refused("password")
    return odt_flow(archive, limits)


def odt_flow(archive: Package, limits: ResumeLimits) -> FlowPart:
    """See load_odt, for parts that are already open."""
    body = child(parsed(archive.read("content.xml")), "body", "text")
    if body is None:
        raise Refused("unsupported")  # a sheet or a presentation
    lists, styles = _lists_and_styles(archive)
    walk = _Walk(archive=archive, limits=limits_of(limits), lists=lists, styles=styles)
    return flow("odt", [*_heads(walk), *walk.pieces(body, 0)])


def _lists_and_styles(archive: Package) -> tuple[Lists, OdtStyles]:
    """Those of the whole document, then those of its content, which have names of their own."""
    lists, styles = Lists(), OdtStyles()
    for name in ("styles.xml", "content.xml"):
        content = archive.read(name)
        if content:
            root = parsed(content)
            lists.read(root)
            styles.read(root)
    return lists, styles


def _heads(walk: _Walk) -> list[Piece]:
    content = walk.archive.read("styles.xml")
    headers = [one for one in parsed(content).iter() if named(one) == "header"] if content else []
    return [piece for header in headers for piece in walk.pieces(header, 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How the words of a stretch look, and where they lead."""

    dress: Dress
    href: str | None = None

    def say(self, line: Line, text: str) -> None:
        if not self.dress.hidden:
            line.add(text, bold=bool(self.dress.bold), italic=bool(self.dress.italic), href=self.href)


@dataclass(slots=True, kw_only=True)
class _Walk:
    archive: Package
    limits: FlowLimits
    lists: Lists
    styles: OdtStyles
    _depth: int = 0
    _item: tuple[str, int, int | None] | None = None  # the list, level and start of an item not yet begun

    def pieces(self, parent: Element, level: int) -> list[Piece]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused("too_complex")
        found = [piece for element in parent for piece in self._piece(element, level)]
        self._depth -= 1
        return found

    def _piece(self, element: Element, level: int) -> list[Piece]:
        match named(element):
            case "p" | "h":
                return self._paragraph(element, level)
            case "list":
                return self._list(element, level + 1, attribute(element, "style-name"))
            case "table":
                return table([[self.pieces(cell, 0) for cell in _cells(row)] for row in _rows(element)])
            case "image":
                return self._picture(element)
            case name if name in _SKIPPED or _is_hidden(element):
                return []
            case _:
                return self.pieces(element, level)

    def _list(self, element: Element, level: int, style: str) -> list[Piece]:
        """The items of a list; a list in an item has the style of the outer one unless it says otherwise."""
        if not (attribute(element, "continue-numbering") == "true" or attribute(element, "continue-list")):
            self.lists.begin(style, level)
        found: list[Piece] = []
        for one in element:
            start = attribute(one, "start-value")
            self._item = (style, level, int(start) if start.isdigit() else None) if named(one) == "list-item" else None
            for inner in one:
                name = attribute(inner, "style-name") or style
                found += self._list(inner, level + 1, name) if named(inner) == "list" else self._piece(inner, level)
        self._item = None
        return found

    def _paragraph(self, element: Element, level: int) -> list[Piece]:
        item, self._item = self._item, None
        line, beside, style = Line(limits=self.limits), list[Piece](), attribute(element, "style-name")
        self._inline(element, line, _Look(dress=self.styles.dress("paragraph", style)), beside)
        if item and any(run.text.strip() for run in line.runs):
            mark = Line(limits=self.limits)
            mark.add(f"{self.lists.mark(*item)} ".lstrip())
            line.runs = [*mark.runs, *line.runs]
        is_heading = named(element) == "h" or self.styles.is_heading(style)
        kind: BlockKind = "heading" if is_heading else "item" if level else "paragraph"
        block = line.block(kind, max(level - 1, 0))
        return [*([block] if block else []), *beside]

    def _inline(self, element: Element, line: Line, look: _Look, beside: list[Piece]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused("too_complex")
        look.say(line, _SPACE.sub(" ", element.text or ""))
        for one in element:
            self._inner(one, line, look, beside)
            look.say(line, _SPACE.sub(" ", one.tail or ""))
        self._depth -= 1

    def _inner(self, element: Element, line: Line, look: _Look, beside: list[Piece]) -> None:
        name = named(element)
        if name in _LETTERS:
            look.say(line, _LETTERS[name])
        elif name == "s":
            count = attribute(element, "c")
            look.say(line, " " * min(int(count), _MOST_SPACES) if count.isdigit() else " ")
        elif name == "a":
            self._inline(element, line, replace(look, href=resume_link(attribute(element, "href"))), beside)
        elif name in _CONTAINERS or name == "image":
            beside += self._piece(element, 0)
        elif name == "span":
            dress = self.styles.dress("text", attribute(element, "style-name")).over(look.dress)
            self._inline(element, line, replace(look, dress=dress), beside)
        elif name and name not in _SKIPPED and attribute(element, "is-hidden") != "true":
            self._inline(element, line, look, beside)

    def _picture(self, element: Element) -> list[Piece]:
        target = attribute(element, "href")
        if target not in self.archive or self.limits.pictures <= 0:
            return []
        self.limits.pictures -= 1
        encoded = embedded(self.archive.read(target))
        return [picture(encoded)] if encoded else []


def _is_hidden(element: Element) -> bool:
    """A section can be switched off; it may hold what was meant for another reader."""
    return named(element) == "section" and attribute(element, "display") == "none"


def _rows(parent: Element) -> Iterator[Element]:
    """The rows of this table, also in header and row groups; not those of tables inside it."""
    for element in parent:
        if named(element) == "table-row":
            yield element
        elif named(element) in {"table-header-rows", "table-rows", "table-row-group"}:
            yield from _rows(element)


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row if named(cell) == "table-cell"]
