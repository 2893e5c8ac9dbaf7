"""Makes a fresh clone ready to run: .venv, locked dependencies, Chromium and fonts. Run again, it changes nothing."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ats-sync-setup.json"
OLDEST, NEWEST = (3, 11), (3, 13)
UV_REQUIREMENT = "uv==0.13.9"  # any uv that reads our lock will do; this one is known to
BROWSER_DOWNLOAD_S = 60
# Root's own cache is closed to others, and Chromium keeps its sandbox only for another user than root.
SHARED_BROWSERS = "/var/cache/ats-sync/ms-playwright"
APT_LOCK_S = 300
APT_CHROMIUM = "chromium-headless-shell"
FONT_PACKAGES = (  # which scripts need which face: docs of the PDF, section on fonts
    "fonts-liberation",
    "fonts-noto-core",
    "fonts-noto-color-emoji",
    "fonts-droid-fallback",
    "fonts-nanum",
    "fonts-open-sans",
)


class SetupError(Exception):
    """Set-up cannot go on; the text says what a person has to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the clone is ready, 1 when a person has to help; the last line says which."""
    arguments = _parser().parse_args(argv)
    started = time.monotonic()
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
        prog="tools/setup.py",
        description=(__doc__ or "")
        + " As root on Debian it may install a Chromium and fonts with apt; otherwise it says what is missing.",
    )
    parser.add_argument("--force", action="store_true", help="do every step again, even when nothing changed")
    return parser


def _set_up() -> None:
    with _step("Python"):
        python = choose_python()
        _make_venv(python)
    with _step("Dependencies, as locked in uv.lock"):
        _install_dependencies()
        _say_platform_limits()
    with _step("Chromium, to print PDFs"):
        chromium = _ensure_chromium()
    with _step("Fonts"):
        _ensure_fonts()
    write_stamp(chromium)


@contextmanager
def _step(title: str) -> Iterator[None]:
    print(f"- {title} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.1f} s", flush=True)


def _note(text: str) -> None:
    print(f"  {text}", flush=True)


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
    for name in ("pyproject.toml", "uv.lock", "tools/setup.py"):
        digest.update((ROOT / name).read_bytes())
    digest.update(str(ROOT).encode())  # an environment moved elsewhere has wrong paths inside
    return digest.hexdigest()


# --- python and dependencies -------------------------------------------------------------------------------------


def choose_python() -> Path:
    """Raises SetupError when no interpreter of a supported version runs."""
    for candidate in (VENV_PYTHON, Path(sys.executable), *_pythons_on_path(), *_pyenv_pythons()):
        version = _version_of(candidate)
        if version and OLDEST <= version <= NEWEST:
            _note(f"{version[0]}.{version[1]} at {candidate}")
            return candidate
    message = "Python 3.11, 3.12 or 3.13 is needed. On Debian: apt install python3 python3-venv."
    raise SetupError(message)


def _pythons_on_path() -> list[Path]:
    found = (shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], NEWEST[1] + 1))
    return [Path(path) for path in found if path]


def _pyenv_pythons() -> list[Path]:
    versions = Path.home() / ".pyenv" / "versions"
    return sorted(versions.glob("3.1[1-3].*/bin/python"))


def _version_of(python: Path) -> tuple[int, int] | None:
    """None when it is not there or does not run: a pyenv shim exists for versions that are not selected."""
    code = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor = done.stdout.split()
    return int(major), int(minor)


def _make_venv(python: Path) -> None:
    if python == VENV_PYTHON:
        return
    if _run([python, "-m", "venv", "--clear", VENV], quiet=True):
        return
    uv = shutil.which("uv")
    if uv and _run([uv, "venv", "--quiet", "--clear", "--python", python, VENV]):
        return
    # Debian's python3 comes without ensurepip.
    if _may_use_apt() and _apt_install(["python3-venv"]) and _run([python, "-m", "venv", "--clear", VENV]):
        return
    message = f"{python} could not make {VENV}. On Debian: apt install python3-venv, then run this again."
    raise SetupError(message)


def _install_dependencies() -> None:
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    on_path = shutil.which("uv")
    if on_path and _sync(Path(on_path), environment):
        return
    uv = VENV / "bin" / "uv"
    if not uv.exists() and not _run([VENV_PYTHON, "-m", "pip", "install", "--quiet", UV_REQUIREMENT]):
        message = "uv could not be installed into .venv: pip's own words are above."
        raise SetupError(message)
    if not _sync(uv, environment):
        message = "the locked dependencies could not be installed: uv's own words are above."
        raise SetupError(message)


def _sync(uv: Path, environment: dict[str, str]) -> bool:
    # inexact: leave pip and uv themselves in the environment
    command: list[str | Path] = [uv, "sync", "--frozen", "--inexact", "--quiet", "--python", VENV_PYTHON]
    return _run(command, environment=environment)


def _say_platform_limits() -> None:
    if sys.platform == "darwin" or (sys.platform == "linux" and platform.machine() == "x86_64"):
        return
    _note(f"no embedded broker for {sys.platform} {platform.machine()}: give --kafka URL,")
    _note("or have Java 17 and Maven and run `make kafka` once (Apache Kafka: docs/demo.md).")


# --- Chromium and fonts ------------------------------------------------------------------------------------------


def _ensure_chromium() -> Path:
    """Playwright's own download if that works, else what the system has, else apt's."""
    for attempt in (_download_chromium, _nothing_more, _apt_chromium):
        attempt()
        found = _find_chromium()
        if found and prints(found):
            _note(str(found))
            return found
    message = "no Chromium that starts. Install chromium-headless-shell or chromium, then run this again."
    raise SetupError(message)


def _download_chromium() -> None:
    playwright = VENV / "bin" / "playwright"
    command: list[str | Path] = [playwright, "install", "chromium-headless-shell"]
    environment = dict(os.environ)
    if os.geteuid() == 0:
        environment["PLAYWRIGHT_BROWSERS_PATH"] = SHARED_BROWSERS
    if not _run(command, environment=environment, quiet=True, timeout_s=BROWSER_DOWNLOAD_S):
        _note("Playwright's own download did not work here; looking for the system's")


def _nothing_more() -> None:
    """The system may have one already."""


def _apt_chromium() -> None:
    if _may_use_apt():
        _apt_install([APT_CHROMIUM])


def _find_chromium() -> Path | None:
    code = "from app.embedded.chromium import find_chromium; print(find_chromium() or '')"
    done = subprocess.run([VENV_PYTHON, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()) if done.stdout.strip() else None


def prints(chromium: Path) -> bool:
    """A browser without its system libraries exists and does not start: only a printed page proves it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.pdf"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        _run([chromium, *flags, f"--print-to-pdf={target}", "about:blank"], quiet=True, timeout_s=60)
        return target.is_file() and target.read_bytes().startswith(b"%PDF")


def _ensure_fonts() -> None:
    if not shutil.which("dpkg-query"):
        _note("not Debian: see that Liberation, Open Sans, Noto, Noto Color Emoji, a CJK face and Nanum are installed")
        return
    missing = [name for name in FONT_PACKAGES if not _has_package(name)]
    if missing and _may_use_apt():
        _apt_install(missing)
        missing = [name for name in missing if not _has_package(name)]
    if missing:
        _note(f"missing, so some scripts will look plain: apt install {' '.join(missing)}")


def _has_package(name: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout == "installed"


def _may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_install(packages: Sequence[str]) -> bool:
    """True when all went in; when one is unknown to this Debian, the others still do."""
    _note(f"apt-get install {' '.join(packages)}")
    apt = ["apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={APT_LOCK_S}"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run([*apt, "update"], environment=environment, quiet=True)
    install = [*apt, "install", "-y", "--no-install-recommends"]
    if _run([*install, *packages], environment=environment, quiet=True):
        return True
    one_by_one = [_run([*install, package], environment=environment) for package in packages]
    return all(one_by_one)


def _run(
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


if __name__ == "__main__":
    sys.exit(main())
