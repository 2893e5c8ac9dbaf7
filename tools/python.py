"""Python for the clone: an interpreter of a supported version, .venv, and the dependencies as uv.lock has them."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tools import debian
from tools.running import VENV, VENV_PYTHON, SetupError, note, run

OLDEST, NEWEST = (3, 11), (3, 13)
UV_REQUIREMENT = "uv==0.13.9"  # any uv that reads our lock will do; this one is known to


def choose() -> Path:
    """Raises SetupError when no interpreter of a supported version runs."""
    for candidate in (*_ours(), Path(sys.executable), *_on_path(), *_of_pyenv()):
        version = _version_of(candidate)
        if version and OLDEST <= version <= NEWEST:
            note(f"{version[0]}.{version[1]} at {candidate}")
            return candidate
    raise SetupError(f"Python 3.11, 3.12 or 3.13 is needed. {debian.ask_for('python3', debian.VENV_PACKAGE)}")


def _ours() -> list[Path]:
    """The interpreter of .venv, unless the folder was made elsewhere: then every program in it names the old place."""
    try:
        made_here = str(VENV) in (VENV / "bin" / "activate").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    return [VENV_PYTHON] if made_here else []


def _on_path() -> list[Path]:
    found = (shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], NEWEST[1] + 1))
    return [Path(path) for path in found if path]


def _of_pyenv() -> list[Path]:
    versions = Path(os.path.expanduser("~/.pyenv/versions"))  # noqa: PTH111 - Path's own raises where nobody has a home
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


def make_venv(python: Path) -> None:
    """Raises SetupError where neither this interpreter nor uv can make .venv."""
    if python == VENV_PYTHON:
        return
    if run([python, "-m", "venv", "--clear", VENV], quiet=True):
        return
    uv = shutil.which("uv")
    if uv and run([uv, "venv", "--quiet", "--clear", "--python", python, VENV]):
        return
    installed = debian.may_install() and debian.install([debian.VENV_PACKAGE])
    if installed and run([python, "-m", "venv", "--clear", VENV]):
        return
    raise SetupError(f"{python} could not make {VENV}. {debian.ask_for(debian.VENV_PACKAGE)}")


def install_dependencies() -> None:
    """Raises SetupError after the words of pip or uv."""
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    on_path = shutil.which("uv")
    if on_path and _sync(Path(on_path), environment):
        return
    uv = VENV / "bin" / "uv"
    if not uv.exists() and not run([VENV_PYTHON, "-m", "pip", "install", "--quiet", UV_REQUIREMENT]):
        raise SetupError("uv could not be installed into .venv: pip's own words are above.")
    if not _sync(uv, environment):
        raise SetupError("the locked dependencies could not be installed: uv's own words are above.")


def say_platform_limits() -> None:
    if sys.platform == "darwin" or (sys.platform == "linux" and platform.machine() == "x86_64"):
        return
    note(f"no embedded broker for {sys.platform} {platform.machine()}: give --kafka URL,")
    note("or have Java 17 and Maven and run `make kafka` once (Apache Kafka: docs/demo.md).")


def _sync(uv: Path, environment: dict[str, str]) -> bool:
    # inexact: leave pip and uv themselves in the environment
    command: list[str | Path] = [uv, "sync", "--frozen", "--inexact", "--quiet", "--python", VENV_PYTHON]
    return run(command, environment=environment)
