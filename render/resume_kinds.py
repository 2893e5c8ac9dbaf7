"""Which kind of file a resume is, judged by its bytes and never by its name, and who reads that kind."""

from __future__ import annotations

import encodings
import importlib
import pkgutil
import re
from collections.abc import Callable
from typing import Final, Literal

from render.archive import Archive
from render.cell_jobs import LoadJob, ResumeLimits
from render.parts import NoticePart, PagesPart, Refused, ResumePart
from render.resume_docx import load_docx
from render.resume_html import load_html, load_mhtml
from render.resume_image_pages import picture_pages
from render.resume_images import load_images, prepare_images
from render.resume_odt import load_odt
from render.resume_pdf import load_pdf
from render.resume_pdf_rescue import rescued
from render.resume_rtf import load_rtf
from render.resume_words import load_words

Kind = Literal["pdf", "zip", "ole", "rtf", "image", "html", "mhtml", "words", "unknown"]

_HEAD: Final = 1_024
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
_UNREADABLE: Final = (
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x1f\x8b",
    b"BZh",
    b"\x7fELF",
    b"MZ",
    b"SQLite",
    b"OggS",
    b"ID3",
    b"\x00\x00\x01\x00",
)
_HTML: Final = re.compile(rb"<(!doctype\s+html|html|head|body|meta|div|p|table)\b", re.IGNORECASE)
_MHTML: Final = re.compile(rb"^(mime-version|from|content-type|subject):", re.IGNORECASE | re.MULTILINE)


def prepare() -> None:
    """Loads what a cell may need and can no longer import: image formats and text encodings."""
    prepare_images()
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in {"mbcs", "oem"}:
            importlib.import_module(f"encodings.{module.name}")


def load_resume(job: LoadJob) -> ResumePart:
    """The part for `job`; whatever the file does inside Python ends in a notice."""
    if not job.content.strip(b"\x00 \t\r\n"):
        return NoticePart(code="empty")
    if len(job.content) > job.limits.file_bytes:
        return NoticePart(code="too_large")
    try:
        return _READERS[kind_of(job.content)](job.content, job.limits)
    except Refused as refusal:
        return NoticePart(code=refusal.code)
    except RecursionError:
        return NoticePart(code="too_complex")


def kind_of(content: bytes) -> Kind:
    """By the first bytes. Nothing is believed that the sender says about the file."""
    head = content[:_HEAD]
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if b"%PDF-" in head:
        return "pdf"
    if bare.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK")):
        return "zip"
    if head.startswith(_PICTURES) or _is_modern_picture(head):
        return "image"
    return _kind_of_text(head, bare)


def _kind_of_text(head: bytes, bare: bytes) -> Kind:
    if head.startswith(_UNREADABLE):
        return "unknown"
    if _MHTML.match(bare) and b"mime-version" in head.lower():
        return "mhtml"
    narrow = bare.replace(b"\x00", b"")
    if _HTML.match(narrow) or (narrow.startswith((b"<", b"\xff\xfe<", b"\xfe\xff<")) and _HTML.search(narrow)):
        return "html"
    return "words"


def _is_modern_picture(head: bytes) -> bool:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return True
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS


def _pdf(content: bytes, limits: ResumeLimits) -> PagesPart:
    try:
        return load_pdf(content, limits)
    except Refused as refusal:
        if refusal.code != "damaged":
            raise
    return load_pdf(rescued(content, limits), limits)


def _image(content: bytes, limits: ResumeLimits) -> PagesPart:
    part = load_pdf(picture_pages(load_images(content, limits)), limits)
    return PagesPart(kind="image", pdf=part.pdf, pages=part.pages)


def _zipped(content: bytes, limits: ResumeLimits) -> ResumePart:
    archive = Archive(content, limits.unzipped_bytes)
    if any(name.startswith("word/") or name.endswith("/document.xml") for name in archive.names):
        return load_docx(content, limits)
    if "content.xml" in archive:
        return load_odt(content, limits)
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
    "pdf": _pdf,
    "zip": _zipped,
    "ole": _ole,
    "rtf": load_rtf,
    "image": _image,
    "html": load_html,
    "mhtml": load_mhtml,
    "words": load_words,
    "unknown": _unknown,
}
