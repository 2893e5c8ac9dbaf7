"""Whether the installed fonts can write what people write: a glyph per script, printed and looked for."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from pikepdf import Name, Object, Operator, Pdf, parse_content_stream

from render.page import FAMILIES
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
_PACKAGES: Final = {  # of Debian and Ubuntu, where it is not the one for all
    "Chinese": "fonts-droid-fallback",
    "Japanese": "fonts-droid-fallback",
    "Korean": "fonts-nanum",
    "Emoji": "fonts-noto-color-emoji",
}
_PACKAGE: Final = "fonts-noto-core"
_TF: Final = Operator("Tf")
_TJ: Final = Operator("Tj")


def canary_html(scripts: dict[str, str]) -> str:
    """One page per script, in the profile's own order of fonts."""
    pages = "".join(f"<p>{sample}</p>" for sample in scripts.values())
    style = f"p{{break-after:page;font-family:{FAMILIES}}}"
    return f'<!DOCTYPE html><html lang="en"><title>fonts</title><style>{style}</style><body>{pages}</body></html>'


def unwritten(pdf: bytes, scripts: dict[str, str]) -> tuple[str, ...]:
    """The scripts with a letter that no font has: Chromium then draws glyph 0 of the first one, an empty box.

    The text of the page does not tell: Chromium notes the letters that were meant beside the boxes.
    """
    with Pdf.open(BytesIO(pdf)) as document:
        drawn = [set(_glyphs(page.obj)) for page in document.pages]
    return tuple(name for name, glyphs in zip(scripts, drawn, strict=False) if not glyphs or 0 in glyphs)


def _glyphs(page: Object) -> Iterator[int]:
    """The glyph numbers a page draws; two bytes each but in the fonts of bitmaps."""
    width = 2
    for step in parse_content_stream(page):
        if step.operator == _TF:
            width = 2 if page.Resources.Font[str(step.operands[0])].Subtype == Name.Type0 else 1
        elif step.operator == _TJ:
            codes = bytes(step.operands[0])
            yield from (int.from_bytes(codes[at : at + width], "big") for at in range(0, len(codes), width))


async def missing_scripts(printer: Printer) -> tuple[str, ...]:
    """For start-up: empty when every script can be written. Raises what `print_pdf` raises."""
    return unwritten(await printer.print_pdf(canary_html(SCRIPTS)), SCRIPTS)


def advice(missing: tuple[str, ...]) -> str:
    """What to tell the operator: each script without a font, and the package that holds one."""
    named = (f"{script} (install {_PACKAGES.get(script, _PACKAGE)})" for script in missing)
    return f"no installed font writes {', '.join(named)}"
