"""Java programs that are no part of the service: their jars, fetched once through Maven into a cache."""

import os
import shutil
import subprocess
from pathlib import Path

from app.embedded.home import at_home
from schemas.errors import ConfigError

_FETCH_S = 600


def fetch_jars(name: str, pom: Path, cache: Path | None = None) -> Path:
    """The folder with all that `pom` asks for, downloaded into `cache` (default: ~/.cache/ats-sync) unless it is there.

    `name` stands in errors and, like `kafka-4.4.0`, names the folder, so it has the version. Raises ConfigError
    when Maven is missing or fails.
    """
    folder = (cache or at_home("~/.cache/ats-sync")) / name
    if not folder.is_dir():
        _download(find_program("mvn", f"{name} needs Maven"), pom, folder)
    return folder


def find_program(program: str, wanted: str) -> str:
    """Where it is. Raises ConfigError, which says what is `wanted`."""
    found = shutil.which(program)
    if found is None:
        message = f"{wanted}: no `{program}` on the PATH"
        raise ConfigError(message)
    return found


def _download(maven: str, pom: Path, folder: Path) -> None:
    unfinished = folder.with_name(f".new-{folder.name}-{os.getpid()}")
    done = subprocess.run(  # noqa: S603 - Maven with our own pom
        [maven, "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={unfinished}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_FETCH_S,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        first_lines = " | ".join(done.stdout.splitlines()[:3])
        message = f"Maven could not fetch {folder.name}: {first_lines}"
        raise ConfigError(message)
    unfinished.rename(folder)
