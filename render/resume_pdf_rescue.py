"""A second opinion on damaged PDFs: what the browser's own PDF engine can still open is written anew."""

from __future__ import annotations

from io import BytesIO

import pypdfium2

from render.cell_jobs import ResumeLimits
from render.parts import Refused


def rescued(content: bytes, limits: ResumeLimits) -> bytes:
    """The pages PDFium finds, as a new file. Raises Refused with damaged, password or too_many_pages."""
    try:
        with pypdfium2.PdfDocument(content) as source, pypdfium2.PdfDocument.new() as target:
            if len(source) > limits.pages:
                raise Refused("too_many_pages")
            target.import_pages(source)
            out = BytesIO()
            target.save(out)
            return out.getvalue()
    except pypdfium2.PdfiumError as exc:
        raise Refused("password" if "password" in str(exc).lower() else "damaged") from None
    except (ValueError, OSError):
        raise Refused("damaged") from None
