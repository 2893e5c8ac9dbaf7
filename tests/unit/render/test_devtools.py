"""The line to the browser, with a browser that says on command what a real one seldom does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from render.browser_engine import SlotBroken
from render.devtools import DevTools, Nothing


class Said(msgspec.Struct, frozen=True):
    word: str


class FarEnd:
    """What the browser hears, and what it says."""

    def __init__(self, says: asyncio.StreamReader, hears: asyncio.StreamReader) -> None:
        self._says = says
        self._hears = hears

    async def heard(self) -> dict[str, Any]:
        request: dict[str, Any] = msgspec.json.decode((await self._hears.readuntil(b"\0"))[:-1])
        return request

    def say(self, **message: object) -> None:
        self._says.feed_data(msgspec.json.encode(message) + b"\0")

    def say_bytes(self, message: bytes) -> None:
        self._says.feed_data(message)

    def hang_up(self) -> None:
        self._says.feed_eof()


@pytest.fixture
async def both() -> AsyncIterator[tuple[DevTools, FarEnd]]:
    hears = asyncio.StreamReader()
    near: asyncio.StreamWriter | None = None

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            hears.feed_data(chunk)
        writer.close()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    async with server:
        _, near = await asyncio.open_connection(*server.sockets[0].getsockname())
        says = asyncio.StreamReader(limit=4_000)
        line = DevTools(says, near)
        serving = asyncio.create_task(line.serve())
        yield line, FarEnd(says, hears)
        says.feed_eof()
        await serving
        await near.wait_closed()


Both = tuple[DevTools, FarEnd]


async def test_answers_find_who_asked_in_any_order_and_in_pieces(both: Both) -> None:
    line, far = both
    first = asyncio.create_task(line.ask(Said, "A", "page-1", html="<p>"))
    second = asyncio.create_task(line.ask(Said, "B"))
    asked = [await far.heard(), await far.heard()]
    assert asked[0] == {"id": 1, "method": "A", "params": {"html": "<p>"}, "sessionId": "page-1"}
    assert asked[1] == {"id": 2, "method": "B", "params": {}}
    far.say(method="Some.event", params={"id": 1})
    far.say(id=2, result={"word": "two", "more": 1})
    far.say_bytes(b'{"id":1,"sessionId":"page-1","resu')
    await asyncio.sleep(0)
    far.say_bytes(b'lt":{"word":"one"}}\0')
    assert (await first, await second) == (Said("one"), Said("two"))


async def test_a_page_that_would_leave_is_kept_where_it_is(both: Both) -> None:
    _, far = both
    far.say(method="Fetch.requestPaused", sessionId="page-1", params={"requestId": "r-7", "request": {}})
    async with asyncio.timeout(5):
        heard = await far.heard()
    assert heard == {
        "id": 1,
        "method": "Fetch.failRequest",
        "params": {"requestId": "r-7", "errorReason": "Aborted"},
        "sessionId": "page-1",
    }


async def test_a_page_that_crashed_on_its_way_out_is_let_go(both: Both) -> None:
    line, far = both
    far.say(method="Inspector.targetCrashed", sessionId="page-1")
    far.say(method="Fetch.requestPaused", sessionId="page-1", params={"requestId": "r-7"})
    asking = asyncio.create_task(line.ask(Said, "A"))
    assert (await far.heard())["method"] == "A"
    far.say(id=1, result={"word": "one"})
    assert await asking == Said("one")


async def test_a_refused_request_and_an_answer_of_another_shape_are_faults_of_the_print(both: Both) -> None:
    line, far = both
    for answer in ({"error": {"code": -32000, "message": "no"}}, {"result": {"word": 7}}):
        asking = asyncio.create_task(line.ask(Said, "A"))
        far.say(id=(await far.heard())["id"], **answer)
        with pytest.raises(SlotBroken) as caught:
            await asking
        assert caught.value.reason == "print"


async def test_an_answer_that_is_no_text_is_a_fault_of_the_print(both: Both) -> None:
    line, far = both
    asking = asyncio.create_task(line.ask(Said, "A"))
    await far.heard()
    far.say_bytes(b'{"id":1,"result":{"word":"\xff"}}\0')
    with pytest.raises(SlotBroken) as caught:
        await asking
    assert caught.value.reason == "print"


async def test_a_crash_ends_what_that_page_was_asked_and_nothing_else(both: Both) -> None:
    line, far = both
    on_it = asyncio.create_task(line.ask(Said, "A", "page-1"))
    elsewhere = asyncio.create_task(line.ask(Said, "A", "page-2"))
    await far.heard()
    await far.heard()
    far.say(method="Inspector.targetCrashed", params={}, sessionId="page-1")
    with pytest.raises(SlotBroken) as caught:
        await on_it
    assert caught.value.reason == "crash"
    assert line.is_lost("page-1")
    assert not line.is_lost("page-2")
    with pytest.raises(SlotBroken):
        await line.ask(Said, "A", "page-1")
    far.say(id=2, result={"word": "still"})
    assert await elsewhere == Said("still")


async def test_an_event_finds_who_awaits_it_of_that_page_and_ends_with_it(both: Both) -> None:
    line, far = both
    mine, other = (asyncio.create_task(line.next(Said, "Some.event", page)) for page in ("page-1", "page-2"))
    await asyncio.sleep(0)
    far.say(method="Some.event", params={"word": "elsewhere"}, sessionId="page-3")
    far.say(method="Other.event", params={"word": "other"}, sessionId="page-1")
    far.say(method="Some.event", params={"word": "first"}, sessionId="page-1")
    far.say(method="Some.event", params={"word": "second"}, sessionId="page-1")
    assert await mine == Said("first")
    far.say(method="Inspector.targetCrashed", params={}, sessionId="page-2")
    with pytest.raises(SlotBroken) as caught:
        await other
    assert caught.value.reason == "crash"
    late = asyncio.create_task(line.next(Said, "Some.event", "page-1"))
    await asyncio.sleep(0)
    far.hang_up()
    with pytest.raises(SlotBroken) as caught:
        await late
    assert caught.value.reason == "disconnect"


NO_MESSAGES = [
    b"no json\0",
    b"\0",
    b'{"id":"x"}\0',
    b'{"method":"\xff"}\0',
    b'{"result":' + b"[" * 3_000 + b"\0",
    b"x" * 5_000,
]


@pytest.mark.parametrize("last", [b"", b'{"id":1,"result":{"wo', *NO_MESSAGES])
async def test_a_line_that_ends_or_makes_no_sense_ends_all_who_wait_and_is_known_first(both: Both, last: bytes) -> None:
    line, far = both
    asking = asyncio.create_task(line.ask(Nothing, "A", "page-1"))
    known_first: list[bool] = []
    line.closed.add_done_callback(lambda _: known_first.append(not asking.done()))
    await far.heard()
    far.say_bytes(last)
    if b"\0" not in last and len(last) < 1_000:
        far.hang_up()
    with pytest.raises(SlotBroken) as caught:
        await asking
    assert caught.value.reason == "disconnect"
    assert known_first == [True]
    assert line.is_lost("any")
    with pytest.raises(SlotBroken):
        line.tell("A")


async def test_an_answer_nobody_waits_for_any_more_is_let_go(both: Both) -> None:
    line, far = both
    asking = asyncio.create_task(line.ask(Said, "A"))
    await far.heard()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    line.tell("Tidy")
    far.say(id=1, result={"word": "late"})
    far.say(id=2, result={})
    again = asyncio.create_task(line.ask(Said, "B"))
    assert [(await far.heard())["method"] for _ in range(2)] == ["Tidy", "B"]
    far.say(id=3, result={"word": "here"})
    assert await again == Said("here")
