"""What the shapes on a printed page mean as text, where Chromium's own note of it breaks a rule of PDF/UA-1."""

from __future__ import annotations

import re
from typing import Final

from pikepdf import Dictionary, Page

# Half a letter, as Thai and Devanagari set them. The whole one stands beside it as ActualText.
_NO_LETTER: Final = re.compile(rb"(?<=> )<0000>(?=\n)")
_WORD_JOINER: Final = b"<2060>"
_EMPTY_BOX: Final = re.compile(rb"<(?:[0-9A-F]{4})*?0000")


def mend_letters(page: Page, seen: set[tuple[int, int]]) -> None:
    """Glyphs without a letter of their own mean nothing, said as a word joiner: U+0000 is forbidden (7.21.7).

    `seen`: fonts of earlier pages, which are passed over.
    """
    for font in page.obj.Resources.get("/Font", Dictionary()).values():
        if font.objgen in seen or "/ToUnicode" not in font:
            continue
        seen.add(font.objgen)
        meanings = font.ToUnicode.read_bytes()
        mended = _NO_LETTER.sub(_WORD_JOINER, meanings)
        if mended != meanings:
            font.ToUnicode.write(mended)


def has_empty_box(content: bytes) -> bool:
    """Whether this page of Chromium's shows glyph 0, because no installed font has the letter (7.21.8)."""
    return b"0000" in content and _EMPTY_BOX.search(content) is not None
