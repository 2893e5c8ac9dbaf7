"""The embedded PostgreSQL: it keeps what was committed through every way of dying, at the same address."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.embedded import postgres_files
from app.embedded.postgres import Postgres, running_postgres
from app.embedded.postgres_files import _wheel_package
from schemas.errors import ConfigError

pytestmark = pytest.mark.service

CANARY = "Zebedee-Canary"


async def _kill(server: Postgres) -> None:
    server.kill()
    await server.start()


async def _crash(server: Postgres) -> None:
    await server.crash()
    await server.start()


async def _restart(server: Postgres) -> None:
    await server.restart()


@pytest.fixture
async def own() -> AsyncIterator[Postgres]:
    async with running_postgres() as server:
        yield server


async def _execute(url: str, *statements: str) -> object:
    """The value of the last statement."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_it_is_version_15_or_newer(postgres: Postgres) -> None:
    assert int(str(await _execute(postgres.url, "SHOW server_version_num"))) >= 150_000


@pytest.mark.parametrize("die", [_kill, _crash, _restart])
async def test_a_committed_row_is_there_after(own: Postgres, die: Callable[[Postgres], Awaitable[None]]) -> None:
    await _execute(own.url, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7) RETURNING id")
    before = (own.url, own.pid)
    await die(own)
    assert own.url == before[0]
    assert own.pid != before[1]
    assert await _execute(own.url, "SELECT id FROM kept") == 7


async def test_a_kill_ends_open_sessions_too(own: Postgres) -> None:
    connection = await asyncpg.connect(own.url)
    family = psutil.Process(own.pid).children(recursive=True)
    own.kill()
    assert len(family) > 3
    assert not [member for member in family if member.is_running() and member.status() != psutil.STATUS_ZOMBIE]
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()


async def test_a_paused_server_is_stopped_with_its_sessions_and_answers_when_resumed(own: Postgres) -> None:
    connection = await asyncpg.connect(own.url)
    own.pause()
    family = [psutil.Process(own.pid), *psutil.Process(own.pid).children(recursive=True)]
    assert {member.status() for member in family} == {psutil.STATUS_STOPPED}
    own.resume()
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_a_paused_server_can_be_stopped(own: Postgres) -> None:
    own.pause()
    await own.stop()
    assert not own.is_alive


async def test_a_copy_of_a_template_has_its_tables_and_keeps_its_own_rows(postgres: Postgres, unique: str) -> None:
    template = await postgres.create_database(f"{unique}-template")
    await _execute(template, "CREATE TABLE parts (id int)", "SELECT 1")
    copies = [await postgres.create_database(f"{unique}-{n}", template=f"{unique}-template") for n in range(2)]
    await _execute(copies[0], "INSERT INTO parts VALUES (1) RETURNING id")
    assert [await _execute(copy, "SELECT count(*) FROM parts") for copy in copies] == [1, 0]
    for name in (f"{unique}-0", f"{unique}-1", f"{unique}-template"):
        await postgres.drop_database(name)


async def test_a_database_that_is_in_use_can_be_dropped_and_dropping_again_is_harmless(
    postgres: Postgres, unique: str
) -> None:
    connection = await asyncpg.connect(await postgres.create_database(unique))
    await postgres.drop_database(unique)
    await postgres.drop_database(unique)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(postgres.url_of(unique))
    connection.terminate()


async def test_a_refused_database_says_why(postgres: Postgres) -> None:
    with pytest.raises(ConfigError, match='"postgres" already exists'):
        await postgres.create_database("postgres")


async def test_the_log_holds_no_values_of_a_failed_statement(own: Postgres) -> None:
    connection = await asyncpg.connect(own.url)
    await connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
    await connection.execute("INSERT INTO people VALUES ($1)", CANARY)
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO people VALUES ($1)", CANARY)
    await connection.close()
    log = own.read_log()
    assert "duplicate key" in log
    assert CANARY not in log


async def test_another_user_of_the_machine_needs_the_password(postgres: Postgres) -> None:
    without = postgres.url.replace(postgres.url.split(":")[2].split("@")[0], "guess")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(without)


@pytest.fixture
def closed_wheel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The wheel as `umask 077` would have installed it, and that umask still in force."""
    found = _wheel_package()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        wheel = Path(folder, "closed", found.name)
        for part in (found, found.with_name(f"{found.name}.libs")):
            shutil.copytree(part, wheel.with_name(part.name), symlinks=True)
        for path in (wheel.parent, *wheel.parent.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & 0o700)
        monkeypatch.setattr(postgres_files, "_wheel_package", lambda: wheel)
        monkeypatch.setattr("tempfile.tempdir", folder)
        before = os.umask(0o077)
        yield
        os.umask(before)


async def test_it_starts_from_an_environment_that_a_strict_umask_closed_to_others(closed_wheel: None) -> None:
    """As root it runs as another user, who has to reach its programs and its folder all the same."""
    async with running_postgres() as server:
        assert await _execute(server.url, "SELECT 7") == 7
