"""Faust's consumer without four tasks per message, and without reading a table's whole changelog before it begins."""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Mapping
from typing import Any, Final

from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.services import WaitResults

MOST_READ: Final = 40_000  # changes, of all partitions together: about two seconds on a quiet core
_DELIVERY: Final = "on_message"  # the conductor's coroutine function that puts one message into agents' queues


class Consumer(driver.Consumer):
    """Differs from Faust's in two places, each said at its method."""

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Where a table's recovery, which alone asks, begins: not so long before the end as to keep events waiting.

        Facts that are not in memory cost the ledger a read each; that of all there ever were would hold up every
        restart by ten seconds per 80,000 applications.
        """
        first = await super().earliest_offsets(*partitions)
        ends = await self.highwaters(*partitions)
        share = MOST_READ // max(1, len(partitions))
        return {partition: max(offset, ends[partition] - share) for partition, offset in first.items()}

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:  # noqa: ASYNC109 - Faust's signature
        """Faust races each delivery against a suspended flow, and makes a task of either side.

        Here the delivery takes its first step at once. Nearly always that is all of it, and a suspension had no moment
        to come between. Where it has to wait - a full queue, a flow that is suspended - the race is Faust's own again.
        """
        delivery = coros[0] if coros else None
        if not isinstance(delivery, Coroutine) or getattr(delivery, "__name__", None) != _DELIVERY:
            return await super().wait_first(*coros, timeout=timeout)
        try:
            waits_for = delivery.send(None)
        except StopIteration:
            for other in coros[1:]:
                other.close()
            return WaitResults([delivery], [None], self.should_stop)
        return await super().wait_first(_rest(delivery, waits_for), *coros[1:], timeout=timeout)


async def _rest(begun: Coroutine[Any, Any, Any], waits_for: Any) -> Any:
    return await _Resumed(begun, waits_for)


class _Resumed:
    """What is left of a coroutine that has taken its first step and waits for `waits_for`."""

    def __init__(self, begun: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self._begun = begun
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self._waits_for
        while True:
            try:
                sent = yield waits_for
            except BaseException as exc:  # noqa: BLE001 - a cancellation belongs to the coroutine
                thrown: BaseException | None = exc
            else:
                thrown = None
            try:
                waits_for = self._begun.send(sent) if thrown is None else self._begun.throw(thrown)
            except StopIteration as done:
                return done.value
