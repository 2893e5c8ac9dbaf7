"""Marks what a page draws outside its tags (page numbers, rules, backgrounds) as artifact, as PDF/UA wants it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_STRING: Final = re.compile(rb"\((?:\\.|[^\\()])*\)", re.DOTALL)  # Chromium writes no nested parentheses
_OPENERS: Final = frozenset({b"BDC", b"BMC"})
_WORDS: Final = (*_OPENERS, b"EMC", b"BT", b"ET")
# Chromium writes each mark on a line of its own, which is found ten times faster than a word anywhere.
_LINE_MARKS: Final = re.compile(rb"\n(?=[BE/])(?:/[^\n]*(BDC|BMC)|(BT|ET|EMC))(?=\n)")
_MARKS: Final = re.compile(rb"(?<=[\s>])(?:/\w+\s*(?:<<[^\n]*?>>\s*(BDC)|(BMC))|(BT|ET|EMC))(?=\s|$)")
_PAINT: Final = re.compile(rb"(?<=[\s>])(?:[fBb]\*?|[FSs]|Do|sh|ET)(?=\s|$)")
_INLINE_IMAGE: Final = re.compile(rb"(?<=\s)BI\s")


def with_artifacts(content: bytes) -> bytes:
    """`content`, a page of Chromium's, with every untagged painting inside `/Artifact BMC .. EMC`.

    A page with inline images, which Chromium does not write, stays as it is.
    """
    if b"BI" in content and _INLINE_IMAGE.search(content):
        return content
    bare = _STRING.sub(lambda found: b"(" + b" " * (len(found[0]) - 2) + b")", content)
    pieces: list[bytes] = []
    copied = 0
    for start, end in _untagged(bare):
        if _PAINT.search(bare, start, end):
            pieces += [content[copied:start], b"\n/Artifact BMC\n", content[start:end], b"\nEMC\n"]
            copied = end
    pieces.append(content[copied:])
    return b"".join(pieces)


def _untagged(bare: bytes) -> Iterator[tuple[int, int]]:
    """The stretches between tags. An untagged text object belongs to one, with the marks inside it."""
    depth, outside_from, in_text = 0, 0, False
    for mark in _marks(bare):
        word = mark[mark.lastindex or 0]
        if word in _OPENERS and depth == 0 and not in_text:
            yield outside_from, mark.start()
        depth += (word in _OPENERS) - (word == b"EMC")
        if word in {b"BT", b"ET"} and depth == 0:
            in_text = word == b"BT"
        elif word == b"EMC" and depth == 0 and not in_text:
            outside_from = mark.end()
    yield outside_from, len(bare)


def _marks(bare: bytes) -> list[re.Match[bytes]]:
    lines = list(_LINE_MARKS.finditer(bare))
    return lines if len(lines) == sum(map(bare.count, _WORDS)) else list(_MARKS.finditer(bare))
