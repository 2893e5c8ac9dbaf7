"""The log of every request as it was received: one JSON line each, indexed by account, on disk once it is long."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.sandbox.blobs import MEMORY_BYTES
from adapters.sandbox.store import sha256_of
from schemas.codec import encode

if TYPE_CHECKING:
    from adapters.sandbox.wire import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What became of a request. `status` None: the client got no answer."""

    vendor: str
    connection: str
    step: str
    status: int | None
    fault: str


class Received:
    """Numbers start at 1 and never repeat, not even after `clear`."""

    def __init__(self, *, keep_bodies: bool) -> None:
        self._keep_bodies = keep_bodies
        self._index: list[tuple[int, str, int, int]] = []
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by close()
        self._end = 0
        self._number = 0

    def add(self, request: Request, happened: Happened, *, prefix: str) -> int:
        """`prefix` is the part of the path before the account's own."""
        self._number += 1
        line = encode(self._entry(request, happened, prefix)) + b"\n"
        self._file.seek(self._end)
        self._file.write(line)
        self._index.append((self._number, happened.connection, self._end, len(line)))
        self._end += len(line)
        return self._number

    def lines(self, *, account: str | None = None, since: int = 0) -> Iterator[bytes]:
        """Each later than number `since`, in order."""
        for number, connection, start, length in list(self._index):
            if number > since and account in (None, connection):
                yield self._line(start, length)

    def latest(self, count: int, *, account: str | None = None) -> list[bytes]:
        """The last `count`, newest first."""
        found = [entry for entry in reversed(self._index) if account in (None, entry[1])][:count]
        return [self._line(start, length) for _, _, start, length in found]

    def clear(self) -> None:
        self._index.clear()
        self._end = 0
        self._file.seek(0)
        self._file.truncate()

    def close(self) -> None:
        self._file.close()

    def _line(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)

    def _entry(self, request: Request, happened: Happened, prefix: str) -> dict[str, Any]:
        return {
            "n": self._number,
            "at": request.at,
            "vendor": happened.vendor,
            "connection": happened.connection,
            "step": happened.step,
            "method": request.method,
            "path": f"{prefix}/{request.path}" if request.path else prefix,
            "query": _as_object(request.query),
            "headers": dict(request.headers),
            "body": self._body(request.body),
            "status": happened.status,
            "fault": happened.fault or None,
        }

    def _body(self, body: bytes) -> str | dict[str, str | int]:
        if not self._keep_bodies:
            return {"sha256": sha256_of(body), "size": len(body)}
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(body).decode("ascii")}


def _as_object(pairs: tuple[tuple[str, str], ...]) -> dict[str, str | list[str]]:
    """A name that comes once has its value, a repeated one the list of them."""
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in lists.items()}
