"""The pool's promises, held by a browser that fails on command."""

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from render import browser_keeper
from render.browser import Browser, BrowserSettings
from render.browser_engine import Process, Slot, SlotBroken
from render.browser_shelf import Generation, Held, Shelf
from schemas.errors import ConfigError, RenderError

PDF = b"%PDF-fake"


async def turns(count: int) -> None:
    """Lets other tasks run, as a real browser's answer would."""
    for _ in range(count):
        await asyncio.sleep(0)


@dataclass(eq=False)
class FakeSlot:
    process: "FakeProcess"
    closed: bool = False
    broken: bool = False
    crashes: bool = False

    async def pdf(self, html: str) -> bytes:
        engine = self.process.engine
        if self.crashes:
            raise SlotBroken("crash")
        engine.printed.append(html)
        await turns(7)
        if self.process.dead:
            raise SlotBroken("disconnect")
        if html in engine.breaks:
            raise SlotBroken(engine.breaks[html])
        if html in engine.gates:
            await engine.gates[html].wait()
        return PDF

    async def close(self) -> None:
        self.closed = True
        self.process.engine.closed_slots += 1


@dataclass(eq=False)
class FakeProcess:
    engine: "FakeEngine"
    gone: Callable[[], None]
    mark: str = "--no-such-process-anywhere"
    version: str = "1.0"
    dead: bool = False
    killed: bool = False
    slots: list[FakeSlot] = field(default_factory=list)

    async def open(self) -> Slot:
        if self.dead or self.engine.no_slots:
            raise SlotBroken("disconnect")
        await turns(20)
        self.slots.append(FakeSlot(self))
        return self.slots[-1]

    async def close(self) -> None:
        self.dead = True

    def kill(self) -> None:
        self.killed = True

    def die(self) -> None:
        self.dead = True
        self.gone()

    @property
    def open_slots(self) -> int:
        return sum(not slot.closed for slot in self.slots)


@dataclass
class FakeEngine:
    processes: list[FakeProcess] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    breaks: dict[str, str] = field(default_factory=dict)
    failing_launches: int = 0
    failing_with: str = "launch"
    no_slots: bool = False
    closed_slots: int = 0
    closed: bool = False

    async def launch(self, gone: Callable[[], None]) -> Process:
        if self.failing_launches:
            self.failing_launches -= 1
            raise SlotBroken(self.failing_with)
        self.processes.append(FakeProcess(self, gone))
        return self.processes[-1]

    async def close(self) -> None:
        self.closed = True


def pool(engine: FakeEngine, **changed: float) -> Browser:
    settings = {"slots": 2, "deadline_s": 5.0, "wait_s": 5.0, "check_every_s": 60.0} | changed
    return Browser(BrowserSettings(**settings), engine=engine)  # type: ignore[arg-type]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - the pool offers no event for its inner states
            await asyncio.sleep(0)


async def test_prints_and_closes_everything() -> None:
    engine = FakeEngine()
    async with pool(engine) as browser:
        assert await browser.print_pdf("a") == PDF
        assert browser.healthy()
        assert browser.version == "1.0"
    assert engine.closed
    assert engine.processes[0].dead


async def test_not_healthy_before_the_first_slot_is_warm() -> None:
    engine = FakeEngine(failing_launches=1_000)
    async with pool(engine) as browser:
        assert not browser.healthy()


@pytest.mark.parametrize(
    ("reason", "said"),
    [("launch", "make setup"), ("sandbox", "ATS_SYNC_CHROMIUM_SANDBOX=false")],
)
async def test_why_no_browser_starts_is_said_until_one_does(reason: str, said: str) -> None:
    engine = FakeEngine(failing_launches=1_000, failing_with=reason)
    async with pool(engine, wait_s=0.1) as browser:
        with pytest.raises(RenderError, match=said):
            await browser.print_pdf("a")
        assert said in (browser.fault() or "")
        engine.failing_launches = 0
        await until(browser.healthy)
        assert browser.fault() is None


async def test_a_failed_start_is_tried_again() -> None:
    engine = FakeEngine(failing_launches=2)
    async with pool(engine) as browser:
        assert await browser.print_pdf("a") == PDF
        assert browser.counters().launch_failures == 2


