"""A PDF read where it lies, and written to there, be that bytes or a file in memory."""

from __future__ import annotations

import mmap
from io import BytesIO

from pikepdf import AccessMode, Pdf

from render.cell_files import File


def opened(file: File) -> Pdf:
    """Raises what Pdf.open does. A file in memory qpdf reads by itself; of bytes it asks Python, for every token."""
    return Pdf.open(file, suppress_warnings=True, access_mode=AccessMode.mmap)


def whole(file: File) -> bytes:
    file.seek(0)
    return file.read()


def writable(file: File) -> memoryview | mmap.mmap:
    """To be used in a `with`. Through it a cell changes bytes in a file that it may not write to."""
    return file.getbuffer() if isinstance(file, BytesIO) else mmap.mmap(file.fileno(), 0)
