"""What the parent of all cells does before it forks, so that no cell does it for the first time.

The first run of a piece of code writes to memory that the cells share with their parent, page by page, and the
kernel copies each page that is written to.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from pikepdf import Dictionary, Name, Pdf

from render.assemble import assemble
from render.cell_jobs import DocumentFacts, ResumeLimits
from render.resume_pdf import load_pdf

_TIMES: Final = 10  # Python rewrites code of its own for speed at the eighth
_FACTS: Final = DocumentFacts(title="Rehearsal", created_at="2026-01-01T00:00:00+00:00", accessible=False, manifest=())


def rehearse() -> None:
    """The usual profile's jobs, with a document of our own."""
    content = _document()
    for _ in range(_TIMES):
        part = load_pdf(BytesIO(content), ResumeLimits())
        assemble(BytesIO(content), BytesIO(part.pdf), _FACTS)


def _document() -> bytes:
    document, out = Pdf.new(), BytesIO()
    for _ in range(2):
        page = document.add_blank_page()
        page.obj.Contents = document.make_stream(b"q\nBT\nET\nQ\n" * 100)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1)))
    document.save(out)
    return out.getvalue()
