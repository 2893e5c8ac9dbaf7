"""Keeps the bytes of attachments once per digest; beyond a few megabytes in an unnamed temporary file."""

from __future__ import annotations

import tempfile
from typing import Final

MEMORY_BYTES: Final = 8 * 1024 * 1024


class Blobs:
    """With `keep=False` only digest and size are remembered by the store, and `get` finds nothing."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._where: dict[str, tuple[int, int]] = {}
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by close()
        self._end = 0

    def put(self, sha256: str, content: bytes) -> None:
        if not self._keep or sha256 in self._where:
            return
        self._file.seek(self._end)
        self._file.write(content)
        self._where[sha256] = (self._end, len(content))
        self._end += len(content)

    def get(self, sha256: str) -> bytes | None:
        found = self._where.get(sha256)
        if found is None:
            return None
        self._file.seek(found[0])
        return self._file.read(found[1])

    def clear(self) -> None:
        self._where.clear()
        self._end = 0
        self._file.seek(0)
        self._file.truncate()

    def close(self) -> None:
        self._file.close()
