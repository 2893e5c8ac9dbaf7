"""The numbers of a DOCX's lists: which sign or text stands before an item, counted as Word counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from render.numerals import BULLET, NUMERALS
from render.safe_xml import Element, attribute, child, is_on, named

_LEVELS: Final = 9
_LONGEST: Final = 80
_PLACE: Final = re.compile(r"%([1-9])")
_NUMERALS: Final[dict[str, Callable[[int], str]]] = {
    "lowerLetter": NUMERALS["a"],
    "upperLetter": NUMERALS["A"],
    "lowerRoman": NUMERALS["i"],
    "upperRoman": NUMERALS["I"],
    "decimalZero": lambda count: f"{count:02}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How one level is written: `%1.%2` stands for its own number behind that of the level above."""

    format: str = "bullet"
    text: str = ""
    start: int = 1
    plain: bool = False


@dataclass(slots=True, kw_only=True)
class Numbering:
    """Lists that share a definition share their counts, until one of them says that it begins anew."""

    levels: dict[tuple[str, int], Level] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    restarts: dict[tuple[str, int], int] = field(default_factory=dict)
    _counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def mark(self, list_id: str, depth: int) -> str:
        """What is written before the next item; empty when its level shows nothing."""
        level, shared = self.levels.get((list_id, depth), Level()), self.definitions.get(list_id, list_id)
        count = self.restarts.pop((list_id, depth), self._counts.get((shared, depth), level.start - 1) + 1)
        self._counts[shared, depth] = count
        for deeper in range(depth + 1, _LEVELS):
            self._counts.pop((shared, deeper), None)
        return BULLET if level.format in {"bullet", ""} else self._text(list_id, shared, level)

    def _text(self, list_id: str, shared: str, level: Level) -> str:
        def numeral(found: re.Match[str]) -> str:
            depth = int(found[1]) - 1
            other = self.levels.get((list_id, depth), Level(format="decimal"))
            count = self._counts.get((shared, depth), other.start)
            if other.format == "none":
                return ""
            return str(count) if level.plain else _NUMERALS.get(other.format, str)(count)

        return _PLACE.sub(numeral, level.text).strip()[:_LONGEST]


def read_numbering(root: Element) -> Numbering:
    """The lists that `numbering.xml` defines."""
    made = Numbering()
    shapes = {attribute(one, "abstractNumId"): one for one in root if named(one) == "abstractNum"}
    styles = {attribute(link, "val"): one for one in shapes.values() if (link := child(one, "styleLink")) is not None}
    for one in root:
        if named(one) == "num":
            shared = attribute(child(one, "abstractNumId"), "val")
            shape = shapes.get(shared)
            shape = styles.get(attribute(child(shape, "numStyleLink"), "val"), shape)
            _add(made, attribute(one, "numId"), shared, [*_levels(shape), *_own_levels(one)])
            made.restarts |= {(attribute(one, "numId"), depth): start for depth, start in _restarts(one)}
    return made


def _add(made: Numbering, list_id: str, shared: str, levels: list[tuple[int, Level]]) -> None:
    made.definitions[list_id] = shared
    made.levels |= {(list_id, depth): level for depth, level in levels}


def _levels(shape: Element | None) -> Iterator[tuple[int, Level]]:
    for one in shape if shape is not None else ():
        depth = attribute(one, "ilvl")
        if named(one) == "lvl" and depth.isdigit():
            yield int(depth), _level(one, int(depth))


def _level(element: Element, depth: int) -> Level:
    text = child(element, "lvlText")
    return Level(
        format=attribute(child(element, "numFmt"), "val"),
        text=attribute(text, "val") if text is not None else f"%{depth + 1}.",
        start=_number(child(element, "start"), 1),
        plain=is_on(child(element, "isLgl")),
    )


def _own_levels(number: Element) -> Iterator[tuple[int, Level]]:
    for one in number:
        if named(one) == "lvlOverride":
            yield from _levels(one)


def _restarts(number: Element) -> Iterator[tuple[int, int]]:
    for one in number:
        start, depth = child(one, "startOverride"), attribute(one, "ilvl")
        if start is not None and depth.isdigit():
            yield int(depth), _number(start, 1)


def _number(element: Element | None, otherwise: int) -> int:
    said = attribute(element, "val")
    return int(said) if said.isdigit() and len(said) < _LEVELS else otherwise
