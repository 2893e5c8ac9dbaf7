"""How embedded servers begin and end: with their owner, whatever happens to it, and without leaving anything."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.embedded.process import ServerCommand, ServerProcess, accepts_connections, find_free_ports
from app.embedded.run_dir import RunDir, make_run_dir, servers_dir, sweep
from schemas.errors import ConfigError

pytestmark = pytest.mark.service

_ROOT = Path(__file__).resolve().parents[2]
_GONE_S = 20
_OWNER = """
import asyncio, sys
from app.embedded.broker import start_broker
from app.embedded.postgres import start_postgres

async def main() -> None:
    print((await start_broker()).pid, (await start_postgres()).pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
_OWNER_OF_A_SURVIVOR = """
import asyncio
from app.embedded.broker import start_broker
print(asyncio.run(start_broker(outlives_owner=True)).pid, flush=True)
"""


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return make_run_dir("example", tmp_path)


@pytest.fixture
def started() -> Iterator[list[ServerProcess]]:
    servers: list[ServerProcess] = []
    yield servers
    for server in servers:
        server.kill()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def _shell(run_dir: RunDir, script: str) -> ServerProcess:
    return ServerProcess(ServerCommand(name="example", argv=("/bin/sh", "-c", script), run_dir=run_dir))


def _folders_of(pid: int, whose: str) -> list[Path]:
    """Of an "owner" or a "server". The folder of folders is everybody's: other tests come and go in it."""
    found = []
    for folder in servers_dir().iterdir():
        with suppress(OSError):
            said = json.loads((folder / "owner.json").read_bytes())[whose]
            if said and said["pid"] == pid:
                found.append(folder)
    return found


def _wait_until_gone(*pids: int) -> set[int]:
    """Those that still run after a while. Not our children, so there is nothing to wait for but their absence."""
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=_GONE_S)
    return {process.pid for process in alive}


async def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(run_dir: RunDir) -> None:
    server = _shell(run_dir, "echo starting; echo no such flag >&2; exit 3")
    server.spawn()
    with pytest.raises(ConfigError, match=r"^example did not start: starting \| no such flag$"):
        await server.wait_until(lambda: False, timeout_s=_GONE_S)


async def test_a_server_that_is_never_ready_is_an_error(run_dir: RunDir, started: list[ServerProcess]) -> None:
    started.append(server := _shell(run_dir, "sleep 600"))
    server.spawn()
    with pytest.raises(ConfigError, match="it said nothing"):
        await server.wait_until(lambda: False, timeout_s=0.05)


async def test_a_server_that_ignores_the_signal_is_killed(run_dir: RunDir, started: list[ServerProcess]) -> None:
    started.append(server := _shell(run_dir, "trap '' TERM; echo deaf; while :; do sleep 0.01; done"))
    server.spawn()
    await server.wait_until(lambda: "deaf" in server.read_log(), timeout_s=_GONE_S)
    await server.end(signal.SIGTERM, grace_s=0.05)
    assert not server.is_alive


async def test_a_kill_takes_the_children_along(run_dir: RunDir, started: list[ServerProcess]) -> None:
    started.append(server := _shell(run_dir, "sleep 600 & echo $!; wait"))
    server.spawn()
    await server.wait_until(lambda: server.read_log().endswith("\n"), timeout_s=_GONE_S)
    child = psutil.Process(int(server.read_log()))
    server.kill()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_a_kill_of_one_ends_with_that_one_though_a_supervisor_was_quicker(
    run_dir: RunDir, started: list[ServerProcess]
) -> None:
    started.append(server := _shell(run_dir, "sleep 600"))
    server.spawn()
    killed = asyncio.create_task(server.kill_alone())
    await asyncio.sleep(0)
    while server.is_alive:
        time.sleep(0.001)  # noqa: ASYNC251 - nobody else may look before the new one runs
    server.spawn()
    await asyncio.wait_for(killed, _GONE_S)
    assert server.is_alive


async def test_the_environment_of_the_owner_is_not_handed_on(run_dir: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATS_SYNC_SECRET_KEY", "owner-secret")
    server = _shell(run_dir, "export; exit 1")
    server.spawn()
    with pytest.raises(ConfigError):
        await server.wait_until(lambda: False, timeout_s=_GONE_S)
    assert "PWD" in server.read_log()
    assert "owner-secret" not in server.read_log()


def test_asking_for_the_pid_of_a_server_that_was_not_started_is_an_error(run_dir: RunDir) -> None:
    with pytest.raises(ConfigError, match="example was not started"):
        _ = _shell(run_dir, "true").pid


def test_ports_are_different_free_and_outside_every_ephemeral_range() -> None:
    ports = find_free_ports(50)
    assert len(set(ports)) == 50
    assert max(ports) < 32_768
    assert not any(accepts_connections(port) for port in ports[:5])


def test_a_port_in_use_is_not_free_and_accepts_connections() -> None:
    port = find_free_ports(1)[0]
    with socket.create_server(("127.0.0.1", port)):
        assert accepts_connections(port)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("app.embedded.process._PORTS", range(port, port + 1))
            patch.setattr("random.sample", lambda ports, **_: list(ports))
            with pytest.raises(ConfigError, match="no free port"):
                find_free_ports(1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_servers_die_with_an_owner_that_is_killed_and_the_next_start_removes_their_folders() -> None:
    with subprocess.Popen([sys.executable, "-c", _OWNER], cwd=_ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        left = _folders_of(owner.pid, "owner")
        owner.kill()
    assert len(pids) == 2
    assert len(left) == 2
    assert _wait_until_gone(*pids) == set()
    sweep(servers_dir())
    assert _folders_of(owner.pid, "owner") == []


def test_a_server_told_to_outlive_its_owner_does_and_a_sweep_leaves_it_alone() -> None:
    owner = subprocess.run(
        [sys.executable, "-c", _OWNER_OF_A_SURVIVOR], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    server = psutil.Process(int(owner.stdout))
    try:
        sweep(servers_dir())
        assert server.is_running()
        assert len(_folders_of(server.pid, "server")) == 1
    finally:
        server.kill()
    assert _wait_until_gone(server.pid) == set()
    sweep(servers_dir())
    assert _folders_of(server.pid, "server") == []


def test_a_sweep_ends_a_server_whose_owner_is_dead(
    run_dir: RunDir, tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    run_dir.record_server(sleeper.pid, outlives_owner=False)
    _change_owner_to_a_dead_one(run_dir)
    assert sweep(tmp_path) == [run_dir.path]
    assert sleeper.wait(_GONE_S) == -signal.SIGKILL
    assert not run_dir.path.exists()


def test_a_sweep_spares_a_process_that_got_the_pid_of_a_dead_server(
    run_dir: RunDir, tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    run_dir.record_server(sleeper.pid, outlives_owner=False)
    _change_owner_to_a_dead_one(run_dir)
    owner_file = run_dir.path / "owner.json"
    started = str(psutil.Process(sleeper.pid).create_time())
    owner_file.write_text(owner_file.read_text().replace(started, "1.0"))
    assert sweep(tmp_path) == [run_dir.path]
    assert sleeper.poll() is None


def test_a_sweep_leaves_alone_what_belongs_to_the_living_and_what_is_not_ours(run_dir: RunDir, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    (tmp_path / "file").touch()
    assert sweep(tmp_path) == []
    assert run_dir.path.exists()


def _change_owner_to_a_dead_one(run_dir: RunDir) -> None:
    owner_file = run_dir.path / "owner.json"
    owner_file.write_text(owner_file.read_text().replace(f'"pid": {os.getpid()}', '"pid": 2147483646'))
