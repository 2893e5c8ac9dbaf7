"""The operating system's view of one browser: its process tree, and what memory it holds."""

from __future__ import annotations

import contextlib

import psutil


def tree(mark: str) -> list[psutil.Process]:
    """The browser with an argument that starts with `mark`, and all below it. Looks only at our children."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any(argument.startswith(mark) for argument in child.cmdline()):
                return [child, *child.children(recursive=True)]
    return []


def memory_bytes(mark: str) -> int:
    """Proportional set size of the tree where the system tells it (shared pages counted once), else resident size."""
    return sum(held_bytes(process) for process in tree(mark))


def held_bytes(process: psutil.Process) -> int:
    """See memory_bytes; 0 for a process that has ended."""
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    except psutil.Error:
        return 0


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid)
