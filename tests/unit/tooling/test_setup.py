"""What set-up decides; what it installs is seen by every clean clone."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import browser, debian, python, setup
from tools.running import SetupError


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks as if set-up had just ended there."""
    for name in ("pyproject.toml", "uv.lock", "tools/setup.py", ".venv/bin/python", "chromium"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "VENV_PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(setup, "STAMP", tmp_path / ".venv/stamp.json")
    setup.write_stamp(tmp_path / "chromium")
    return tmp_path


def _program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_second_run_does_nothing(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main([]) == 0
    assert "everything is in place" in capsys.readouterr().out
    assert clone.exists()


@pytest.mark.parametrize("home", ["/nonexistent", "/proc"])
def test_a_home_that_cannot_be_written_is_replaced_for_pip_and_uv(
    clone: Path, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("os.access", lambda path, _: path != home)  # root may write everywhere
    setup.main([])
    assert os.environ["HOME"] == str(clone / ".venv")


@pytest.mark.parametrize("name", ["pyproject.toml", "uv.lock", "tools/setup.py"])
def test_a_changed_input_makes_it_run_again(clone: Path, name: str) -> None:
    (clone / name).write_text("changed")
    assert not setup.is_current()


@pytest.mark.parametrize("name", [".venv/bin/python", "chromium", ".venv/stamp.json"])
def test_something_removed_makes_it_run_again(clone: Path, name: str) -> None:
    (clone / name).unlink()
    assert not setup.is_current()


def test_a_stamp_that_is_no_json_makes_it_run_again(clone: Path) -> None:
    setup.STAMP.write_text("{")
    assert not setup.is_current()
    assert clone.exists()


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A .venv whose interpreter runs, made where it is."""
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/activate").write_text(f"VIRTUAL_ENV={folder}")
    monkeypatch.setattr(python, "VENV", folder)
    monkeypatch.setattr(python, "VENV_PYTHON", _program(folder / "bin", "python", "echo 3 12"))
    return folder


def test_an_interpreter_that_does_not_run_or_is_too_old_or_too_new_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = [
        tmp_path / "absent",
        _program(tmp_path, "shim", "exit 127"),
        _program(tmp_path, "old", "echo 3 10"),
        _program(tmp_path, "new", "echo 3 14"),
        _program(tmp_path, "right", "echo 3 12"),
    ]
    monkeypatch.setattr(python, "VENV", tmp_path / "absent")
    monkeypatch.setattr(sys, "executable", str(candidates[1]))
    monkeypatch.setattr(python, "_on_path", lambda: candidates[2:4])
    monkeypatch.setattr(python, "_of_pyenv", lambda: candidates[4:])
    assert python.choose() == candidates[4]
    monkeypatch.setattr(python, "_of_pyenv", list)
    with pytest.raises(SetupError, match=r"3\.11, 3\.12 or 3\.13 .* apt install python3 python3-venv"):
        python.choose()


def test_our_own_environment_is_kept_and_one_that_was_moved_is_made_anew(venv: Path) -> None:
    assert python.choose() == venv / "bin/python"
    (venv / "bin/activate").write_text("VIRTUAL_ENV=/where/it/was/.venv")
    assert python.choose() != venv / "bin/python"


def test_who_may_not_install_is_told_everything_in_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "is_debian", lambda: True)
    monkeypatch.setattr(debian, "missing", lambda packages: [one for one in packages if one != "fonts-nanum"])
    said = debian.ask_for("python3-venv")
    assert "apt install python3-venv libatomic1 chromium-headless-shell fonts-liberation" in said
    assert "fonts-nanum" not in said


def _installs(library: Path) -> Callable[[list[str]], bool]:
    def install(packages: list[str]) -> bool:
        library.touch()
        return packages == ["libatomic1"]

    return install


@pytest.mark.parametrize("may_install", [True, False])
def test_a_driver_that_lacks_its_library_gets_it_or_set_up_stops_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, may_install: bool
) -> None:
    library = tmp_path / "libatomic.so.1"
    monkeypatch.setattr(browser, "PLAYWRIGHT", _program(tmp_path, "playwright", f"test -e {library}"))
    monkeypatch.setattr(debian, "may_install", lambda: may_install)
    monkeypatch.setattr(debian, "install", _installs(library))
    if may_install:
        browser.ensure_driver()
        assert library.exists()
        return
    with pytest.raises(SetupError, match=r"driver does not start.*apt install libatomic1"):
        browser.ensure_driver()


def test_a_browser_counts_only_when_it_prints(tmp_path: Path) -> None:
    writes = 'for word in "$@"; do case $word in --print-to-pdf=*) echo "%PDF-1.4" > "${word#*=}";; esac; done'
    assert browser.prints(_program(tmp_path, "whole", writes))
    assert not browser.prints(_program(tmp_path, "without-libraries", "exit 127"))
    assert not browser.prints(tmp_path / "absent")


def test_when_it_stops_it_says_why_and_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> Path:
        raise SetupError("no Python here")

    monkeypatch.setattr(python, "choose", refuse)
    monkeypatch.setattr(setup, "STAMP", tmp_path / "absent")
    assert setup.main([]) == 1
    assert "Set-up stopped: no Python here" in capsys.readouterr().err
