"""What a DOCX's styles and numbering say about a paragraph: heading, list item with which mark, or plain."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from render.archive import Package
from render.safe_xml import Element, attribute, child, named, parsed

_HEADING: Final = re.compile(r"(heading|title|subtitle)\b|.*\bheading\b|section$")  # the last is what Office names it
_BULLET: Final = "\u2022"
_DEEPEST: Final = 20
_ALPHABET: Final = 26
_BODY_LEVEL: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    based_on: str
    heading: bool
    list_id: str
    level: str


@dataclass(slots=True, kw_only=True)
class Styles:
    """Looked up by style and list ids; counts numbered items on the way."""

    by_id: dict[str, _Style] = field(default_factory=dict)
    formats: dict[tuple[str, int], str] = field(default_factory=dict)
    counts: Counter[tuple[str, int]] = field(default_factory=Counter)

    def is_heading(self, properties: Element | None) -> bool:
        outline = attribute(child(properties, "outlineLvl"), "val")
        if outline.isdigit() and int(outline) < _BODY_LEVEL:
            return True
        return any(style.heading for style in self._chain(properties))

    def item(self, properties: Element | None) -> tuple[str, int] | None:
        """The mark and level of a list item, or None for a paragraph that is none."""
        own = child(properties, "numPr")
        list_id, level = attribute(child(own, "numId"), "val"), attribute(child(own, "ilvl"), "val")
        for style in self._chain(properties):
            list_id, level = list_id or style.list_id, level or style.level
        if list_id in {"", "0"}:
            return None
        depth = min(int(level), 8) if level.isdigit() else 0
        return self._mark(list_id, depth), depth

    def _chain(self, properties: Element | None) -> list[_Style]:
        found: list[_Style] = []
        name = attribute(child(properties, "pStyle"), "val")
        while name in self.by_id and len(found) < _DEEPEST:
            found.append(self.by_id[name])
            name = found[-1].based_on
        return found

    def _mark(self, list_id: str, depth: int) -> str:
        kind = self.formats.get((list_id, depth), "bullet")
        self.counts[list_id, depth] += 1
        for deeper in range(depth + 1, _BODY_LEVEL):
            self.counts.pop((list_id, deeper), None)
        return _BULLET if kind in {"bullet", "none", ""} else f"{_numeral(kind, self.counts[list_id, depth])}."


def read_styles(archive: Package, folder: str) -> Styles:
    styles = Styles()
    content = archive.read(f"{folder}/styles.xml")
    for element in parsed(content) if content else ():
        if named(element) == "style" and attribute(element, "type") in {"paragraph", ""}:
            styles.by_id[attribute(element, "styleId")] = _style(element)
    content = archive.read(f"{folder}/numbering.xml")
    if content:
        styles.formats = _formats(parsed(content))
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
    )


def _formats(root: Element) -> dict[tuple[str, int], str]:
    abstract: dict[str, dict[int, str]] = {}
    for one in root:
        if named(one) == "abstractNum":
            abstract[attribute(one, "abstractNumId")] = _levels(one)
    found: dict[tuple[str, int], str] = {}
    for one in root:
        if named(one) == "num":
            shape = abstract.get(attribute(child(one, "abstractNumId"), "val"), {})
            found |= {(attribute(one, "numId"), level): kind for level, kind in shape.items()}
    return found


def _levels(abstract: Element) -> dict[int, str]:
    levels = ((attribute(one, "ilvl"), one) for one in abstract if named(one) == "lvl")
    return {int(level): attribute(child(one, "numFmt"), "val") for level, one in levels if level.isdigit()}


def _numeral(kind: str, count: int) -> str:
    if kind in {"lowerLetter", "upperLetter"}:
        letter = chr(ord("a") + (count - 1) % _ALPHABET)
        return letter if kind == "lowerLetter" else letter.upper()
    if kind in {"lowerRoman", "upperRoman"}:
        roman = _roman(count)
        return roman if kind == "lowerRoman" else roman.upper()
    return str(count)


def _roman(count: int) -> str:
    text, rest = "", min(count, 3_999)
    for value, sign in _ROMAN:
        text += sign * (rest // value)
        rest %= value
    return text


_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
