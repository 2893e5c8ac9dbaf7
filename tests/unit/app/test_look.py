"""One look for all who ask: it outlives them, answers them in time, and is remembered for as long as it says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.look import Look, Seen


@dataclass
class Thing:
    """What is looked at, on command, and the time."""

    begun: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    seen: Seen = field(default_factory=lambda: Seen(fault=None))
    now: float = 100.0

    async def look(self) -> Seen:
        self.begun += 1
        await self.may_end.wait()
        return self.seen

    def check(self, *, patience_s: float = 0.01) -> Look:
        return Look(self.look, patience_s=patience_s, meanwhile="under way", clock=lambda: self.now)


async def _give_up_on(check: Callable[[], Awaitable[str | None]]) -> None:
    leaving = asyncio.ensure_future(check())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)


async def test_one_look_serves_all_who_ask_and_outlives_those_who_gave_up() -> None:
    thing = Thing()
    async with thing.check() as check:
        await _give_up_on(check)
        assert await asyncio.gather(*(check() for _ in range(5))) == ["under way"] * 5
        thing.may_end.set()
        await asyncio.sleep(0)
        thing.now += 86_400
        assert [await check(), await check()] == [None, None]
    assert thing.begun == 1


async def test_patience_counts_from_where_the_look_began_so_that_later_ones_have_their_answer_at_once() -> None:
    thing = Thing()
    async with thing.check(patience_s=3_600.0) as check, asyncio.timeout(5):
        await _give_up_on(check)
        thing.now += 3_600
        assert await check() == "under way"


async def test_what_is_good_for_a_while_is_looked_at_again_after_it() -> None:
    thing = Thing(seen=Seen(fault="ill", good_s=5.0))
    thing.may_end.set()
    async with thing.check() as check:
        for passed_s, looks in ((0.0, 1), (4.9, 1), (0.1, 2), (4.9, 2)):
            thing.now += passed_s
            assert await check() == "ill"
            assert thing.begun == looks


async def test_what_is_good_for_nobody_else_is_still_told_to_all_who_waited_for_it() -> None:
    thing = Thing(seen=Seen(fault="ill", good_s=0.0))
    async with thing.check(patience_s=3_600.0) as check:
        asked = [asyncio.ensure_future(check()) for _ in range(3)]
        await asyncio.sleep(0)
        thing.may_end.set()
        assert await asyncio.gather(*asked) == ["ill"] * 3
        assert thing.begun == 1
        assert await check() == "ill"
    assert thing.begun == 2


async def test_a_look_under_way_ends_with_the_context() -> None:
    thing = Thing()
    async with thing.check() as check:
        assert await check() == "under way"
        (task,) = asyncio.all_tasks() - {asyncio.current_task()}
    assert task.cancelled()
