"""How an order is put on a cell's line: its size, its words, and beside them its files."""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from render.cell_files import files_in_memory
from render.cell_jobs import Job, Order, documents_of, without_documents
from render.cell_limits import CellLimits

SIZE: Final = 8


def begin(line: socket.socket, job: Job, limits: CellLimits) -> bytes:
    """Sends the order's files and as much of its words as goes with them; the rest of the words comes back."""
    with files_in_memory(documents_of(job)) as files:
        order = msgspec.msgpack.encode(Order(job=without_documents(job) if files else job, limits=limits))
        message = len(order).to_bytes(SIZE, "big") + order
        # Never blocks: an order is sent when the one before has been answered, into an empty line.
        sent = socket.send_fds(line, [message], files) if files else 0
    return message[sent:]
