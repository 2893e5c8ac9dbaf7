"""What a DOCX's styles say: heading, list item with which mark, or plain; bold, italic or hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from render.archive import Package
from render.docx_numbering import Numbering, read_numbering
from render.dress import Dress, layered
from render.safe_xml import Element, attribute, child, is_on, named, parsed

_HEADING: Final = re.compile(r"(heading|title|subtitle)\b|.*\bheading\b|section$")  # the last is what Office names it
_DEEPEST: Final = 20
_BODY_LEVEL: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    based_on: str
    heading: bool
    list_id: str
    level: str
    dress: Dress


@dataclass(slots=True, kw_only=True)
class Styles:
    """Looked up by style id; counts numbered items on the way."""

    by_id: dict[str, _Style] = field(default_factory=dict)
    numbering: Numbering = field(default_factory=Numbering)
    _dresses: dict[str, Dress] = field(default_factory=dict)

    def is_heading(self, properties: Element | None) -> bool:
        outline = attribute(child(properties, "outlineLvl"), "val")
        if outline.isdigit() and int(outline) < _BODY_LEVEL:
            return True
        return any(style.heading for style in self._chain(_style_of(properties)))

    def item(self, properties: Element | None) -> tuple[str, int] | None:
        """The mark and level of a list item, or None for a paragraph that is none or whose number is not written."""
        own = child(properties, "numPr")
        list_id, level = attribute(child(own, "numId"), "val"), attribute(child(own, "ilvl"), "val")
        for style in self._chain(_style_of(properties)):
            list_id, level = list_id or style.list_id, level or style.level
        if list_id in {"", "0"}:
            return None
        depth = min(int(level), _BODY_LEVEL - 1) if level.isdigit() else 0
        mark = self.numbering.mark(list_id, depth)
        return (mark, depth) if mark else None

    def paragraph_dress(self, properties: Element | None) -> Dress:
        """How the words of a paragraph look that say nothing of their own."""
        return self._dress(_style_of(properties))

    def run_dress(self, look: Element | None, around: Dress) -> Dress:
        """How the words of a run look in a paragraph that looks like `around`."""
        if look is None:
            return around
        return _dress(look).over(self._dress(attribute(child(look, "rStyle"), "val")).over(around))

    def _dress(self, name: str) -> Dress:
        if name not in self._dresses:
            self._dresses[name] = layered(style.dress for style in self._chain(name))
        return self._dresses[name]

    def _chain(self, name: str) -> list[_Style]:
        found: list[_Style] = []
        while name in self.by_id and len(found) < _DEEPEST:
            found.append(self.by_id[name])
            name = found[-1].based_on
        return found


def read_styles(archive: Package, folder: str) -> Styles:
    styles = Styles()
    content = archive.read(f"{folder}/styles.xml")
    for element in parsed(content) if content else ():
        if named(element) == "style" and attribute(element, "type") in {"paragraph", "character", ""}:
            styles.by_id[attribute(element, "styleId")] = _style(element)
    content = archive.read(f"{folder}/numbering.xml")
    if content:
        styles.numbering = read_numbering(parsed(content))
    return styles


def names_a_heading(name: str) -> bool:
    """Whether a style called so, in small letters, is one of headings."""
    return bool(_HEADING.match(name))


def _style(element: Element) -> _Style:
    name = attribute(child(element, "name"), "val").lower()
    outline = attribute(child(element, "pPr", "outlineLvl"), "val")
    return _Style(
        based_on=attribute(child(element, "basedOn"), "val"),
        heading=names_a_heading(name) or (outline.isdigit() and int(outline) < _BODY_LEVEL),
        list_id=attribute(child(element, "pPr", "numPr", "numId"), "val"),
        level=attribute(child(element, "pPr", "numPr", "ilvl"), "val"),
        dress=_dress(child(element, "rPr")),
    )


def _style_of(properties: Element | None) -> str:
    return attribute(child(properties, "pStyle"), "val")


def _dress(look: Element | None) -> Dress:
    bold, italic, hidden = (child(look, name) for name in ("b", "i", "vanish"))
    return Dress(
        bold=None if bold is None else is_on(bold),
        italic=None if italic is None else is_on(italic),
        hidden=None if hidden is None else is_on(hidden),
    )
