"""Marks what a page draws outside its tags (page numbers, rules, backgrounds) as artifact, as PDF/UA wants it."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    rb"/[^\s<>\[\](){}/%]*"  # a name
    rb"|<[^<>]*>"  # a hexadecimal string
    rb"|\((?:\\.|[^\\()])*\)"  # a string; Chromium writes no nested parentheses
    rb"|[A-Za-z'\"][A-Za-z0-9*]*",  # an operator
    re.DOTALL,
)
_OPENERS: Final = frozenset({b"BDC", b"BMC"})
_PATH_STARTS: Final = frozenset({b"m", b"re"})
_PATH_PAINTS: Final = frozenset({b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*"})
_WHOLE: Final = frozenset({b"Do", b"sh"})
_NOT_OPERATORS: Final = b"/<("


def with_artifacts(content: bytes) -> bytes:
    """`content` with every untagged painting inside `/Artifact BMC .. EMC`. Unchanged when it holds inline images."""
    pieces: list[bytes] = []
    copied = 0
    for start, end in _untagged(content):
        pieces += [content[copied:start], b"\n/Artifact BMC", content[start:end], b"\nEMC"]
        copied = end
    pieces.append(content[copied:])
    return b"".join(pieces)


def _untagged(content: bytes) -> list[tuple[int, int]]:
    """Stretches that paint at depth 0, operands included; neighbours joined."""
    found: list[tuple[int, int]] = []
    depth = 0
    after = 0  # where the operator before ended: there the operands of the next begin
    open_at: int | None = None
    for token in _TOKEN.finditer(content):
        word = token.group()
        if word[0] in _NOT_OPERATORS:
            continue
        if word == b"BI":
            return []
        depth += (word in _OPENERS) - (word == b"EMC")
        if depth == 0 and word != b"EMC":
            open_at = _step(found, word, open_at, (after, token.end()))
        after = token.end()
    return found


def _step(found: list[tuple[int, int]], word: bytes, open_at: int | None, here: tuple[int, int]) -> int | None:
    """Follows one operator at depth 0; returns where the text object or path it belongs to began."""
    after, end = here
    if word == b"BT" or (word in _PATH_STARTS and open_at is None):
        return after
    if word in _WHOLE:
        _add(found, after, end)
        return None
    if (word == b"ET" or word in _PATH_PAINTS) and open_at is not None:
        _add(found, open_at, end)
        return None
    return None if word == b"n" else open_at


def _add(found: list[tuple[int, int]], start: int, end: int) -> None:
    if found and found[-1][1] == start:
        found[-1] = (found[-1][0], end)
    else:
        found.append((start, end))
