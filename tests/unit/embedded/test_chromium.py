"""Which Chromium is taken when several are there."""

from pathlib import Path

import pytest

from app.embedded import chromium
from app.embedded.chromium import find_chromium


def _playwright_shell(folder: Path, revision: int, *, complete: bool = True, name: str = "headless_shell") -> Path:
    version = folder / f"chromium_headless_shell-{revision}"
    executable = version / "chrome-linux" / name
    executable.parent.mkdir(parents=True)
    executable.touch()
    if complete:
        (version / "INSTALLATION_COMPLETE").touch()
    return executable


@pytest.fixture(autouse=True)
def an_ordinary_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)


@pytest.fixture
def nothing_in_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_SYSTEM_PATHS", ())
    monkeypatch.setattr(chromium, "_SYSTEM_NAMES", ())


def test_the_newest_of_playwrights_own_comes_first(tmp_path: Path) -> None:
    _playwright_shell(tmp_path, 999)
    newest = _playwright_shell(tmp_path, 1255, name="chrome-headless-shell")
    _playwright_shell(tmp_path, 1254)
    assert find_chromium(tmp_path) == newest


def test_a_broken_download_is_not_taken(tmp_path: Path) -> None:
    whole = _playwright_shell(tmp_path, 1254)
    _playwright_shell(tmp_path, 1255, complete=False)
    assert find_chromium(tmp_path) == whole


def test_without_playwrights_own_the_systems_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "chromium-headless-shell"
    installed.touch()
    monkeypatch.setattr(chromium, "_SYSTEM_PATHS", (tmp_path / "absent", installed))
    assert find_chromium(tmp_path) == installed


def test_a_name_on_the_path_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium"
    program.touch(mode=0o755)
    monkeypatch.setattr(chromium, "_SYSTEM_PATHS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium(tmp_path) == program


def test_as_root_one_that_other_users_can_run_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = _playwright_shell(tmp_path, 1255)
    closed.parent.chmod(0o700)
    system = Path("/bin/sh")
    monkeypatch.setattr(chromium, "_SYSTEM_PATHS", (system,))
    assert find_chromium(tmp_path) == closed
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert find_chromium(tmp_path) == system


def test_as_root_one_that_only_root_can_run_is_better_than_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_in_the_system: None
) -> None:
    closed = _playwright_shell(tmp_path, 1255)
    closed.parent.chmod(0o700)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert find_chromium(tmp_path) == closed


@pytest.mark.usefixtures("nothing_in_the_system")
def test_none_is_none(tmp_path: Path) -> None:
    assert find_chromium(tmp_path) is None


def test_a_user_without_a_home_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_in_the_system: None
) -> None:
    """A container may run us as a number that no list of users knows."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 54_321)
    monkeypatch.chdir(tmp_path)
    find_chromium()
