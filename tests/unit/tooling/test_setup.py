"""What set-up decides; what it installs is seen by every clean clone."""

import sys
from pathlib import Path

import pytest

from tools import setup


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
    monkeypatch.setattr(setup, "VENV_PYTHON", candidates[0])
    monkeypatch.setattr(sys, "executable", str(candidates[1]))
    monkeypatch.setattr(setup, "_pythons_on_path", lambda: candidates[2:4])
    monkeypatch.setattr(setup, "_pyenv_pythons", lambda: candidates[4:])
    assert setup.choose_python() == candidates[4]
    monkeypatch.setattr(setup, "_pyenv_pythons", list)
    with pytest.raises(setup.SetupError, match=r"3\.11, 3\.12 or 3\.13"):
        setup.choose_python()


def test_a_browser_counts_only_when_it_prints(tmp_path: Path) -> None:
    writes = 'for word in "$@"; do case $word in --print-to-pdf=*) echo "%PDF-1.4" > "${word#*=}";; esac; done'
    assert setup.prints(_program(tmp_path, "whole", writes))
    assert not setup.prints(_program(tmp_path, "without-libraries", "exit 127"))
    assert not setup.prints(tmp_path / "absent")


def test_when_it_stops_it_says_why_and_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> Path:
        message = "no Python here"
        raise setup.SetupError(message)

    monkeypatch.setattr(setup, "choose_python", refuse)
    monkeypatch.setattr(setup, "STAMP", tmp_path / "absent")
    assert setup.main([]) == 1
    assert "Set-up stopped: no Python here" in capsys.readouterr().err
