"""What goes wrong with a browser, done on purpose: for the recovery tests and the benchmark of recovery times."""

from __future__ import annotations

import signal
from typing import Final

import psutil

from render.browser_processes import tree

MARK: Final = "--ats-sync-browser="
_USES: Final = "".join(f"<g id=a{n}>{f'<use href=#a{n - 1} />' * 12}</g>" for n in range(1, 11))
HANGS: Final = (
    f"<!DOCTYPE html><html lang=en><title>t</title><svg><defs><rect id=a0 width=1 height=1 />{_USES}</defs></svg>"
)

# A service that prints without end, for killing: says a line with its browser's mark once it is under way.
ENDLESS: Final = """
import asyncio, sys
from pathlib import Path
from render.browser import Browser
from render.renderer import ProfileRenderer, RenderSettings
from tests.browser.render_cases import application
from tests.browser.render_files import pdf_file
from tests.browser.render_running import BUDGET_BYTES, browser_settings

async def main():
    settings = browser_settings(Path(sys.argv[1]))
    async with Browser(settings) as browser, ProfileRenderer(browser, RenderSettings()) as ours:
        async def endless():
            while True:
                await ours.render(application(), resume_bytes=pdf_file(), budget_bytes=BUDGET_BYTES)
                print("printed", flush=True)
        await asyncio.gather(endless(), endless(), endless())

asyncio.run(main())
"""


def renderers() -> list[psutil.Process]:
    return [process for process in tree(MARK) if _is_renderer(process)]


def kill_renderers() -> int:
    victims = renderers()
    for process in victims:
        process.send_signal(signal.SIGKILL)
    return len(victims)


def zombies(above: psutil.Process) -> list[psutil.Process]:
    """Ended children nobody has asked about."""
    return [child for child in above.children(recursive=True) if child.status() == psutil.STATUS_ZOMBIE]


def _is_renderer(process: psutil.Process) -> bool:
    try:
        return "--type=renderer" in process.cmdline()
    except psutil.Error:  # it ended while we looked
        return False
