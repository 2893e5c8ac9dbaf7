"""The numbers and bullets of an ODT's lists, counted as LibreOffice counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from render.numerals import BULLET, NUMERALS
from render.safe_xml import Element, attribute, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How one level is written. `form`: empty for no number; `shown`: of how many levels the numbers stand there."""

    bullet: bool = True
    form: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown: int = 1


@dataclass(slots=True, kw_only=True)
class Lists:
    """The list styles of a document, and how far each is counted."""

    levels: dict[tuple[str, int], Level] = field(default_factory=dict)
    _counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def read(self, root: Element) -> None:
        """Adds the list styles below `root`; those read later win."""
        for style in root.iter():
            if named(style) == "list-style":
                name = attribute(style, "name")
                self.levels |= {(name, _number(one, "level", 1)): _level(one) for one in style}

    def begin(self, style: str, depth: int) -> None:
        """A list that does not go on counting where an earlier one ended."""
        self._counts.pop((style, depth), None)

    def mark(self, style: str, depth: int, start: int | None) -> str:
        """What stands before the next item of that list; empty where nothing does."""
        level = self.levels.get((style, depth), Level())
        count = self._counts.get((style, depth), level.start - 1) + 1 if start is None else start
        self._counts[style, depth] = count
        self._counts = {key: value for key, value in self._counts.items() if key[0] != style or key[1] <= depth}
        if level.bullet:
            return BULLET
        numbers = (self._numeral(style, one) for one in range(max(1, depth - level.shown + 1), depth + 1))
        return f"{level.prefix}{'.'.join(filter(None, numbers))}{level.suffix}".strip()

    def _numeral(self, style: str, depth: int) -> str:
        level = self.levels.get((style, depth), Level())
        write = NUMERALS.get(level.form)
        return write(self._counts.get((style, depth), level.start)) if write else ""


def _level(element: Element) -> Level:
    return Level(
        bullet=named(element) != "list-level-style-number",
        form=attribute(element, "num-format"),
        prefix=attribute(element, "num-prefix"),
        suffix=attribute(element, "num-suffix"),
        start=_number(element, "start-value", 1),
        shown=_number(element, "display-levels", 1),
    )


def _number(element: Element, name: str, otherwise: int) -> int:
    said = attribute(element, name)
    return int(said) if said.isdigit() and len(said) < len("1000000000") else otherwise
