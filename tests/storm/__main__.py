"""`python -m tests.storm`: a storm by hand, of any size, as a table; exit status 1 if anybody was lost or doubled."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from rich.console import Console

from schemas.errors import ConfigError
from tests.storm.havoc import Counts
from tests.storm.run import StormOptions, storm
from tests.storm.show import table
from tests.storm.verdict import shown


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is paused is no news here
    console = Console(width=110)
    try:
        told = asyncio.run(storm(options))
    except ConfigError as exc:
        console.print(f"not run: {exc}")
        return 2
    console.print(table(told))
    if not told.verdict:
        console.print(shown(told.verdict.wrong), markup=False)
    return 0 if told.verdict else 1


def _said(text: str) -> None:
    Console().print(text, highlight=False)


def _options(arguments: Sequence[str] | None) -> StormOptions:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    for name, default in (("deliveries", 3_000), ("kills", 20), ("pauses", 10), ("crashes", 4), ("broker", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, default in (("seed", 1), ("ingest", 2), ("deliver", 3), ("each", 6)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--kafka", choices=("tansu", "apache1", "apache3"), default="tansu")
    parser.add_argument("--static", action="store_true", help="static members of the consumer group")
    parser.add_argument("--limit", type=float, default=240.0, help="seconds for what is left after the last record")
    parser.add_argument("--whole", type=float, default=86_400.0, help="seconds after which it is judged as it stands")
    parser.add_argument("--lag", type=float, default=0.2, help="seconds by which a search of `lookup` vendors is late")
    parser.add_argument("--ahead", type=int, default=600, help="deliveries that may wait at a time")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="an ATS_SYNC_ setting, without its prefix"
    )
    given = parser.parse_args(arguments)
    counts = Counts(kills=given.kills, pauses=given.pauses, crashes=given.crashes, broker=given.broker)
    return StormOptions(
        say=_said,
        deliveries=given.deliveries,
        counts=counts,
        seed=given.seed,
        kafka=given.kafka,
        ingest=given.ingest,
        deliver=given.deliver,
        each=given.each,
        limit_s=given.limit,
        whole_s=given.whole,
        lag_s=given.lag,
        ahead=given.ahead,
        static_members=given.static,
        settings=dict(one.split("=", 1) for one in given.set),
    )


if __name__ == "__main__":
    sys.exit(main())
