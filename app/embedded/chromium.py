"""Finds the Chromium that prints the PDFs: Playwright's own first, then what the system has."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from app.embedded.home import at_home

# Playwright writes this file last, so a folder without it is a broken download.
_COMPLETE = "INSTALLATION_COMPLETE"
_SHELL_NAMES = ("chrome-headless-shell", "headless_shell")
_PLAYWRIGHT_FOLDERS = (
    "/ms-playwright",  # Playwright's image
    "/var/cache/ats-sync/ms-playwright",  # where set-up puts it when run as root, see tools/setup.py
    "~/.cache/ms-playwright",
    "~/Library/Caches/ms-playwright",
)
_SYSTEM_PATHS = (
    # Debian's /usr/bin entries are wrappers in shell; the binary itself starts quicker and is what gets killed.
    Path("/usr/lib/chromium/chromium-headless-shell"),
    Path("/usr/bin/chromium-headless-shell"),
)
_SYSTEM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium(browsers_path: Path | None = None) -> Path | None:
    """The executable that prints, or None when there is none.

    `browsers_path` is where Playwright keeps its browsers when that is not one of the usual places.
    The headless shell is preferred: it prints a PDF at about 60 % of the cost of the new headless mode (measured).
    As root, one that other users can run is preferred, because Chromium keeps its sandbox only for them.
    """
    folders = [browsers_path] if browsers_path else [at_home(path) for path in _PLAYWRIGHT_FOLDERS]
    found = [*_playwright_shells(folders), *_system_chromiums()]
    if os.geteuid() == 0:
        found.sort(key=lambda executable: not _others_can_run(executable))
    return found[0] if found else None


def _playwright_shells(folders: list[Path]) -> Iterator[Path]:
    versions = [version for folder in folders for version in folder.glob("chromium_headless_shell-*")]
    for version in sorted(versions, key=_revision, reverse=True):
        if (version / _COMPLETE).is_file():
            yield from (path for name in _SHELL_NAMES for path in version.glob(f"*/{name}"))


def _revision(folder: Path) -> int:
    digits = folder.name.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _system_chromiums() -> Iterator[Path]:
    yield from (path for path in _SYSTEM_PATHS if path.is_file())
    yield from (Path(path) for path in map(shutil.which, _SYSTEM_NAMES) if path)


def _others_can_run(executable: Path) -> bool:
    real = executable.resolve()
    return all(path.stat().st_mode & 0o001 for path in (real, *real.parents))
