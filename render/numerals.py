"""The bullet and the numerals of lists, as word processors and browsers write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

BULLET: Final = "\u2022"
_ALPHABET: Final = 26
_MOST_LETTERS: Final = 5
_LARGEST_ROMAN: Final = 3_999
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def letter(count: int) -> str:
    """`a` to `z`, then `aa`, `bb`; the plain number where there is no letter."""
    times, rest = divmod(count - 1, _ALPHABET)
    return chr(ord("a") + rest) * (times + 1) if 0 <= times < _MOST_LETTERS else str(count)


def roman(count: int) -> str:
    """`i`, `ii`, `iii`; the plain number where there is none."""
    if not 0 < count <= _LARGEST_ROMAN:
        return str(count)
    text = ""
    for value, sign in _ROMAN:
        text += sign * (count // value)
        count %= value
    return text


NUMERALS: Final[dict[str, Callable[[int], str]]] = {
    "1": str,
    "a": letter,
    "A": lambda count: letter(count).upper(),
    "i": roman,
    "I": lambda count: roman(count).upper(),
}
"""By the sign that HTML and ODT name them with."""
