"""The command line as a whole: it teaches, it never prints a traceback, and every listing has --json."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer
from typer.main import get_command

from app import cli
from app.cli.output import ExitCode
from app.cli.service import _roles
from schemas.errors import BadEvent, ConfigError, NotThere, Unreachable
from tests.unit.cli.commands import run


def commands(group: object, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    found = []
    for name, command in getattr(group, "commands", {}).items():
        below = commands(command, (*path, name))
        found += below or [((*path, name), command)]
    return found


ALL = commands(get_command(cli.app))


def test_the_contract_of_commands_is_there() -> None:
    wanted = ["worker", "demo", "migrate", "decide", "publish", "explain"]
    wanted += [f"deliveries {name}" for name in ("list", "show", "retry")]
    wanted += [f"holds {name}" for name in ("list", "release")]
    wanted += [f"dead-letters {name}" for name in ("list", "show")]
    wanted += [f"connection {name}" for name in ("apply", "add", "list", "show")]
    wanted += ["pdf render", "sandbox serve"]
    assert set(wanted) <= {" ".join(path) for path, _ in ALL}


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_says_what_it_does_and_every_option_too(path: tuple[str, ...], command: object) -> None:
    assert getattr(command, "help", None), path
    for parameter in getattr(command, "params", []):
        if isinstance(parameter, typer.core.TyperOption) and parameter.name != "help":
            assert parameter.help, (path, parameter.name)


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_every_listing_and_show_has_json(path: tuple[str, ...], command: object) -> None:
    if path[-1] in ("list", "show", "explain", "decide", "issues", "what-if"):
        assert "--json" in [option for parameter in getattr(command, "params", []) for option in parameter.opts]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("ada"), ExitCode.CONFIG),
        (NotThere("ada"), ExitCode.NOT_FOUND),
        (Unreachable("ada"), ExitCode.UNAVAILABLE),
        (BadEvent("invalid", "x"), ExitCode.BAD_NEWS),
        (ConnectionRefusedError("ada"), ExitCode.UNAVAILABLE),
        (PermissionError(13, "Permission denied", "/nowhere/ada"), ExitCode.CONFIG),
        (KeyError("ada@example.com"), ExitCode.BAD_NEWS),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: Exception, code: ExitCode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise error

    monkeypatch.setattr(cli, "app", failing)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "ada@example.com" not in said


def test_help_is_for_people() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "ats-sync demo" in done.stdout


def test_wrong_usage_is_2() -> None:
    assert run("decide").returncode == ExitCode.USAGE
    assert run("no-such-command").returncode == ExitCode.USAGE


def test_an_unknown_role_is_refused_before_anything_starts() -> None:
    done = run("worker", "--role", "ingest,chief")
    assert done.returncode == ExitCode.USAGE
    assert "console, deliver, files, ingest" in done.stderr


@pytest.mark.parametrize("public", [True, False])
def test_all_serves_links_only_where_there_is_a_public_address(*, public: bool) -> None:
    assert _roles("all", public=public) - {"files"} == {"ingest", "deliver", "console"}
    assert ("files" in _roles("all", public=public)) is public


def test_the_installed_program_answers() -> None:
    """Once as a process of its own: what every other test calls in this one."""
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "vendors", "list", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "webhook" in {card["vendor"] for card in json.loads(done.stdout)}


def test_what_a_task_group_wraps_is_said_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise ExceptionGroup("tasks", [ExceptionGroup("inner", [ConfigError("topic jobs is missing")])])

    monkeypatch.setattr(cli, "app", failing)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == ExitCode.CONFIG
    assert "topic jobs is missing" in capsys.readouterr().err