async def test_a_browser_that_opens_no_page_is_given_up() -> None:
    engine = FakeEngine(no_slots=True)
    async with pool(engine) as browser:
        await until(lambda: len(engine.processes) >= 2)
        engine.no_slots = False
        assert await browser.print_pdf("a") == PDF
    assert all(process.dead for process in engine.processes)


async def test_a_crashed_slot_is_replaced_and_the_document_tried_once_more() -> None:
    engine = FakeEngine(breaks={"poison": "crash"})
    async with pool(engine) as browser:
        with pytest.raises(RenderError) as caught:
            await browser.print_pdf("poison")
        assert caught.value.code == "crash"
        assert engine.printed.count("poison") == 2
        assert await browser.print_pdf("a") == PDF
        await until(lambda: browser.counters().idle == 2)
        assert engine.processes[0].open_slots == 2
        counted = browser.counters()
    assert (counted.crashes, counted.retries, counted.failures, counted.launches) == (2, 1, 1, 1)


async def test_slots_that_crashed_while_free_are_passed_over() -> None:
    engine = FakeEngine()
    async with pool(engine) as browser:
        await browser.print_pdf("a")
        await until(lambda: browser.counters().idle == 2)
        for slot in engine.processes[0].slots:
            slot.broken = True
        assert await browser.print_pdf("b") == PDF
        assert browser.counters().retries == 0


async def test_slots_that_crashed_while_free_are_replaced_and_the_check_does_not_wait_for_itself() -> None:
    engine = FakeEngine()
    async with pool(engine, check_every_s=0.02, wait_s=3_600.0) as browser:
        await until(lambda: browser.counters().idle == 2)
        for slot in engine.processes[0].slots:
            slot.broken = True
        await until(lambda: browser.counters().idle == 2 and engine.closed_slots == 2)
        assert await browser.print_pdf("a") == PDF


async def test_a_check_that_can_open_no_file_costs_nothing_but_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def no_descriptor(mark: str) -> int:
        looked.append(mark)
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(browser_keeper, "memory_bytes", no_descriptor)
    engine = FakeEngine()
    async with pool(engine, check_every_s=0.02) as browser:
        await until(lambda: len(looked) >= 2)
        engine.processes[0].die()
        assert await browser.print_pdf("a") == PDF


async def test_neighbours_that_broke_unnoticed_cost_nobody_a_document() -> None:
    engine = FakeEngine()
    async with pool(engine, slots=3) as browser:
        await until(lambda: browser.counters().idle == 3)
        for slot in engine.processes[0].slots:
            slot.crashes = True
        assert await browser.print_pdf("a") == PDF
        assert browser.counters().crashes == 3


async def test_a_hung_document_ends_at_its_deadline_and_frees_its_slot() -> None:
    engine = FakeEngine(gates={"hangs": asyncio.Event()})
    async with pool(engine, deadline_s=0.02) as browser:
        with pytest.raises(RenderError) as caught:
            await browser.print_pdf("hangs")
        assert caught.value.code == "timeout"
        await until(lambda: engine.closed_slots == 2)
        assert await browser.print_pdf("a") == PDF
        assert browser.counters().timeouts == 2


async def test_a_lost_browser_is_started_again_and_the_document_survives() -> None:
    engine = FakeEngine(gates={"slow": asyncio.Event()})
    async with pool(engine) as browser:
        first = asyncio.create_task(browser.print_pdf("a"))
        await first
        engine.processes[0].die()
        assert await browser.print_pdf("b") == PDF
        counted = browser.counters()
    assert (counted.browsers_lost, counted.launches) == (1, 2)


async def test_no_more_than_the_queue_waits() -> None:
    engine = FakeEngine(gates={"slow": asyncio.Event()})
    async with pool(engine, slots=1, queue_per_slot=2) as browser:
        await browser.print_pdf("warm")
        busy = [asyncio.create_task(browser.print_pdf("slow")) for _ in range(3)]
        await until(lambda: browser.counters().waiting == 2)
        with pytest.raises(RenderError) as caught:
            await browser.print_pdf("a")
        assert caught.value.code == "queue_full"
        engine.gates["slow"].set()
        assert await asyncio.gather(*busy) == [PDF] * 3


