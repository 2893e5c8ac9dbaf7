"""Who reads which kind of resume."""

from __future__ import annotations

import encodings
import importlib
import pkgutil
from collections.abc import Callable
from io import BytesIO
from typing import Final

from render.archive import Archive
from render.cell_files import File
from render.cell_jobs import ResumeLimits
from render.parts import PagesPart, Refused, ResumePart
from render.pdf_file import whole
from render.resume_docx import load_docx
from render.resume_html import load_html, load_mhtml
from render.resume_image_pages import picture_pages
from render.resume_images import load_images, prepare_images
from render.resume_odt import load_odt
from render.resume_pdf import load_pdf
from render.resume_pdf_engines import read_pdf
from render.resume_reading import part_of
from render.resume_rtf import load_rtf
from render.resume_sniff import Kind, kind_of
from render.resume_words import load_words
from render.resume_xml import load_xml

_PREVIEW: Final = "QuickLook/Preview.pdf"  # all pages of a document of Apple's Pages 09; later ones keep a picture


def prepare() -> None:
    """Loads what a cell may need and can no longer import: image formats and text encodings."""
    prepare_images()
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in {"mbcs", "oem"}:
            importlib.import_module(f"encodings.{module.name}")


def load_resume(file: File, limits: ResumeLimits) -> ResumePart:
    """The part for `file`; whatever it does inside Python ends in a notice."""
    return part_of(file, limits, _by_kind)


def _by_kind(file: File, limits: ResumeLimits) -> ResumePart:
    content = whole(file)
    kind = kind_of(content)
    return read_pdf(file, limits) if kind == "pdf" else _READERS[kind](content, limits)


def _image(content: bytes, limits: ResumeLimits) -> PagesPart:
    pictures, whole = load_images(content, limits)
    part = load_pdf(BytesIO(picture_pages(pictures)), limits)
    return PagesPart(kind="image", pdf=part.pdf, pages=part.pages, repaired=not whole)


def _zipped(content: bytes, limits: ResumeLimits) -> ResumePart:
    archive = Archive(content, limits.unzipped_bytes)
    if any(name.startswith("word/") or name.endswith("/document.xml") for name in archive.names):
        return load_docx(content, limits)
    if "content.xml" in archive:
        return load_odt(content, limits)
    if _PREVIEW in archive:
        return read_pdf(BytesIO(archive.read(_PREVIEW)), limits)
    raise Refused("unsupported")


def _ole(content: bytes, limits: ResumeLimits) -> ResumePart:
    del limits
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refused("password")
    raise Refused("legacy_word" if "WordDocument".encode("utf-16-le") in content else "unsupported")


def _unknown(content: bytes, limits: ResumeLimits) -> ResumePart:
    del content, limits
    raise Refused("unsupported")


_READERS: Final[dict[Kind, Callable[[bytes, ResumeLimits], ResumePart]]] = {
    "zip": _zipped,
    "ole": _ole,
    "rtf": load_rtf,
    "image": _image,
    "html": load_html,
    "mhtml": load_mhtml,
    "xml": load_xml,
    "words": load_words,
    "unknown": _unknown,
}
