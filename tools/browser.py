"""Chromium for the clone: Playwright's own, else the system's, else apt's; proven by a page it prints."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tools import debian
from tools.running import ROOT, VENV, VENV_PYTHON, SetupError, note, run

DOWNLOAD_S = 60
PLAYWRIGHT = VENV / "bin" / "playwright"
# Root's own cache is closed to others, and Chromium keeps its sandbox only for another user than root.
SHARED_BROWSERS = "/var/cache/ats-sync/ms-playwright"


def ensure_driver() -> None:
    """Playwright's driver, which downloads Chromium and drives the tests of the pages. Raises SetupError without it."""
    if _driver_starts():
        return
    if debian.may_install() and debian.install([debian.DRIVER_PACKAGE]) and _driver_starts():
        return
    run([PLAYWRIGHT, "--version"])
    raise SetupError(
        f"Playwright's driver does not start: its own words are above. {debian.ask_for(debian.DRIVER_PACKAGE)}"
    )


def ensure_chromium() -> Path:
    """One that prints. Raises SetupError where there is none."""
    for attempt in (_download, _install):
        attempt()
        found = _find()
        if found and prints(found):
            note(str(found))
            return found
    raise SetupError(f"no Chromium that starts. {debian.ask_for(debian.CHROMIUM_PACKAGE)}")


def prints(chromium: Path) -> bool:
    """A browser without its system libraries exists and does not start: only a printed page proves it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.pdf"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        run([chromium, *flags, f"--print-to-pdf={target}", "about:blank"], quiet=True, timeout_s=60)
        return target.is_file() and target.read_bytes().startswith(b"%PDF")


def ensure_fonts() -> None:
    if not debian.is_debian():
        note("not Debian: see that Liberation, Open Sans, Noto, Noto Color Emoji, a CJK face and Nanum are installed")
        return
    missing = debian.missing(debian.FONT_PACKAGES)
    if missing and debian.may_install():
        debian.install(missing)
        missing = debian.missing(missing)
    if missing:
        note(f"without these the demo and the tests of fonts fail: apt install {' '.join(missing)}")


def _driver_starts() -> bool:
    return run([PLAYWRIGHT, "--version"], quiet=True)


def _download() -> None:
    environment = dict(os.environ)
    if os.geteuid() == 0:
        environment["PLAYWRIGHT_BROWSERS_PATH"] = SHARED_BROWSERS
    command: list[str | Path] = [PLAYWRIGHT, "install", "chromium-headless-shell"]
    if not run(command, environment=environment, quiet=True, timeout_s=DOWNLOAD_S):
        note("Playwright's own download did not work here; looking for the system's")


def _install() -> None:
    if debian.may_install():
        debian.install([debian.CHROMIUM_PACKAGE])


def _find() -> Path | None:
    code = "from app.embedded.chromium import find_chromium; print(find_chromium() or '')"
    done = subprocess.run([VENV_PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()) if done.stdout.strip() else None
