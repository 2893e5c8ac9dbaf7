"""A real Chromium is killed, hung and crashed, and the next document comes out all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from render import chromium_slot
from render.browser import Browser, BrowserSettings
from render.browser_engine import SlotBroken
from render.browser_processes import memory_bytes, tree
from render.browser_settings import MIB
from render.chromium import ChromiumEngine
from render.page import profile_html
from render.view import profile_view
from schemas.errors import RenderError
from tests.browser.render_cases import application
from tests.browser.render_faults import ENDLESS, HANGS, MARK, kill_renderers, renderers, zombies
from tests.browser.render_running import browser_settings, text_of, until

pytestmark = pytest.mark.browser

PAGE = "<!DOCTYPE html><html lang=en><title>t</title><p>still here</p></html>"


async def test_a_killed_renderer_costs_nobody_a_document(chromium_path: Path) -> None:
    async with Browser(browser_settings(chromium_path)) as browser:
        await until(lambda: browser.counters().idle == 3)
        assert kill_renderers() >= 3
        assert "still here" in text_of(await browser.print_pdf(PAGE))
        assert browser.counters().launches == 1


async def test_a_killed_browser_is_started_again(chromium_path: Path) -> None:
    async with Browser(browser_settings(chromium_path)) as browser:
        await browser.print_pdf(PAGE)
        for _ in range(3):
            tree(MARK)[0].send_signal(signal.SIGKILL)
            assert "still here" in text_of(await browser.print_pdf(PAGE))
        assert browser.counters().browsers_lost == 3
        assert browser.healthy()


async def test_a_page_that_leaves_for_another_costs_nobody_the_browser(chromium_path: Path) -> None:
    """What ended Chromium was the document after it, with a frame in it."""
    leaves = '<!DOCTYPE html><meta http-equiv=refresh content="0;url=http://127.0.0.1:9/"><iframe srcdoc=x></iframe>'
    framed = "<!DOCTYPE html><p>still here</p><iframe srcdoc=x></iframe>"
    async with Browser(browser_settings(chromium_path, slots=1)) as browser:
        for pause_s in (0.0, 0.02, 0.2):
            for _ in range(3):
                await browser.print_pdf(leaves)
                await asyncio.sleep(pause_s)  # on its way, or there
                assert "still here" in text_of(await browser.print_pdf(framed))
        counters = browser.counters()
        assert (counters.crashes, counters.browsers_lost, counters.slots_replaced) == (0, 0, 0)


async def test_a_browser_killed_with_a_print_and_an_opening_page_in_it_keeps_neither_waiting(
    chromium_path: Path,
) -> None:
    """No time-out of ours may be what ends them: both are longer than the test may take."""
    settings = browser_settings(chromium_path, start_s=3_600.0, open_s=3_600.0, deadline_s=3_600.0)
    async with asyncio.timeout(300), Browser(settings) as browser:
        for _ in range(3):
            await until(lambda: browser.counters().idle > 0)
            printing = [asyncio.create_task(browser.print_pdf(PAGE)) for _ in range(3)]
            tree(MARK)[0].send_signal(signal.SIGKILL)
            assert all("still here" in text_of(pdf) for pdf in await asyncio.gather(*printing))


async def test_a_browser_that_stands_still_is_replaced(chromium_path: Path) -> None:
    """And not waited for: what a start may take is longer here than the test."""
    settings = browser_settings(chromium_path, start_s=3_600.0, wait_s=3_600.0, deadline_s=1.0, open_s=3.0)
    async with asyncio.timeout(300), Browser(settings) as browser:
        await browser.print_pdf(PAGE)
        still = tree(MARK)[0]
        still.send_signal(signal.SIGSTOP)
        assert "still here" in text_of(await browser.print_pdf(PAGE))
        await until(lambda: not still.is_running())


async def test_a_process_that_stands_still_does_not_outlive_its_browser(chromium_path: Path) -> None:
    """Without the sandbox's own process namespace, which would take it along."""
    settings = browser_settings(chromium_path, sandbox=False, drain_s=0.2)
    async with asyncio.timeout(300), Browser(settings) as browser:
        await browser.print_pdf(PAGE)
        family = tree(MARK)
        renderers()[0].send_signal(signal.SIGSTOP)
        family[0].send_signal(signal.SIGKILL)
        await until(lambda: not any(process.is_running() for process in family))


async def test_a_document_that_never_ends_is_ended_and_leaves_nothing_running(chromium_path: Path) -> None:
    async with Browser(browser_settings(chromium_path, deadline_s=1.0)) as browser:
        await until(lambda: browser.counters().idle == 3)
        before = {process.pid for process in renderers()}
        with pytest.raises(RenderError) as caught:
            await browser.print_pdf(HANGS)
        assert caught.value.code == "timeout"
        await until(lambda: browser.counters().idle == 3)
        await until(lambda: len({process.pid for process in renderers()} & before) == 1)
        assert browser.counters().timeouts >= 2


async def test_nothing_is_left_of_the_browser_after_use(chromium_path: Path) -> None:
    async with Browser(browser_settings(chromium_path)) as browser:
        await browser.print_pdf(PAGE)
        processes = tree(MARK)
    assert len(processes) > 3
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert alive == []


