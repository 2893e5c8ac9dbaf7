"""`python -m tests.storm.members`: how long partitions stand still while one of three ingest processes is away."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.storm.fleet import Worker
from tests.storm.place import PARTITIONS
from tests.storm.pulse import Pulse, pulse
from tests.storm.scene import PATIENT, Scene, scene

_SETTLED_S: Final = 12.0
_STILL_S: Final = 1.0  # what a partition may stand still without being called affected


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`static`: with group.instance.id. `away_s`: between the end of the process and its next start."""

    static: bool
    how: str
    away_s: float
    session_s: float


async def _gone(worker: Worker, how: str) -> None:
    if how == "kill -9":
        worker.kill()
    else:
        await worker.stop()


async def _one(play: Scene, beat: Pulse, case: Case, number: int) -> list[float]:
    """The longest standstill of each partition, from just before the end of one process until all is calm again."""
    worker = play.crew.of("ingest")[number % 3]
    beat.reset()
    await _gone(worker, case.how)
    await asyncio.sleep(case.away_s)
    worker.spawn()
    await asyncio.sleep(_SETTLED_S + case.session_s)
    return sorted(beat.worst_s.values(), reverse=True)


async def measure(
    *, static: bool, session_s: float, times: int, say: Callable[[str], None]
) -> list[tuple[Case, list[float]]]:
    settings: Mapping[str, str] = {
        **PATIENT,
        "SESSION_TIMEOUT_S": f"{session_s:g}",
        "REBALANCE_TIMEOUT_S": f"{session_s:g}",
    }
    found = []
    async with scene(kafka="apache3", settings=settings, seed=11, static_members=static, limit_s=3_600) as play:
        for _ in range(3):
            play.crew.start("ingest")
        await play.until_ingested(len(play.load.jobs()))
        async with pulse(play.place.bootstrap, play.place.pool, PARTITIONS) as beat:
            await asyncio.sleep(_SETTLED_S + session_s)
            for how, away_s in (("SIGTERM", 0.0), ("kill -9", 0.0), ("kill -9", session_s + 5)):
                case = Case(static=static, how=how, away_s=away_s, session_s=session_s)
                for number in range(times):
                    worst = await _one(play, beat, case, number)
                    found.append((case, worst))
                    say(f"{case}: {' '.join(f'{one:.1f}' for one in worst)}")
    return found


def table(found: list[tuple[Case, list[float]]]) -> Table:
    made = Table(
        "membership",
        "session",
        "one of three ended by",
        "started after",
        "partitions of 6 that stood still",
        "longest, s",
    )
    for case, worst in found:
        still = sum(one > _STILL_S for one in worst)
        made.add_row(
            "static" if case.static else "dynamic",
            f"{case.session_s:g} s",
            case.how,
            f"{case.away_s:g} s",
            str(still),
            " ".join(f"{one:.1f}" for one in worst),
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.storm.members", description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--session", type=float, default=10.0)
    parser.add_argument("--membership", choices=("dynamic", "static", "both"), default="both")
    given = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console(width=140)
    found: list[tuple[Case, list[float]]] = []
    for static in [name == "static" for name in ("dynamic", "static") if given.membership in (name, "both")]:
        found += asyncio.run(measure(static=static, session_s=given.session, times=given.times, say=console.print))
    console.print(table(found))


if __name__ == "__main__":
    main()
