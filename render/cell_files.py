"""Documents on their way into a cell: files in memory where the system has such, else part of the message."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from io import BytesIO, FileIO

File = BytesIO | FileIO


@contextlib.contextmanager
def files_in_memory(documents: Iterable[bytes]) -> Iterator[list[int]]:
    """Descriptors of files that hold `documents`, closed afterwards; none where Python has no `memfd_create`.

    Each is handed to one cell and never read again on this side, so that the cell may write into it as into any
    memory of its own; that it cannot grow is held by the cell's limit on files.
    """
    descriptors: list[int] = []
    try:
        for document in documents if hasattr(os, "memfd_create") else ():
            descriptors.append(os.memfd_create("document"))
            with open(descriptors[-1], "wb", closefd=False) as file:
                file.write(document)
        yield descriptors
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