async def test_no_zombie_is_left_by_any_of_it(chromium_path: Path) -> None:
    async with Browser(browser_settings(chromium_path)) as browser:
        await browser.print_pdf(PAGE)
        kill_renderers()
        await browser.print_pdf(PAGE)
        tree(MARK)[0].send_signal(signal.SIGKILL)
        await browser.print_pdf(PAGE)
        await until(lambda: not zombies(psutil.Process()))


async def test_a_service_killed_in_the_middle_of_a_print_leaves_no_process(chromium_path: Path) -> None:
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENDLESS, str(chromium_path), stdout=asyncio.subprocess.PIPE
    )
    assert service.stdout
    assert await service.stdout.readline() == b"printed\n"
    family = psutil.Process(service.pid).children(recursive=True)
    assert any(argument.startswith(MARK) for process in family for argument in process.cmdline())
    service.kill()
    await service.wait()
    await until(lambda: not any(process.is_running() for process in family))


async def test_left_in_the_middle_of_a_start_it_leaves_nothing(chromium_path: Path) -> None:
    for turns in range(40):
        async with Browser(browser_settings(chromium_path)):
            for _ in range(turns):
                await asyncio.sleep(0)
            await asyncio.sleep(0.05 * (turns % 3))
    assert folders(os.getpid()) == []


async def test_a_browser_that_is_not_there_is_an_error_with_a_name(tmp_path: Path) -> None:
    async with Browser(BrowserSettings(executable=tmp_path / "no-chromium", wait_s=0.5)) as browser:
        with pytest.raises(RenderError) as caught:
            await browser.print_pdf(PAGE)
        assert caught.value.code == "no_browser"
        assert not browser.healthy()


async def test_a_disk_without_room_for_a_folder_is_a_failed_start_and_tried_again(
    chromium_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not-there"))
    async with Browser(browser_settings(chromium_path)) as browser:
        await until(lambda: browser.counters().launch_failures > 1)
        assert "Chromium does not start" in (browser.fault() or "")
        monkeypatch.setattr(tempfile, "tempdir", None)
        assert "still here" in text_of(await browser.print_pdf(PAGE))


async def test_a_kernel_that_refuses_chromiums_sandbox_is_named_and_so_is_the_setting(tmp_path: Path) -> None:
    """Chromium's words as Debian's build said them in a chroot, which may make no user namespace."""
    words = (
        "FATAL:content/browser/zygote_host/zygote_host_impl_linux.cc:130] No usable sandbox! If this is a Debian system"
    )
    refused = Path(program(tmp_path / "chromium", f"echo '{words}' >&2; exit 1"))
    async with Browser(BrowserSettings(executable=refused)) as browser:
        await until(lambda: browser.counters().launch_failures > 0)
        assert "ATS_SYNC_CHROMIUM_SANDBOX=false" in (browser.fault() or "")


@pytest.mark.parametrize("says", ["yes >&4", "cat /dev/zero >&4", 'printf \'{"method":"\\377"}\\0\' >&4; sleep 3600'])
async def test_what_speaks_no_protocol_is_ended_at_once(tmp_path: Path, says: str) -> None:
    """And its endless words are not kept: half a gigabyte was, and its transport was never closed."""
    babbling = Path(program(tmp_path / "chromium", f"{says}; true"))
    async with asyncio.timeout(60), Browser(BrowserSettings(executable=babbling, start_s=3_600.0)) as browser:
        await until(lambda: browser.counters().launch_failures > 1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_start_given_up_on_one_that_hung_up_and_lives_leaves_nothing(tmp_path: Path) -> None:
    mute = Path(program(tmp_path / "chromium", "exec 4>&-; sleep 3600; true"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ChromiumEngine(BrowserSettings(executable=mute)).launch(lambda: None)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert folders(os.getpid()) == []


async def test_the_browser_knows_no_secret_of_ours_and_leaves_no_folder(
    chromium_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATS_SYNC_DATABASE_URL", "postgresql://somebody:hunter2@db/ledger")
    tempfile.mkdtemp(prefix="ats-sync-chromium-999999999-")  # of a process that was killed
    async with Browser(browser_settings(chromium_path)) as browser:
        await browser.print_pdf(PAGE)
        assert not any("hunter2" in str(process.environ()) for process in tree(MARK))
        assert len(folders(os.getpid())) == 1
        assert folders(999_999_999) == []
    assert folders(os.getpid()) == []


def folders(owner: int) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"ats-sync-chromium-{owner}-*"))


async def test_a_page_that_cannot_be_proven_offline_is_not_left_open(
    chromium_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium_slot, "_OFFLINE", {**chromium_slot._OFFLINE, "offline": False})
    engine = ChromiumEngine(browser_settings(chromium_path))
    browser = await engine.launch(lambda: None)
    with pytest.raises(SlotBroken, match="online"):
        await browser.open()
    await until(lambda: not renderers())
    await engine.close()


async def test_a_page_that_prints_much_is_tidied_up(chromium_path: Path) -> None:
    """Left alone, a page grows by 63 MiB within 50 usual profiles; tidied up by 25 and back."""
    html = profile_html(profile_view(application()))
    async with Browser(browser_settings(chromium_path, slots=1)) as browser:
        for _ in range(5):
            await browser.print_pdf(html)
        before = memory_bytes(MARK)
        for _ in range(95):
            await browser.print_pdf(html)
        assert memory_bytes(MARK) - before < 40 * MIB


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)
