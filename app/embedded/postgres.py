"""The embedded PostgreSQL: a real server with its own data folder, for one machine and for tests."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.embedded.postgres_files import SUPERUSER, PostgresFiles, find_postgres, make_cluster
from app.embedded.process import Server, ServerCommand, ServerProcess, find_free_port
from app.embedded.run_dir import RunDir, make_run_dir
from schemas.errors import ConfigError

_START_S = 60.0
_READY_LINE = 7  # of postmaster.pid, counted from 0: what the server says of itself
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    # A killed process loses nothing without fsync, only a machine that stops does; commits stay synchronous.
    "fsync": "off",
    "full_page_writes": "off",
    # In the data folder, so that a kill leaves nothing in /dev/shm.
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and values hold people's data: the log says what went wrong, not with whom.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    port: int
    password: str

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"


class Postgres(Server):
    """A running server. Its data outlives `kill`, `crash` and `restart`, at the same address; `stop` removes it."""

    __slots__ = ("_address", "_files", "_run_dir")

    def __init__(self, process: ServerProcess, run_dir: RunDir, files: PostgresFiles, address: _Address) -> None:
        super().__init__(process)
        self._run_dir = run_dir
        self._files = files
        self._address = address

    @property
    def url(self) -> str:
        """The maintenance database, as superuser; it holds the password, so it does not belong in a log."""
        return self.url_of("postgres")

    def read_log(self) -> str:
        return self._process.read_log()

    def url_of(self, database: str) -> str:
        return self._address.url(database)

    async def create_database(self, name: str, *, template: str | None = None) -> str:
        """Its URL. A copy of `template` takes some 30 ms, and nobody may be connected to the template meanwhile."""
        copy = ("--template", template) if template else ()
        await self._run("createdb", *copy, name)
        return self.url_of(name)

    async def drop_database(self, name: str) -> None:
        """Ends whoever is connected to it; nothing when it is gone."""
        await self._run("dropdb", "--force", "--if-exists", name)

    async def crash(self) -> None:
        """What `pg_ctl stop -m immediate` does: no checkpoint, the next start recovers from the log."""
        await self._process.end(signal.SIGQUIT)

    async def start(self) -> None:
        """Brings it back after `kill` or `crash`; nothing when it runs."""
        if not self.is_alive:
            await _start(self._process, self._run_dir.path / "data")

    async def restart(self) -> None:
        """Ends it in good order if it runs, and starts it at the same address with the same data."""
        await self._process.end(signal.SIGINT)
        await self.start()

    async def stop(self) -> None:
        """Ends it and removes its data. Safe to repeat."""
        await self._process.end(signal.SIGQUIT)
        self._run_dir.remove()

    async def _run(self, program: str, *arguments: str) -> None:
        where = ("--host=127.0.0.1", f"--port={self._address.port}", f"--username={SUPERUSER}", "--no-password")
        await asyncio.to_thread(self._files.run, program, *where, *arguments, password=self._address.password)


async def start_postgres(*, outlives_owner: bool = False) -> Postgres:
    """A new, empty server. Raises ConfigError when it does not start."""
    files = find_postgres()
    run_dir = make_run_dir("postgres")
    address = _Address(port=find_free_port(), password=secrets.token_urlsafe(24))
    data = run_dir.path / "data"
    process = ServerProcess(
        ServerCommand(
            name="the embedded PostgreSQL",
            argv=(str(files.bin / "postgres"), "-D", str(data), "-p", str(address.port), *_settings()),
            run_dir=run_dir,
            user=files.user,
            death_signal=signal.SIGQUIT,  # it takes its sessions and its shared memory with it
            outlives_owner=outlives_owner,
        )
    )
    try:
        await asyncio.to_thread(make_cluster, files, data, address.password)
        await _start(process, data)
    except ConfigError:
        run_dir.remove()
        raise
    return Postgres(process, run_dir, files, address)


@asynccontextmanager
async def running_postgres() -> AsyncIterator[Postgres]:
    """A server for the length of the block."""
    postgres = await start_postgres()
    try:
        yield postgres
    finally:
        await postgres.stop()


async def _start(process: ServerProcess, data: Path) -> None:
    # A killed server leaves this file behind, still saying "ready". Its sessions are gone: `kill` saw to that.
    (data / "postmaster.pid").unlink(missing_ok=True)
    process.spawn()
    await process.wait_until(lambda: _is_ready(data), timeout_s=_START_S)


def _is_ready(data: Path) -> bool:
    with suppress(OSError):
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return len(lines) > _READY_LINE and lines[_READY_LINE].strip() == "ready"
    return False


def _settings() -> tuple[str, ...]:
    return tuple(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}"))
