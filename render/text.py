"""Hostile text made printable: what other people typed, without what could hide, reorder or break the page."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

# Wingdings bullets from word processors sit in the private use area, where no font of ours has a glyph.
_BULLETS: Final = dict.fromkeys((0xF0B7, 0xF0A7, 0xF0D8, 0xF0FC, 0xF076, 0xF02D), "\u2022")
_DROPPED: Final = (
    [code for code in range(0x20) if code not in (0x09, 0x0A)]
    + list(range(0x7F, 0xA0))
    + list(range(0x202A, 0x202F))  # bidi embeddings and overrides: they make a text read as another
    + list(range(0x2060, 0x2070))  # isolates, invisible operators, deprecated format characters
    + list(range(0xFFF0, 0xFFFC))  # interlinear annotations and unassigned specials
    + [0xFEFF, 0xFFFE, 0xFFFF]
)
_MAP: Final[dict[int, str | None]] = {**dict.fromkeys(_DROPPED), **_BULLETS, 0x2028: "\n", 0x2029: "\n"}
_LINE_ENDS: Final = re.compile("\r\n?|\x0b|\x0c|\x85")
_UNPRINTABLE: Final = re.compile("[\ud800-\uf8ff\ufdd0-\ufdef\U000e0000-\U0010ffff]")
_ACCENTS: Final = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_STACKED: Final = re.compile(rf"({_ACCENTS}{{4}}){_ACCENTS}+")
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_SPACES: Final = re.compile(r"\s+")


def clean(text: str | None) -> str:
    """`text` in NFC without controls, bidi overrides, surrogates, private characters or towers of accents."""
    return _BLANK_LINES.sub("\n\n", printable(text)).strip() if text else ""


def printable(text: str) -> str:
    """`clean` for a piece of a line: white space at its ends counts and stays."""
    lines = _LINE_ENDS.sub("\n", text).translate(_MAP)
    return _STACKED.sub(r"\1", unicodedata.normalize("NFC", _UNPRINTABLE.sub("", lines)))


def one_line(text: str | None) -> str:
    """`clean`, on one line."""
    return _SPACES.sub(" ", clean(text)).strip()


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut. For titles and margin boxes only."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\u2026"


def moment_words(moment: datetime | None) -> str:
    """`23 Nov 2026, 14:05` in UTC; empty for None."""
    if moment is None:
        return ""
    at = moment.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
