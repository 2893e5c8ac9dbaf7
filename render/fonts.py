"""Whether the installed fonts can write what people write: a glyph per script, printed and read back."""

from __future__ import annotations

from typing import Final

import pypdfium2

from render.renderer import Printer

SCRIPTS: Final = {
    "Latin": "\u00e9\u0142\u0151",
    "Greek": "\u0395\u03bb",
    "Cyrillic": "\u0416\u0438",
    "Arabic": "\u0639",
    "Hebrew": "\u05e9",
    "Devanagari": "\u0905",
    "Thai": "\u0e01",
    "Chinese": "\u6f22\u5b57",
    "Japanese": "\u3042\u30a2",
    "Korean": "\ud55c",
    "Emoji": "\U0001f642",
    "Symbols": "\u2713\u20ac",
}


def canary_html(scripts: dict[str, str]) -> str:
    """One line per script, in the profile's own order of fonts."""
    lines = "".join(f"<p>{name}: {sample}</p>" for name, sample in scripts.items())
    return f'<!DOCTYPE html><html lang="en"><title>fonts</title><style>{_STYLE}</style><body>{lines}</body></html>'


def unwritten(pdf: bytes, scripts: dict[str, str]) -> tuple[str, ...]:
    """The scripts with a glyph that is missing in the printed canary: it has no way back from glyph to letter."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage().get_text_range()
    return tuple(name for name, sample in scripts.items() if any(letter not in text for letter in sample))


async def missing_scripts(printer: Printer) -> tuple[str, ...]:
    """For start-up: empty when every script can be written. Raises what `print_pdf` raises."""
    return unwritten(await printer.print_pdf(canary_html(SCRIPTS)), SCRIPTS)


_STYLE: Final = (
    'body{font-family:"Noto Sans","Noto Sans Arabic","Noto Sans Hebrew","Noto Sans Devanagari","Noto Sans Thai",'
    '"Droid Sans Fallback","NanumGothic","Noto Color Emoji","Noto Sans Symbols","Noto Sans Symbols2","Noto Sans Math",'
    '"DejaVu Sans",sans-serif}'
)
