"""The parent of all cells: imports once, forks one limited child per line. `python -m render.cell_main FD`."""

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

from render.assemble import assemble
from render.cell_files import File
from render.cell_jobs import Answer, AssembleJob, Failed, Job, Loaded, LoadJob, Order, ShrinkJob, documents_of
from render.cell_limits import CellLimits, enclose_cell, enclose_process, start_clock, stop_clock
from render.cell_rehearsal import rehearse
from render.resume_kinds import load_resume, prepare
from render.resume_shrink import shrink

_CHUNK: Final = 1 << 20
_SIZE: Final = 8
_MOST_FILES: Final = 2
_ORDERS: Final = msgspec.msgpack.Decoder(Order)


def main(control_fd: int) -> None:
    """Serves until the other end of `control_fd` is closed. Each message brings one socket, and a child for it."""
    enclose_process()
    prepare()
    rehearse()
    gc.collect()
    gc.freeze()  # the collector must not touch, and so copy, the pages all cells share
    _be_silent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the cells
    with socket.socket(fileno=control_fd) as control:
        control.send(b"r")
        while _serve(control):
            pass


def _be_silent() -> None:
    """From here on libraries may warn about a file, and quote it: that is people's data and goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def _serve(control: socket.socket) -> bool:
    message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not message:
        return False
    for descriptor in descriptors:
        if os.fork() == 0:
            control.close()
            _cell(descriptor)
        os.close(descriptor)
    return True


def _cell(descriptor: int) -> None:
    """The jobs of one line, then the end of the process, whatever happened."""
    try:
        with socket.socket(fileno=descriptor) as line:
            enclose = enclose_cell
            while _answers_one(line, enclose):
                enclose = start_clock
    finally:
        os._exit(0)


def _answers_one(line: socket.socket, enclose: Callable[[CellLimits], None]) -> bool:
    """The next order and its answer; False when there will be none. Of its files nothing stays open."""
    with contextlib.ExitStack() as stack:
        received, descriptors = _received(line)
        opened: list[File] = [stack.enter_context(FileIO(descriptor, "r+")) for descriptor in descriptors]
        if not received:
            return False
        order = _ORDERS.decode(received)
        enclose(order.limits)
        files = opened or [BytesIO(document) for document in documents_of(order.job)]
        answer = msgspec.msgpack.encode(_answer(order.job, files))
        stop_clock()
    line.sendall(len(answer).to_bytes(_SIZE, "big") + answer)
    return True


def _received(line: socket.socket) -> tuple[bytes, list[int]]:
    """The next order and the files that came with it; empty when there will be none."""
    head, descriptors, _, _ = socket.recv_fds(line, _SIZE, _MOST_FILES, socket.MSG_WAITALL)
    size = int.from_bytes(head, "big")
    received = bytearray()
    while len(received) < size:
        chunk = line.recv(min(_CHUNK, size - len(received)))
        if not chunk:
            return b"", descriptors
        received += chunk
    return bytes(received), descriptors


def _answer(job: Job, files: Sequence[File]) -> Answer:
    try:
        return _done(job, files)
    except MemoryError:
        return Failed(code="memory", kind="MemoryError")
    except Exception as exc:  # noqa: BLE001 - whatever a hostile file provokes is one outcome
        return Failed(code="fault", kind=type(exc).__name__)


def _done(job: Job, files: Sequence[File]) -> Answer:
    match job:
        case LoadJob():
            return Loaded(part=load_resume(files[0], job.limits))
        case AssembleJob():
            return assemble(files[0], files[1] if job.resume else None, job.facts)
        case ShrinkJob():
            return Loaded(part=shrink(files[0], job))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(int(sys.argv[1]))
