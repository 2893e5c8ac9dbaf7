"""A plain Faust worker that meets one hazard: `python -m tests.integration.faust.probe '<Probe as JSON>'`.

It says `seen <offset>` for each event its agent has finished, and `stuck <offset>` where it stops on purpose.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import faust
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

from schemas.events import STATUS
from streams.runtime import EXIT_CODE

GROUP = "probe"


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """`raise_at`, `stick_at`: offsets. `wait_empty`: Faust's own setting. `table`: count keys in a table."""

    kafka: str
    state_dir: str
    raise_at: int | None = None
    stick_at: int | None = None
    exit_at: int | None = None
    concurrency: int = 1
    wait_empty: bool = True
    table: bool = False
    reject_changelog: bool = False


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


async def main(probe: Probe) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if probe.reject_changelog:
        _reject_changelog()
    app = _app(probe)
    await app.start()
    say("up")
    await stop.wait()
    await app.stop()
    say("ended")


def _app(probe: Probe) -> faust.App:
    app = faust.App(
        GROUP,
        broker=probe.kafka,
        datadir=probe.state_dir,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=probe.wait_empty,
        broker_session_timeout=6,
        broker_heartbeat_interval=0.5,
        broker_rebalance_timeout=6,
        broker_commit_interval=0.2,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    table = app.Table("counts", key_type=bytes, value_type=bytes, partitions=1) if probe.table else None

    async def body(stream: faust.StreamT[bytes]) -> None:
        async for event in stream.events():
            offset = event.message.offset
            if offset == probe.exit_at:
                os._exit(EXIT_CODE)
            if offset == probe.raise_at:
                raise RuntimeError("a fault of ours")
            if offset == probe.stick_at:
                say("stuck", offset)
                await asyncio.Event().wait()
            if table is not None:
                say("had", offset, event.key in table)
                table[event.key] = event.value
            say("seen", offset)

    app.agent(app.topic(STATUS, **raw), concurrency=probe.concurrency)(body)
    app.finalize()
    return app


def _reject_changelog() -> None:
    """The changelog's leader is away: every send to it fails, as its future says."""
    send = AIOKafkaProducer.send

    async def refuse(self: AIOKafkaProducer, topic: str, *args: Any, **kwargs: Any) -> Any:
        if not topic.endswith("-changelog"):
            return await send(self, topic, *args, **kwargs)
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(KafkaTimeoutError())
        return failed

    AIOKafkaProducer.send = refuse


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Probe)))
