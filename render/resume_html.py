"""HTML resumes as text blocks: no markup of theirs reaches our page, so nothing in it can load or run."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from render.cell_jobs import ResumeLimits
from render.flow import FlowLimits, Line, flow, limits_of, table
from render.links import resume_link
from render.numerals import BULLET, NUMERALS
from render.parts import BlockKind, FlowPart, Piece, Refused
from render.resume_words import decoded, load_words
from render.safe_xml import Element, named

_SKIPPED: Final = frozenset((
    "script", "style", "head", "template", "noscript", "iframe", "object", "embed", "svg", "math", "title", "select",
    "video", "audio",
))  # fmt: skip
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS: Final = _HEADINGS | frozenset((
    "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "ul", "ol", "menu", "li", "dl", "dt",
    "dd", "blockquote", "pre", "address", "figure", "form", "fieldset", "body", "html", "center", "hr", "tr", "td",
    "th", "tbody", "thead", "tfoot", "caption",
))  # fmt: skip
_BOLD: Final = frozenset({"b", "strong"})
_ITALIC: Final = frozenset({"i", "em"})
_LISTS: Final = frozenset({"ol", "ul", "menu"})
_NOTHING: Final = r":0(?:\.0+)?(?:px|pt|em|rem|%)?(?:;|!|$)"
_UNSEEN: Final = re.compile(rf"display:none|visibility:hidden|(?:^|;)opacity{_NOTHING}")
_NO_SIZE: Final = re.compile(rf"(?:^|;)font-size{_NOTHING}")
_INTEGER: Final = re.compile(r"-?\d{1,9}")
_DEEPEST: Final = 200


def load_html(content: bytes, limits: ResumeLimits) -> FlowPart:
    """Visible text in order. Raises Refused with damaged, empty, too_complex or too_large."""
    text = decoded(content)
    if len(text) > limits.text_characters:
        raise Refused("too_large")
    try:
        root = document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8", no_network=True, huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise Refused("empty") from None
    walk = _Walk(limits=limits_of(limits))
    walk.walk(root, 0)
    walk.end_line()
    return flow("html", walk.pieces)


def load_mhtml(content: bytes, limits: ResumeLimits) -> FlowPart:
    """The first HTML part of a saved web page or mail, or its first text. Raises Refused as its reader does."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for kind, reader in (("text/html", load_html), ("text/plain", load_words)):
        body = next((part for part in message.walk() if part.get_content_type() == kind), None)
        payload = body.get_payload(decode=True) if body is not None else None
        if isinstance(payload, bytes) and payload.strip():
            return reader(payload, limits)
    raise Refused("unsupported")


@dataclass(slots=True, kw_only=True)
class _Count:
    """The numbers of one `<ol>`, as a browser writes them."""

    next: int
    step: int
    form: str

    @classmethod
    def of(cls, element: Element) -> _Count:
        backwards = "reversed" in element.attrib
        items = sum(named(one) == "li" for one in element)
        start = _number(element.get("start"), items if backwards else 1)
        return cls(next=start, step=-1 if backwards else 1, form=element.get("type") or "1")

    def mark(self, item: Element) -> str:
        number = _number(item.get("value"), self.next)
        self.next = number + self.step
        return f"{NUMERALS.get(self.form, str)(number)}."


@dataclass(slots=True, kw_only=True)
class _Walk:
    limits: FlowLimits
    pieces: list[Piece] = field(default_factory=list)
    kind: BlockKind = "paragraph"
    level: int = 0
    line: Line = field(init=False)
    bold: int = 0
    italic: int = 0
    href: str | None = None
    as_typed: int = 0
    mark: str = ""  # of a list item, written before its first word
    count: _Count | None = None  # of the list we are in; none outside and in lists without numbers

    def __post_init__(self) -> None:
        self.line = Line(limits=self.limits)

    def walk(self, element: Element, depth: int) -> None:
        name = named(element)
        if depth > _DEEPEST:
            raise Refused("too_complex")
        if not name or name in _SKIPPED or _is_hidden(element):
            return
        if name == "table" and _is_of_data(element):
            self._table(element, depth)
        elif name == "br":
            self.line.add("\n")
        elif name in _BLOCKS or name == "table":
            self._block(element, name, depth)
        else:
            self._inline(element, name, depth)

    def end_line(self) -> None:
        block = self.line.block(self.kind, self.level)
        self.pieces += [block] if block else []
        self.line = Line(limits=self.limits)

    def _block(self, element: Element, name: str, depth: int) -> None:
        self.end_line()
        outer = self.kind, self.level, self.count
        if name in _HEADINGS:
            self.kind = "heading"
        elif name in _LISTS:
            self.count = _Count.of(element) if name == "ol" else None
        elif name == "li":
            self.kind, self.level = "item", self.level + (self.kind == "item")
            self.mark = f"{self.count.mark(element) if self.count else BULLET} "
        self.as_typed += name == "pre"
        self._content(element, depth)
        self.as_typed -= name == "pre"
        self.end_line()
        self.kind, self.level, self.count = outer
        self.mark = ""

    def _inline(self, element: Element, name: str, depth: int) -> None:
        outer = self.href
        if name == "a":
            self.href = resume_link(element.get("href"))
        self.bold += name in _BOLD
        self.italic += name in _ITALIC
        self._content(element, depth)
        self.bold -= name in _BOLD
        self.italic -= name in _ITALIC
        self.href = outer

    def _content(self, element: Element, depth: int) -> None:
        self._text(element.text)
        for one in element:
            self.walk(one, depth + 1)
            self._text(one.tail)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        shown = text if self.as_typed else _collapsed(text, after=self.line)
        if self.mark and shown.strip():
            self.line.add(self.mark)
            self.mark = ""
        self.line.add(shown, bold=self.bold > 0, italic=self.italic > 0, href=self.href)

    def _table(self, element: Element, depth: int) -> None:
        self.end_line()
        rows = [[self._cell(cell, depth) for cell in _cells(row)] for row in element.iter("tr")]
        self.pieces += table(rows)

    def _cell(self, cell: Element, depth: int) -> list[Piece]:
        inner = _Walk(limits=self.limits)
        inner.walk(cell, depth + 1)
        inner.end_line()
        return inner.pieces


def _collapsed(text: str, *, after: Line) -> str:
    """White space as a browser shows it: one space, none at the start of a line."""
    words = " ".join(text.split())
    starts = not after.runs or after.runs[-1].text.endswith((" ", "\n"))
    head = "" if starts or not text[0].isspace() else " "
    return head + words + (" " if words and text[-1].isspace() else "")


def _is_hidden(element: Element) -> bool:
    """Text that its author hid from people must not reach a person now (nor a machine that reads the document)."""
    style = _style(element)
    if "hidden" in element.attrib or _UNSEEN.search(style):
        return True
    return bool(_NO_SIZE.search(style)) and not any(map(_has_size, element.iterdescendants()))


def _has_size(element: Element) -> bool:
    """Makers of mails give a box no size against gaps, and its words one again."""
    style = _style(element)
    return "font-size:" in style and not _NO_SIZE.search(style)


def _style(element: Element) -> str:
    return "".join((element.get("style") or "").lower().split())


def _number(said: str | None, otherwise: int) -> int:
    found = _INTEGER.fullmatch((said or "").strip())
    return int(found[0]) if found else otherwise


def _cells(row: Element) -> Iterable[Element]:
    return (cell for cell in row if cell.tag in {"td", "th"})


def _is_of_data(element: Element) -> bool:
    """Only a table without tables inside stays one; pages laid out by nested tables are read in order."""
    return next(element.iterdescendants("table"), None) is None
