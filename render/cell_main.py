"""The parent of all cells: imports once, forks one limited child per line. `python -m render.cell_main FD`."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
from typing import Final

import msgspec

from render.assemble import assemble
from render.cell_jobs import Answer, AssembleJob, Failed, Job, Loaded, LoadJob, Order, ShrinkJob
from render.cell_limits import enclose_cell, enclose_process, start_clock, stop_clock
from render.cell_rehearsal import rehearse
from render.resume_kinds import load_resume, prepare
from render.resume_shrink import shrink

_CHUNK: Final = 1 << 20
_SIZE: Final = 8
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
            while received := _received(line):
                order = _ORDERS.decode(received)
                enclose(order.limits)
                answer = msgspec.msgpack.encode(_answer(order.job))
                stop_clock()
                line.sendall(len(answer).to_bytes(_SIZE, "big") + answer)
                enclose = start_clock
    finally:
        os._exit(0)


def _received(line: socket.socket) -> bytes:
    """The next order; empty when there will be none."""
    size = int.from_bytes(line.recv(_SIZE, socket.MSG_WAITALL), "big")
    received = bytearray()
    while len(received) < size:
        chunk = line.recv(min(_CHUNK, size - len(received)))
        if not chunk:
            return b""
        received += chunk
    return bytes(received)


def _answer(job: Job) -> Answer:
    try:
        return _done(job)
    except MemoryError:
        return Failed(code="memory", kind="MemoryError")
    except Exception as exc:  # noqa: BLE001 - whatever a hostile file provokes is one outcome
        return Failed(code="fault", kind=type(exc).__name__)


def _done(job: Job) -> Answer:
    match job:
        case LoadJob():
            return Loaded(part=load_resume(job))
        case AssembleJob():
            return assemble(job)
        case ShrinkJob():
            return Loaded(part=shrink(job))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(int(sys.argv[1]))
