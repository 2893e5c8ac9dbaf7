"""Faust's consumer without four tasks per message: a delivery that needs no waiting is done on the spot."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Final

from faust.transport.drivers import aiokafka as driver
from mode.services import WaitResults

_DELIVERY: Final = "on_message"  # the conductor's coroutine function that puts one message into agents' queues


class Consumer(driver.Consumer):
    """Faust races each delivery against a suspended flow, and makes a task of either side.

    Here the delivery takes its first step at once. Nearly always that is all of it, and a suspension had no moment to
    come between. Where it has to wait - a full queue, a flow that is suspended - the race is Faust's own again.
    """

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:  # noqa: ASYNC109 - Faust's signature
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
