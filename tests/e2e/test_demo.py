"""`ats-sync demo` as a newcomer runs it: its exit status, its table, its three PDFs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.employers import employers
from render.verify import verify

pytestmark = pytest.mark.e2e
_COMMAND = (sys.executable, "-c", "from app.cli import main; main()", "demo", "--seed", "11")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        _COMMAND, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False
    )
    return done, folder


def test_it_ends_as_its_manifest_says(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, _ = demo
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
    assert "0 lost, 0 twice" in done.stdout


def test_its_table_names_every_employer(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    words = " ".join(demo[0].stdout.split())
    for employer in employers().values():
        assert employer.name.split()[0] in words


def test_its_three_pdfs_are_whole_profiles(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = demo
    paths = [folder / path for path in re.findall(r"a finished profile: (\S+\.pdf)", done.stdout)]
    assert len(paths) == 3
    assert all(verify(path.read_bytes()).intact for path in paths)


def test_its_workers_log_was_kept(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    assert (demo[1] / "var" / "demo" / "worker.log").is_file()
