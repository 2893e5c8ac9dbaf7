"""The line between us and one cell: sized messages both ways, and every way a cell can end turned into a reason."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Final

import msgspec

from render.cell_jobs import Answer, Failed, Job
from render.cell_limits import CellLimits
from render.cell_order import SIZE, begin
from schemas.errors import AtsSyncError

_ANSWERS: Final = msgspec.msgpack.Decoder(Answer)
_GRACE_S: Final = 2.0
_CHUNK: Final = 1 << 20


class CellFailed(AtsSyncError):  # noqa: N818 - named for what happened
    """The job ended without an answer. Nothing of the file is in it.

    `code`: time, memory, crash, fault or size; start: nothing is known of the file, and another try may succeed.
    """

    def __init__(self, code: str, kind: str = "") -> None:
        super().__init__(f"the cell ended: {code} {kind}".rstrip())
        self.code = code
        self.kind = kind


async def ask(line: socket.socket, job: Job, limits: CellLimits) -> Answer:
    """The cell's answer, never Failed. Raises CellFailed; after that the line is of no more use."""
    started_s = time.monotonic()
    try:
        async with asyncio.timeout(limits.wall_s + _GRACE_S):
            answer = await _talk(line, job, limits)
    except TimeoutError:  # its own clock would have ended it: it stands still
        raise CellFailed("start") from None
    except (ConnectionError, EOFError):
        raise CellFailed("time" if time.monotonic() - started_s >= limits.wall_s else "crash") from None
    except OSError:  # no descriptor or no memory is free for its files: nothing is known of the documents
        raise CellFailed("start") from None
    return _decoded(answer)


async def _talk(line: socket.socket, job: Job, limits: CellLimits) -> bytes:
    """Raises ConnectionError or EOFError when the cell ended without a whole answer."""
    await asyncio.get_running_loop().sock_sendall(line, begin(line, job, limits))
    size = int.from_bytes(await _received(line, SIZE), "big")
    if size > limits.answer_bytes:
        raise CellFailed("size")
    return await _received(line, size)


async def _received(line: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        chunk = await asyncio.get_running_loop().sock_recv(line, min(_CHUNK, size - len(received)))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)


def _decoded(answer: bytes) -> Answer:
    try:
        decoded: Answer = _ANSWERS.decode(answer)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise CellFailed("crash", "unreadable answer") from None
    if isinstance(decoded, Failed):
        raise CellFailed(decoded.code, decoded.kind)
    return decoded
