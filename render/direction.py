"""Which way a line of mixed scripts reads: as most of its words do, not as its first word does."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Way = Literal["ltr", "rtl"]

# Blocks with letters of class R or AL, and the marks for the direction itself (Unicode 15, DerivedBidiClass.txt).
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_MARKS: Final = frozenset("\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_WAYS: Final[dict[str, Way]] = {"L": "ltr", "R": "rtl", "AL": "rtl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`way` is None where the usual rule, the first letter's (UAX #9, P2 and P3), is right."""

    text: str
    way: Way | None = None


def directed(text: str) -> tuple[Line, ...]:
    """The whole text as one line without a way, unless the first letter of one of its lines misleads.

    An English sentence that begins with an Arabic name would be set from the right, its full stop before it; then each
    line has a way of its own.
    """
    if not has_right_to_left(text):
        return (Line(text=text),)
    lines = text.split("\n")
    ways = [_most(line) for line in lines]
    if all(way in (None, _first(line)) for way, line in zip(ways, lines, strict=True)):
        return (Line(text=text),)
    return tuple(Line(text=line, way=way or _first(line) or "ltr") for way, line in zip(ways, lines, strict=True))


def has_right_to_left(text: str) -> bool:
    """Whether a letter of it runs from right to left."""
    return not text.isascii() and any(_first(found[0]) == "rtl" for found in _RIGHT_TO_LEFT.finditer(text))


def _most(line: str) -> Way | None:
    """None where as many words go the one way as the other, or the line says its direction itself."""
    if not _MARKS.isdisjoint(line):
        return None
    ways = [way for word in line.split() if (way := _first(word))]
    right = ways.count("rtl")
    left = len(ways) - right
    return None if left == right else "rtl" if right > left else "ltr"


def _first(words: str) -> Way | None:
    """Of its first letter that has a direction."""
    return next((way for letter in words if (way := _WAYS.get(unicodedata.bidirectional(letter)))), None)
