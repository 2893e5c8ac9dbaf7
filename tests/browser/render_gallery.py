"""`make profile-gallery`: five finished profiles as pictures, for docs/profile/ and the README.

python -m tests.browser.render_gallery [--out docs/profile] [--chromium PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdfium2

from app.embedded.chromium import find_chromium
from schemas.events import Application
from tests.browser import render_cases as cases
from tests.browser.render_files import docx_file, paragraph
from tests.browser.render_running import BUDGET_BYTES, running

_SCALE: Final = 1.6  # 115 dpi: sharp on a screen, small in the repository
_COLOURS: Final = 224


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One profile; of a long one only the first `pages` are shown."""

    name: str
    application: Application
    resume: bytes | None = None
    pages: int = 3


def exhibits() -> list[Exhibit]:
    heading = '<w:pPr><w:pStyle w:val="Heading1"/><w:outlineLvl w:val="0"/></w:pPr>'
    resume = docx_file(
        paragraph("Maria López Herrera", heading)
        + paragraph("Milwaukee, WI · maria.lopez@example.com")
        + paragraph("Experience", heading)
        + paragraph("CNC machinist, Lakeshore Precision, 2020 to now")
        + paragraph("• 3-axis Haas and Fanuc mills: set-up, first article, small programs")
        + paragraph("• Wrote the inspection sheets for two product lines")
        + paragraph("Machine operator, Racine Stamping, 2016 to 2020")
        + paragraph("Education", heading)
        + paragraph("Machine Tool Operations, technical diploma, MATC, 2016")
    )
    return [
        Exhibit(name="typical", application=cases.application(), resume=resume),
        Exhibit(name="long", application=cases.long_talk(500), pages=3),
        Exhibit(name="right-to-left", application=cases.right_to_left(), pages=2),
        Exhibit(name="no-assessment-yet", application=cases.unrated(), pages=1),
        Exhibit(name="unreadable-resume", application=cases.application(), resume=b"%PDF-1.7 cut short"),
    ]


async def make(folder: Path, chromium: Path) -> list[Path]:
    """Writes one picture per shown page and returns their paths; the same profiles give the same pictures."""
    made: list[Path] = []
    async with running(chromium) as renderer:
        for exhibit in exhibits():
            profile = await renderer.render(exhibit.application, resume_bytes=exhibit.resume, budget_bytes=BUDGET_BYTES)
            made += _pictures(folder, exhibit, profile.content)
    return made


def _pictures(folder: Path, exhibit: Exhibit, pdf: bytes) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with pypdfium2.PdfDocument(pdf) as document:
        for number in range(min(exhibit.pages, len(document))):
            picture = document[number].render(scale=_SCALE).to_pil()
            path = folder / f"{exhibit.name}-{number + 1}.png"
            picture.quantize(_COLOURS).save(path, optimize=True)
            made.append(path)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/profile"))
    parser.add_argument("--chromium", type=Path, default=find_chromium())
    arguments = parser.parse_args()
    for path in asyncio.run(make(arguments.out, arguments.chromium)):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
