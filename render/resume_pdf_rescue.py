"""The browser's own PDF engine: it opens damaged files others refuse, and draws forms and notes as people saw them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

import pypdfium2

from render.cell_jobs import ResumeLimits
from render.parts import Refused

_COMPARED_PAGES: Final = 50
_LOCKED: Final = ("password", "security")  # the second: by a certificate, which nobody here has
_NEVER_DRAWN: Final = frozenset({pypdfium2.raw.FPDF_ANNOT_LINK, pypdfium2.raw.FPDF_ANNOT_POPUP})
_ANY_SCALE: Final = 20  # pixels on the longer side


def rescued(content: bytes, limits: ResumeLimits) -> bytes:
    """The pages PDFium finds as a new file, notes drawn in. Raises Refused with damaged, password, too_many_pages."""
    try:
        with pypdfium2.PdfDocument(content) as source, pypdfium2.PdfDocument.new() as target:
            if len(source) > limits.pages:
                raise Refused("too_many_pages")
            source.init_forms()
            for index in range(len(source)):
                with contextlib.suppress(pypdfium2.PdfiumError):
                    _flatten(source, index)
                with contextlib.suppress(pypdfium2.PdfiumError):  # this page is lost, the others are not
                    target.import_pages(source, [index])
            out = BytesIO()
            target.save(out)
            return out.getvalue()
    except pypdfium2.PdfiumError as exc:
        raise Refused("password" if any(word in str(exc).lower() for word in _LOCKED) else "damaged") from None
    except (ValueError, OSError):
        raise Refused("damaged") from None


def drawn_objects(pdf: bytes) -> int:
    """How much is on the first pages: lines, letters, pictures; to choose between two readings of a damaged file."""
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            pages = (document[index] for index in range(min(len(document), _COMPARED_PAGES)))
            return sum(pypdfium2.raw.FPDFPage_CountObjects(page) for page in pages)
    except pypdfium2.PdfiumError:
        return 0


def flattened(content: bytes) -> bytes:
    """The same file with forms and notes as part of its pages. Raises Refused with damaged or password."""
    try:
        with pypdfium2.PdfDocument(content) as document:
            document.init_forms()
            for index in range(len(document)):
                _flatten(document, index)
            out = BytesIO()
            document.save(out)
            return out.getvalue()
    except pypdfium2.PdfiumError:
        raise Refused("damaged") from None


def _flatten(document: pypdfium2.PdfDocument, index: int) -> None:
    """Drawn once, however small: only then does PDFium invent the appearances that a file leaves out."""
    page = document[index]
    if any(kind not in _NEVER_DRAWN for kind in _notes(page)):
        page.render(scale=_ANY_SCALE / max(*page.get_size(), 1), may_draw_forms=True)
        pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY)
    page.close()


def _notes(page: pypdfium2.PdfPage) -> Iterator[int]:
    """The kinds of notes and fields on the page."""
    for number in range(pypdfium2.raw.FPDFPage_GetAnnotCount(page)):
        note = pypdfium2.raw.FPDFPage_GetAnnot(page, number)
        yield pypdfium2.raw.FPDFAnnot_GetSubtype(note)
        pypdfium2.raw.FPDFPage_CloseAnnot(note)
