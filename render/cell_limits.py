"""What one hostile file may cost, and how the kernel is told so."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
import time
from typing import Final

from msgspec import Struct, structs

MIB: Final = 1024 * 1024
_NOBODY: Final = 65_534
_MOST_CPU_S: Final = 3_600
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38


class CellLimits(Struct, frozen=True, kw_only=True):
    """Per job. Memory is what may be added to the bare process; bytes of input and answer are checked outside.

    The limit that counts is the processor's; the clock's is wide, since a busy machine makes an honest file slow.
    """

    wall_s: float = 40.0
    cpu_s: int = 10
    memory_bytes: int = 768 * MIB
    answer_bytes: int = 128 * MIB

    def for_own_document(self, size_bytes: int) -> CellLimits:
        """The limits for a document we printed ourselves: it may be long, it is not hostile."""
        extra_s = math.ceil(_S_PER_MEGABYTE * size_bytes / 1_000_000)
        return structs.replace(self, cpu_s=self.cpu_s + extra_s, wall_s=self.wall_s + 4 * extra_s)


_S_PER_MEGABYTE: Final = 5.0


def enclose_process() -> None:
    """For the parent of all cells: no network (where the kernel lets us), no new privileges, and no life after ours."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.unshare(_CLONE_NEWNET)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def enclose_cell(limits: CellLimits) -> None:
    """For one cell: the kernel ends it when time or memory is used up; it can write no file and is nobody."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        held = _virtual_bytes() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (held, held))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    start_clock(limits)


def start_clock(limits: CellLimits) -> None:
    """From now on one job may take this long; after that the kernel ends the process."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    used_s = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used_s + limits.cpu_s, _MOST_CPU_S))


def stop_clock() -> None:
    """Between jobs a cell waits, and waiting is free."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _virtual_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a kernel file, not a path of ours
        return int(statm.read().split()[0]) * resource.getpagesize()
