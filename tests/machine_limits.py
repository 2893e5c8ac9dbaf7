"""What a test needs and a machine may lack. There the test is skipped and says why; CI has it all, so there it fails.

CI is told by `CI=true`, as hosted runners set it and `.ci/run` does.
"""

import asyncio
import functools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from app.embedded.chromium import find_chromium
from app.settings import load


def programs_lack(*programs: str) -> str:
    """Which of them this machine has not; empty where all are there."""
    missing = [name for name in programs if shutil.which(name) is None]
    return f"no {' and no '.join(missing)} on the PATH" if missing else ""


@functools.cache
def sandbox_lacks() -> str:
    """Why Chromium's sandbox cannot be tried here; empty where it can. Starts a Chromium once."""
    # Late, so that tests without a browser do not load it.
    from app.wiring.rendering import sandbox_refused  # noqa: PLC0415

    if find_chromium() and asyncio.run(sandbox_refused(load({}))):
        return "this kernel refuses Chromium's sandbox"
    return ""


_LACKS: Final[Mapping[str, Callable[[], str]]] = {
    "java": functools.partial(programs_lack, "java", "mvn"),
    "jdk": functools.partial(programs_lack, "java", "javac", "mvn"),
    "chromium_sandbox": sandbox_lacks,
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, lacks in _LACKS.items():
        if item.get_closest_marker(name) and (why := lacks()):
            _leave_out(f"{name}: {why}")


def _leave_out(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}, and in CI no test is left out", pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def chromium_path() -> Iterator[Path]:
    """Run without its sandbox where the kernel refuses it; what tests the sandbox itself is left out there."""
    found = find_chromium()
    assert found, "no Chromium: run make setup"
    with pytest.MonkeyPatch.context() as patch:
        if sandbox_lacks():
            patch.setenv("ATS_SYNC_CHROMIUM_SANDBOX", "false")
        yield found
