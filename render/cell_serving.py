"""What every parent of cells does: it has imported once, and forks one limited child per line."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from io import BytesIO, FileIO
from typing import Final

import msgspec

from render.cell_files import File
from render.cell_jobs import Answer, Failed, Job, Order, documents_of
from render.cell_limits import CellLimits, enclose_cell, start_clock, stop_clock
from render.cell_order import SIZE
from render.cell_rehearsal import rehearse

_CHUNK: Final = 1 << 20
_MOST_FILES: Final = 2
_ORDERS: Final = msgspec.msgpack.Decoder(Order)

Work = Callable[[Job, Sequence[File]], Answer]


def serve(control_fd: int, work: Work) -> None:
    """Until the other end of `control_fd` is closed. Each message brings one socket, and a child for it."""
    rehearse(lambda line: _answers_one(line, _rehearsing, work))
    gc.collect()
    gc.freeze()  # the collector must not touch, and so copy, the pages all cells share
    _be_silent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the cells
    with socket.socket(fileno=control_fd) as control:
        control.send(b"r")
        while _forks(control, work):
            pass


def _rehearsing(limits: CellLimits) -> None:
    """In the place of what encloses a cell: the parent itself has no limits."""


def _be_silent() -> None:
    """From here on libraries may warn about a file, and quote it: that is people's data and goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def _forks(control: socket.socket, work: Work) -> bool:
    message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not message:
        return False
    for descriptor in descriptors:
        if os.fork() == 0:
            control.close()
            _cell(descriptor, work)
        os.close(descriptor)
    return True


def _cell(descriptor: int, work: Work) -> None:
    """The jobs of one line, then the end of the process, whatever happened."""
    try:
        with socket.socket(fileno=descriptor) as line:
            line.send(b"r")
            enclose = enclose_cell
            while _answers_one(line, enclose, work):
                enclose = start_clock
    finally:
        os._exit(0)


def _answers_one(line: socket.socket, enclose: Callable[[CellLimits], None], work: Work) -> bool:
    """The next order and its answer; False when there will be none. Of its files nothing stays open."""
    with contextlib.ExitStack() as stack:
        received, descriptors = _received(line)
        opened: list[File] = [stack.enter_context(FileIO(descriptor, "r+")) for descriptor in descriptors]
        if not received:
            return False
        order = _ORDERS.decode(received)
        enclose(order.limits)
        files = opened or [BytesIO(document) for document in documents_of(order.job)]
        answer = msgspec.msgpack.encode(_answer(work, order.job, files))
        stop_clock()
    line.sendall(len(answer).to_bytes(SIZE, "big") + answer)
    return True


def _received(line: socket.socket) -> tuple[bytes, list[int]]:
    """The next order and the files that came with it; empty when there will be none."""
    head, descriptors, _, _ = socket.recv_fds(line, SIZE, _MOST_FILES, socket.MSG_WAITALL)
    size = int.from_bytes(head, "big")
    received = bytearray()
    while len(received) < size:
        chunk = line.recv(min(_CHUNK, size - len(received)))
        if not chunk:
            return b"", descriptors
        received += chunk
    return bytes(received), descriptors


def _answer(work: Work, job: Job, files: Sequence[File]) -> Answer:
    try:
        return work(job, files)
    except MemoryError:
        return Failed(code="memory", kind="MemoryError")
    except Exception as exc:  # noqa: BLE001 - whatever a hostile file provokes is one outcome
        return Failed(code="fault", kind=type(exc).__name__)
