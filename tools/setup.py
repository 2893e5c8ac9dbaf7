"""Makes a fresh clone ready to run: .venv, locked dependencies, Chromium and fonts. Run again, it changes nothing."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools import browser, python
from tools.running import ROOT, VENV, VENV_PYTHON, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAMP = VENV / "ats-sync-setup.json"


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the clone is ready, 1 when a person has to help; the last line says which."""
    arguments = _parser().parse_args(argv)
    started = time.monotonic()
    if not os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111 - Path's own raises where nobody has a home
        os.environ["HOME"] = str(VENV)  # pip, uv and Playwright's driver do not work without one
    try:
        if not arguments.force and is_current():
            print(f"Set-up: everything is in place ({VENV.name}, {_stamp()['chromium']}).")
            return 0
        _set_up()
    except SetupError as error:
        print(f"\nSet-up stopped: {error}", file=sys.stderr)
        return 1
    print(f"Set-up: ready in {time.monotonic() - started:.1f} s. Next: make demo, or make test.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m tools.setup",
        description=(__doc__ or "")
        + " As root on Debian it may install a Chromium and fonts with apt; otherwise it says what is missing.",
    )
    parser.add_argument("--force", action="store_true", help="do every step again, even when nothing changed")
    return parser


def _set_up() -> None:
    with _step("Python"):
        python.make_venv(python.choose())
    with _step("Dependencies, as locked in uv.lock"):
        python.install_dependencies()
        python.say_platform_limits()
    with _step("Chromium, to print PDFs"):
        browser.ensure_driver()
        chromium = browser.ensure_chromium()
    with _step("Fonts"):
        browser.ensure_fonts()
    write_stamp(chromium)


@contextmanager
def _step(title: str) -> Iterator[None]:
    print(f"- {title} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.1f} s", flush=True)


# --- what was done already ---------------------------------------------------------------------------------------


def _stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(chromium: Path) -> None:
    """Remembers that all of it is done, for these inputs."""
    STAMP.write_text(json.dumps({"inputs": _inputs_digest(), "chromium": str(chromium)}), encoding="utf-8")


def is_current() -> bool:
    """Nothing that set-up reads changed since, and what it made is still there."""
    stamp = _stamp()
    chromium = stamp.get("chromium", "")
    return VENV_PYTHON.exists() and stamp.get("inputs") == _inputs_digest() and Path(chromium).is_file()


def _inputs_digest() -> str:
    digest = hashlib.sha256()
    for path in (ROOT / "pyproject.toml", ROOT / "uv.lock", *sorted((ROOT / "tools").glob("*.py"))):
        digest.update(path.read_bytes())
    digest.update(str(ROOT).encode())  # an environment moved elsewhere has wrong paths inside
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
