"""Debian's packages: which are missing, installed as root with apt, and named in one command to everybody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tools.running import note, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

APT_LOCK_S = 300
VENV_PACKAGE = "python3-venv"  # Debian's python3 comes without ensurepip
DRIVER_PACKAGE = "libatomic1"  # of the Node.js inside Playwright
CHROMIUM_PACKAGE = "chromium-headless-shell"
FONT_PACKAGES = (  # which scripts need which face: docs of the PDF, section on fonts
    "fonts-liberation",
    "fonts-noto-core",
    "fonts-noto-color-emoji",
    "fonts-droid-fallback",
    "fonts-nanum",
    "fonts-open-sans",
)
_WANTED = (DRIVER_PACKAGE, CHROMIUM_PACKAGE, *FONT_PACKAGES)


def is_debian() -> bool:
    return shutil.which("dpkg-query") is not None


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing(packages: Iterable[str]) -> list[str]:
    return [name for name in packages if not _is_installed(name)]


def ask_for(*needed: str) -> str:
    """What somebody has to type who may: `needed`, and all else that set-up would stop or complain for later."""
    wanted = dict.fromkeys((*needed, *(missing(_WANTED) if is_debian() else ())))
    return f"As root on Debian: apt install {' '.join(wanted)}. Then run this again."


def install(packages: Sequence[str]) -> bool:
    """True when all went in; when one is unknown to this Debian, the others still do."""
    note(f"apt-get install {' '.join(packages)}")
    apt = ["apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={APT_LOCK_S}"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run([*apt, "update"], environment=environment, quiet=True)
    command = [*apt, "install", "-y", "--no-install-recommends"]
    if run([*command, *packages], environment=environment, quiet=True):
        return True
    one_by_one = [run([*command, package], environment=environment) for package in packages]
    return all(one_by_one)


def _is_installed(name: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout == "installed"