async def test_waiting_has_an_end() -> None:
    engine = FakeEngine(gates={"slow": asyncio.Event()})
    async with pool(engine, slots=1, wait_s=0.02) as browser:
        await until(lambda: browser.counters().idle == 1)
        busy = asyncio.create_task(browser.print_pdf("slow"))
        await until(lambda: browser.counters().in_use == 1)
        with pytest.raises(RenderError) as caught:
            await browser.print_pdf("a")
        assert caught.value.code == "no_browser"
        engine.gates["slow"].set()
        await busy


async def test_who_waits_when_the_pool_is_left_is_told_at_once() -> None:
    async with pool(FakeEngine(failing_launches=1_000), wait_s=3_600.0) as browser:
        waiting = asyncio.create_task(browser.print_pdf("a"))
        await until(lambda: browser.counters().waiting == 1)
    for told in (waiting, browser.print_pdf("late")):
        with pytest.raises(RenderError, match="closed") as caught:
            await asyncio.wait_for(told, 5)
        assert caught.value.code == "no_browser"


async def test_who_leaves_at_the_moment_in_which_the_shelf_is_closed_is_cancelled() -> None:
    shelf = Shelf()
    leaver = asyncio.create_task(shelf.take(5))
    await until(lambda: shelf.waiting == 1)
    shelf.close()
    leaver.cancel()
    await asyncio.wait([leaver])
    assert leaver.cancelled()


async def test_a_slot_given_to_a_caller_that_leaves_at_that_moment_is_not_lost() -> None:
    shelf, process = Shelf(), FakeProcess(FakeEngine(), lambda: None)
    held = Held(slot=FakeSlot(process), generation=Generation(process=process, started_at_s=0))
    leaver = asyncio.create_task(shelf.take(5))
    await until(lambda: shelf.waiting == 1)
    shelf.put(held)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    assert leaver.cancelled()
    assert shelf.free == [held]
    assert shelf.in_use == set()


async def test_who_no_longer_waits_is_forgotten() -> None:
    """With no browser for hours, each that gave up stayed."""
    shelf = Shelf()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await shelf.take(0.001)
    assert list(shelf._waiters) == []


async def test_slots_are_replaced_before_they_grow_old_and_never_multiply() -> None:
    engine = FakeEngine()
    async with pool(engine, renders_per_slot=3) as browser:
        for _ in range(60):
            await asyncio.gather(*(browser.print_pdf("a") for _ in range(5)))
        await until(lambda: browser.counters().idle == 2 and browser.counters().slots_replaced >= 20)
        await until(lambda: engine.processes[0].open_slots == 2)
        assert browser.counters().launches == 1


async def test_a_large_document_costs_its_slot() -> None:
    engine = FakeEngine()
    async with pool(engine, large_document_bytes=10) as browser:
        await browser.print_pdf("x" * 11)
        await until(lambda: browser.counters().slots_replaced == 1)


async def test_the_browser_is_rotated_without_a_gap() -> None:
    engine = FakeEngine()
    async with pool(engine, renders_per_browser=5) as browser:
        for _ in range(20):
            assert await browser.print_pdf("a") == PDF
            assert browser.healthy()
        await until(lambda: dict(browser.counters().rotations_by_reason).get("renders", 0) > 0)
        await until(lambda: engine.processes[0].dead)
        assert not engine.processes[-1].dead


async def test_a_rotation_that_fails_is_not_tried_again_with_every_print() -> None:
    engine = FakeEngine()
    async with pool(engine, renders_per_browser=5) as browser:
        await until(lambda: browser.counters().idle == 2)
        engine.failing_launches = 1_000
        for _ in range(50):
            assert await browser.print_pdf("a") == PDF
        await until(lambda: browser.counters().launch_failures == 1)
        assert not engine.processes[0].dead


@pytest.mark.parametrize("name", ["slots", "deadline_s", "browser_bytes"])
def test_settings_that_cannot_work_are_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        BrowserSettings(**{name: 0})  # type: ignore[arg-type]
