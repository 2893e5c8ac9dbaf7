"""Two of our runtimes; the first is stopped with a batch at hand, just when the second makes the group rebalance.

`python -m tests.integration.faust.stopping KAFKA_URL FOLDER`; in a process of its own, since a stop that hangs ends it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.record import Record
from streams.agents import Known
from streams.runtime import IngestSettings, Runtime

STOP_S = 12.0  # longer than the session below: the second one gets its partitions in any case


class Nothing:
    facts: Mapping[str, bytes] = {}


class Gate:
    """A sink whose batches wait until it is opened."""

    def __init__(self, *, is_open: bool) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        if is_open:
            self.opened.set()

    async def apply(self, _records: Sequence[Record], _known: Known, /) -> Nothing:
        self.reached.set()
        await self.opened.wait()
        return Nothing()


def _tell(event: str, fields: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{event} {dict(fields)}\n")
    sys.stdout.flush()


def _settings(url: str, folder: str, name: str) -> IngestSettings:
    return IngestSettings(
        kafka_url=url,
        state_dir=Path(folder) / name,
        session_timeout_s=6,
        heartbeat_s=0.5,
        rebalance_timeout_s=6,
        commit_interval_s=0.1,
        stop_s=STOP_S,
    )


async def main(url: str, folder: str) -> None:
    held, free = Gate(is_open=False), Gate(is_open=True)
    stops = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(Runtime(_settings(url, folder, "first"), held, tell=_tell).run(stops[0]))
    await held.reached.wait()
    stops[0].set()
    second = asyncio.create_task(Runtime(_settings(url, folder, "second"), free, tell=_tell).run(stops[1]))
    await free.reached.wait()
    held.opened.set()
    await first
    _tell("first_ended", {})
    stops[1].set()
    await second


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
