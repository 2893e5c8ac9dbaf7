"""More requests at once than a vendor states: the sandbox refuses them in its words, our adapter waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from adapters import sandbox
from adapters.pusher import VendorPusher
from adapters.registry import build, card
from adapters.sandbox import Plan, Rules, Sandbox
from adapters.sandbox.vendors import VENDORS
from adapters.transport import Transport, open_transport
from schemas.errors import Transient
from tests.contract.adapter_case import MemoryJournal
from tests.contract.test_adapters import CASES

CROWDED = sorted(name for name, vendor in VENDORS.items() if vendor.most_at_once is not None)
FIRST = {"kombo": "/ats/candidates", "smartrecruiters": "/candidates"}


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with open_transport(None) as opened:
        yield opened


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as opened:
        yield opened


async def hold(session: aiohttp.ClientSession, ats: Sandbox, vendor: str, path: str) -> asyncio.Task[None]:
    """A request that the sandbox has taken and does not answer; ended by cancelling it."""
    before = len(list(ats.world.received.lines()))

    async def held() -> None:
        async with session.get(sandbox.base_url(ats.url, vendor, "acme") + path):
            pass

    task = asyncio.create_task(held())
    await until(lambda: len(list(ats.world.received.lines())) > before)
    return task


async def until(holds: Callable[[], bool]) -> None:
    """The sandbox runs in this loop: each turn lets it go on."""
    while not holds():  # noqa: ASYNC110 - there is nothing to wait on but its turns
        await asyncio.sleep(0)


def pusher(ats: Sandbox, transport: Transport, vendor: str) -> VendorPusher:
    adapter = build(vendor, sandbox.credentials(vendor), sandbox.base_url(ats.url, vendor, "acme"))
    return VendorPusher(adapter, transport)


def test_the_caps_are_those_the_vendors_state_and_we_stay_below_them() -> None:
    assert {name: VENDORS[name].most_at_once for name in CROWDED} == {"kombo": 30, "smartrecruiters": 8}
    assert all(card(name).max_inflight < (VENDORS[name].most_at_once or 0) for name in CROWDED)
    assert all(card(name).max_inflight == 1 for name in VENDORS if VENDORS[name].one_at_once)


@pytest.mark.parametrize("vendor", CROWDED)
async def test_r01_a_crowd_is_refused_as_a_throttle_and_delivered_afterwards(
    ats: Sandbox, transport: Transport, session: aiohttp.ClientSession, vendor: str
) -> None:
    most = VENDORS[vendor].most_at_once
    assert most is not None
    ats.put_faults({"acme": Plan(script=("hang",) * most, steps=("unknown",), hold_s=60.0)})
    others = [await hold(session, ats, vendor, "/somewhere") for _ in range(most)]
    journal, deadline = MemoryJournal(), time.monotonic() + 60
    with pytest.raises(Transient) as caught:
        await pusher(ats, transport, vendor).push(CASES[vendor].delivery(), journal, deadline=deadline)
    assert caught.value.throttled
    state = ats.state("acme")["accounts"]["acme"]
    assert (state["applications"], state["incidents"]["crowded"]) == ([], 1)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await until(lambda: ats.open_requests() == 0)
    await pusher(ats, transport, vendor).push(CASES[vendor].delivery(), journal, deadline=deadline)
    assert len(ats.state("acme")["accounts"]["acme"]["applications"]) == 1


async def test_smartrecruiters_searches_one_at_a_time(
    ats: Sandbox, transport: Transport, session: aiohttp.ClientSession
) -> None:
    ats.put_faults({"acme": Plan(script=("hang",), steps=("find_candidates",), methods=("GET",), hold_s=60.0)})
    other = await hold(session, ats, "smartrecruiters", "/candidates?q=somebody")
    with pytest.raises(Transient):
        await pusher(ats, transport, "smartrecruiters").push(
            CASES["smartrecruiters"].delivery(), MemoryJournal(), deadline=time.monotonic() + 60
        )
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)


@pytest.mark.parametrize("vendor", CROWDED)
async def test_what_is_left_is_told_on_every_reply(ats: Sandbox, session: aiohttp.ClientSession, vendor: str) -> None:
    async with session.get(sandbox.base_url(ats.url, vendor, "acme") + FIRST[vendor]) as answer:
        told = [
            value
            for name, value in answer.headers.items()
            if "concurren" in name.lower() and "remaining" in name.lower()
        ]
    assert told == [str((VENDORS[vendor].most_at_once or 0) - 1)]


async def test_a_cap_of_ones_own(ats: Sandbox, transport: Transport, session: aiohttp.ClientSession) -> None:
    ats.put_rules("acme", Rules(most_at_once=1))
    ats.put_faults({"acme": Plan(script=("hang",), steps=("unknown",), hold_s=60.0)})
    other = await hold(session, ats, "lever", "/somewhere")
    with pytest.raises(Transient):
        await pusher(ats, transport, "lever").push(
            CASES["lever"].delivery(), MemoryJournal(), deadline=time.monotonic() + 60
        )
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
