"""Marks what a page draws outside its tags (page numbers, rules, backgrounds) as artifact, as PDF/UA wants it."""

from __future__ import annotations

import re
from typing import Final

_STRING: Final = rb"\((?:\\.|[^\\()])*\)"  # Chromium writes no nested parentheses
# Each branch begins with a letter, not with a look behind: only so does the engine skip to the few places that matter.
_MARKS: Final = re.compile(_STRING + rb"|(BDC|BMC|EMC)(?<=[\s>]...)(?=\s|$)|(BT|ET)(?<=[\s>]..)(?=\s|$)", re.DOTALL)
_TOKEN: Final = re.compile(
    rb"/[^\s<>\[\](){}/%]*"  # a name
    rb"|<[^<>]*>|" + _STRING + rb"|[A-Za-z'\"][A-Za-z0-9*]*",  # an operator
    re.DOTALL,
)
_OPENERS: Final = frozenset({b"BDC", b"BMC"})
_PATH_STARTS: Final = frozenset({b"m", b"re"})
_PATH_PAINTS: Final = frozenset({b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*"})
_WHOLE: Final = frozenset({b"Do", b"sh"})
_NOT_OPERATORS: Final = b"/<("
_INLINE_IMAGE: Final = re.compile(rb"(?<=\s)BI\s")


def with_artifacts(content: bytes) -> bytes:
    """`content`, a page of Chromium's, with every untagged painting inside `/Artifact BMC .. EMC`.

    A page with inline images, which Chromium does not write, stays as it is.
    """
    if b"BI" in content and _INLINE_IMAGE.search(content):
        return content
    pieces: list[bytes] = []
    copied = 0
    for start, end in _untagged(content):
        pieces += [content[copied:start], b"\n/Artifact BMC\n", content[start:end], b"\nEMC"]
        copied = end
    pieces.append(content[copied:])
    return b"".join(pieces)


def _untagged(content: bytes) -> list[tuple[int, int]]:
    """Stretches that paint at depth 0, operands included; neighbours joined."""
    found: list[tuple[int, int]] = []
    depth, outside_from, text_from = 0, 0, -1
    for mark in _MARKS.finditer(content):
        word = mark[1] or mark[2]
        if word in _OPENERS and depth == 0 and text_from < 0:
            _paintings(content, (outside_from, mark.start()), found)
        depth += (word in _OPENERS) - (word == b"EMC")
        if word == b"BT" and depth == 0:
            _paintings(content, (outside_from, mark.start()), found)
            text_from = mark.start()
        elif word == b"ET" and text_from >= 0:
            _add(found, text_from, mark.end())
            text_from, outside_from = -1, mark.end()
        elif word == b"EMC" and depth == 0 and text_from < 0:
            outside_from = mark.end()
    _paintings(content, (outside_from, len(content)), found)
    return found


def _paintings(content: bytes, where: tuple[int, int], found: list[tuple[int, int]]) -> None:
    """Adds the painted paths, shadings and images in a stretch without text and tags."""
    after = where[0]  # where the operator before ended: there the operands of the next begin
    open_at: int | None = None
    for token in _TOKEN.finditer(content, *where):
        word = token.group()
        if word[0] in _NOT_OPERATORS:
            continue
        open_at = _step(found, word, open_at, (after, token.end()))
        after = token.end()


def _step(found: list[tuple[int, int]], word: bytes, open_at: int | None, here: tuple[int, int]) -> int | None:
    """Follows one operator; returns where the path it belongs to began."""
    after, end = here
    if word in _PATH_STARTS and open_at is None:
        return after
    if word in _WHOLE:
        _add(found, after, end)
        return None
    if word in _PATH_PAINTS and open_at is not None:
        _add(found, open_at, end)
        return None
    return None if word == b"n" else open_at


def _add(found: list[tuple[int, int]], start: int, end: int) -> None:
    if found and found[-1][1] == start:
        found[-1] = (found[-1][0], end)
    else:
        found.append((start, end))
