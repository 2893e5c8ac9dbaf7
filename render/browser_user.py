"""Keeps Chromium's sandbox on where this service runs as root: the browser alone is started as an unprivileged user.

Chromium refuses its sandbox to root (its own docs/linux/sandboxing.md). A wrapper gives the profile folder
to `nobody`, drops to that user and becomes the browser, so that pipes, signals and the process id stay what they were.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import Final

from schemas.errors import ConfigError

_NOBODY: Final = 65_534  # the overflow user id of Linux: owns nothing
_READ_AND_RUN: Final = 0o005
_SCRIPT: Final = """#!/bin/sh
for word in "$@"; do case $word in --user-data-dir=*) chown -R {user}:{user} "${{word#*=}}";; esac; done
HOME=/nonexistent exec {setpriv} --reuid={user} --regid={user} --clear-groups {browser} "$@"
"""


def needs_another_user() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def as_nobody(executable: Path, folder: Path) -> Path:
    """A program in `folder` that runs `executable` as nobody. Raises ConfigError where that cannot work."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ConfigError(_advice("the program setpriv (util-linux) is missing"))
    if not _readable_by_others(executable):
        raise ConfigError(_advice(f"{executable} cannot be read by other users than root"))
    folder.mkdir(parents=True, exist_ok=True)
    wrapper = folder / "chromium-as-nobody"
    text = _SCRIPT.format(user=_NOBODY, setpriv=shlex.quote(setpriv), browser=shlex.quote(str(executable)))
    if not wrapper.exists() or wrapper.read_text() != text:
        fresh = wrapper.with_suffix(f".{os.getpid()}")
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.replace(wrapper)  # at once: another process may be starting it
    return wrapper


def _readable_by_others(executable: Path) -> bool:
    real = executable.resolve()
    folders_open = all(folder.stat().st_mode & 0o001 for folder in real.parents)
    return folders_open and real.stat().st_mode & _READ_AND_RUN == _READ_AND_RUN


def _advice(why: str) -> str:
    return (
        f"Chromium's sandbox cannot be kept on as root: {why}. Run as another user, or set "
        "ATS_SYNC_CHROMIUM_SANDBOX=false where resumes are trusted or the container is the sandbox"
    )
