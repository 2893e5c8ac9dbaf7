"""Smaller pictures inside a resume's pages, when the whole would be larger than the ATS accepts."""

from __future__ import annotations

from pikepdf import Name, PdfError, PdfImage, Stream

from render.cell_files import File
from render.cell_jobs import ShrinkJob
from render.parts import PagesPart
from render.pdf_file import opened
from render.resume_images import encoded
from render.resume_pdf import saved

_WORTH_BYTES = 20_000


def shrink(pages: File, job: ShrinkJob) -> PagesPart:
    """The same pages; each large picture encoded anew unless that would make it larger or it cannot be decoded."""
    part = job.part
    with opened(pages) as document:
        for thing in document.objects:
            if isinstance(thing, Stream) and thing.get("/Subtype") == Name.Image:
                _shrink_one(thing, job)
        return PagesPart(kind=part.kind, pdf=saved(document), pages=part.pages, repaired=part.repaired)


def _shrink_one(thing: Stream, job: ShrinkJob) -> None:
    held_bytes = int(thing.get("/Length", 0))
    if held_bytes < _WORTH_BYTES or "/ImageMask" in thing or "/Mask" in thing or "/Decode" in thing:
        return
    try:
        picture = PdfImage(thing).as_pil_image()
        smaller = encoded(picture.convert("RGB"), longest_side=job.long_side_pixels, quality=job.quality)
        width, height = picture.size
    except (PdfError, ValueError, OSError, NotImplementedError, TypeError, AttributeError, KeyError, RuntimeError):
        return
    if len(smaller) >= held_bytes:
        return
    scale = min(1.0, job.long_side_pixels / max(width, height))
    thing.write(smaller, filter=Name.DCTDecode)
    thing.Width, thing.Height = max(1, round(width * scale)), max(1, round(height * scale))
    thing.ColorSpace, thing.BitsPerComponent = Name.DeviceRGB, 8
