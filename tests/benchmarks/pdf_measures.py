"""How the PDF benchmark measures: bursts, verdicts, and the processor time of everything it starts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_GROUPS: Final = Path("/sys/fs/cgroup/cpuacct")


def out(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def verdict(name: str, value: float, goal: str, *, good: bool) -> None:
    out(f"{'ok  ' if good else 'MISS'} {name:<66} {value:8.2f}   goal {goal}")


async def burst(count: int, in_flight: int, once: Callable[[], Awaitable[object]]) -> float:
    """Documents per second."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await once()

    started_s = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return count / (time.perf_counter() - started_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """A control group with this process and all it starts, ended ones included."""

    group: Path

    def used_ms(self) -> float:
        return int((self.group / "cpuacct.usage").read_text()) / 1e6


@contextlib.contextmanager
def processor() -> Iterator[Processor | None]:
    """None where we may not make a group. It must be entered before anything is started."""
    group = _GROUPS / f"ats-sync-bench-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        yield None
        return
    try:
        yield Processor(group=group)
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):  # it has ended
                (_GROUPS / "cgroup.procs").write_text(pid)
        with contextlib.suppress(OSError):  # the last of its processes is still ending; an empty group harms nobody
            group.rmdir()
