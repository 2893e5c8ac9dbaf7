"""What every step of set-up shares: where the clone is, how a program is run, and how set-up stops."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"


class SetupError(Exception):
    """Set-up cannot go on; the text says what a person has to do."""


def note(text: str) -> None:
    print(f"  {text}", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    environment: dict[str, str] | None = None,
    quiet: bool = False,
    timeout_s: float | None = None,
) -> bool:
    """True when it ended with 0. Never reads the terminal."""
    output = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
