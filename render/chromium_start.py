"""How Chromium is started: with which arguments, in which surroundings, with which folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from render.browser_processes import is_running
from render.browser_settings import BrowserSettings
from render.devtools import MOST_BYTES

# Descriptors 3 and 4 are where Chromium reads and writes its protocol.
_ONTO_PIPES: Final = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
_ARGUMENTS: Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-startup-window",
    # Beside CSP, JavaScript off and offline: pdf.md section 9. Every layer alone had a hole; together 0 of 96 vectors.
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--blink-settings=scriptEnabled=false",
    # Nothing of its own accord: no traffic, no crash dumps (a page is people's data), no questions.
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
    # The same on every machine, and at full speed although nobody looks.
    "--disable-back-forward-cache",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-dev-shm-usage",
    "--disable-field-trial-config",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-renderer-backgrounding",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--enable-begin-frame-control",  # none is asked for: a sixth of the time went there
)
# Of our surroundings the browser gets these and no secret.
_ENVIRONMENT: Final = (
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
    "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
)  # fmt: skip
_FOLDER: Final = "ats-sync-chromium-"


async def started(settings: BrowserSettings, mark: str, folder: Path) -> asyncio.subprocess.Process:
    """A Chromium that speaks its protocol on its standard input and output. Raises OSError."""
    sandbox = () if settings.sandbox else ("--no-sandbox",)
    command = (str(settings.executable), *_ARGUMENTS, *sandbox, f"--user-data-dir={folder}", mark)
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        _ONTO_PIPES,
        "chromium",
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=MOST_BYTES,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        start_new_session=True,  # Ctrl-C at a terminal is for us: what is under way is printed first
    )


def clear_folders() -> None:
    """Away with those of processes that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        owner = left.name.removeprefix(_FOLDER).partition("-")[0]
        if owner.isdigit() and not is_running(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def own_folder() -> Path:
    """For one browser of this process. Raises OSError."""
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
