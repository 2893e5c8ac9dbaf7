"""One self-contained HTML document from a view: Jinja2 with autoescape, our own style sheet, nothing from a network."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from render.direction import directed
from render.parts import NOTICES, Block, FlowPart, NoticePart, PagesPart, Picture, Table
from render.view import ProfileView, glance

Paper = Literal["A4", "letter"]

CSP: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
STAR: Final = "M10 1L12.35 7.16L18.94 7.5L13.8 11.64L15.53 18L10 14.4L4.47 18L6.2 11.64L1.06 7.5L7.65 7.16z"
HALF_STAR: Final = "M10 1L10 14.4L4.47 18L6.2 11.64L1.06 7.5L7.65 7.16z"

# Open Sans first: docs/profile.md, section on fonts. Each script's own face must stand before the wide ones at the end.
FAMILIES: Final = (
    "Open Sans, Noto Sans, Noto Sans Arabic, Noto Sans Hebrew, Noto Sans Devanagari, Noto Sans Thai, "
    "Droid Sans Fallback, NanumGothic, Noto Color Emoji, Noto Sans Symbols, Noto Sans Symbols2, Noto Sans Math, "
    "DejaVu Sans, sans-serif"
)

_GLANCE_STRENGTHS: Final = 5
_GLANCE_CHARACTERS: Final = 900
_TALL: Final = 1_200  # characters; an unbreakable box of more than half a page leaves holes
_LONG_NAME: Final = 34
_LONGEST_NAME: Final = 110
_LINE_CHARACTERS: Final = 80  # of wide letters in one line of a table
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ]")


def profile_html(view: ProfileView, *, paper: Paper = "A4") -> str:
    """The document. The same view gives the same text; whatever the view's strings hold, they stay text."""
    first, more = _split_strengths(view.assessment.strengths if view.assessment else ())
    return (
        _environment()
        .get_template("profile.html.j2")
        .render(view=view, paper=paper, glance_strengths=first, more_strengths=more)
    )


def _split_strengths(strengths: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those for the first page, and the rest: the first page must not push contact and link onto the second."""
    room = _GLANCE_CHARACTERS
    for count, text in enumerate(strengths):
        room -= len(text)
        if count >= _GLANCE_STRENGTHS or (room < 0 and count > 0):
            return strengths[:count], strengths[count:]
    return strengths, ()


def beginning(text: str) -> str:
    """As much of `text` as the first page has room for; all of it when it is short.

    It ends with a whole word, unless half of the room would stay empty: not every script puts spaces between words.
    """
    if len(text) <= _GLANCE_CHARACTERS:
        return text
    room = text[:_GLANCE_CHARACTERS]
    words, _, _ = room.rpartition(" ")
    return f"{(words if len(words) > _GLANCE_CHARACTERS // 2 else room).rstrip()}\u2026"


def css_text(text: str) -> str:
    """`text` for between the quotes of a CSS string, in a form that also cannot close the style element."""
    return _PLAIN.sub(lambda found: f"\\{ord(found[0]):x} ", text)


def _size_class(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        return "longest"
    return "long" if len(name) > _LONG_NAME else ""


def _words_class(table: Table) -> str:
    """`whole`: words of this table fit side by side unbroken; narrow columns would else be broken inside words."""
    widths = [max((len(word) for block in cell for word in block.text.split()), default=0) for cell in _columns(table)]
    return "whole" if sum(widths) <= _LINE_CHARACTERS else ""


def _columns(table: Table) -> list[list[Block]]:
    count = max((len(row) for row in table.rows), default=0)
    return [[block for row in table.rows if place < len(row) for block in row[place]] for place in range(count)]


def _height_class(text: str) -> str:
    return "tall" if len(text) > _TALL else ""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("render"), autoescape=True, undefined=StrictUndefined, auto_reload=False, trim_blocks=False
    )
    made.filters |= {
        "css_text": css_text,
        "directed": directed,
        "glance": glance,
        "beginning": beginning,
        "size_class": _size_class,
        "height_class": _height_class,
        "words_class": _words_class,
    }
    made.tests |= {
        "flow": lambda part: isinstance(part, FlowPart),
        "pages": lambda part: isinstance(part, PagesPart),
        "notice": lambda part: isinstance(part, NoticePart),
        "table": lambda piece: isinstance(piece, Table),
        "picture": lambda piece: isinstance(piece, Picture),
    }
    made.globals |= {"CSP": CSP, "FAMILIES": FAMILIES, "STAR": STAR, "HALF_STAR": HALF_STAR, "notices": NOTICES}
    return made
