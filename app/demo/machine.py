"""Everything the demo runs on this machine: broker, PostgreSQL, sandbox ATS, and the service as its own processes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import shlex
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.demo.ats import Ats, running_ats
from app.demo.worker import COMMAND, Worker
from app.embedded.broker import Broker, start_broker
from app.embedded.home import at_home
from app.embedded.kafka import KafkaCluster, start_kafka
from app.embedded.postgres import Postgres, start_postgres
from app.embedded.run_dir import make_run_dir
from app.embedded.topics import create_topics
from app.publish import bootstrap_of, no_broker, require_broker
from app.settings import load
from app.wiring.rendering import sandbox_refused
from schemas.errors import ConfigError
from streams.topics import CO_PARTITIONED, TOPICS

PARTITIONS: Final = 4
# Waits that are right for real vendors, and too long to watch. What is promised does not depend on them.
HASTE: Final[Mapping[str, str]] = {
    "SETTLE_S": "2",
    "LOOK_INTERVAL_S": "1",
    "RETRY_SCALE": "0.2",
    "AUDIT_INTERVAL_S": "5",
    "SESSION_TIMEOUT_S": "6",  # the embedded broker makes a new group wait for half of it
    "STOP_GRACE_S": "10",
}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`environment` is the whole one of every command and worker: nothing of the user's own settings gets in."""

    ats: Ats
    postgres: Postgres
    bootstrap: str
    database_url: str
    environment: Mapping[str, str]

    async def command(self, *arguments: str) -> str:
        """What `ats-sync ARGUMENTS` prints. Raises ConfigError with its last line when it fails."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            env=dict(self.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode:
            said = err.decode(errors="replace").strip().splitlines()
            raise ConfigError(
                f"ats-sync {arguments[0]} failed ({process.returncode}): {said[-1] if said else 'no word'}"
            )
        return out.decode()

    async def apply_connections(self, entries: list[dict[str, Any]]) -> None:
        """`connection apply`, from a file that only we can read."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(entries, file)
            file.flush()
            await self.command("connection", "apply", file.name)

    def worker(self, *, role: str = "all") -> Worker:
        return Worker(self.environment, role=role)


@asynccontextmanager
async def running_machine(
    *, say: Say, kafka: str | None = None, settings: Mapping[str, str] | None = None, keep_bodies: bool = False
) -> AsyncIterator[Machine]:
    """Servers up, topics made, ledger migrated; all gone at the end. `settings`: `ATS_SYNC_*` by their short names.

    Raises ConfigError or Unreachable for a `kafka` that is no broker, before anything is started.
    """
    if kafka:
        await _require(kafka)
    async with AsyncExitStack() as stack:
        ats = await stack.enter_async_context(running_ats(keep_bodies=keep_bodies))
        bootstrap, postgres = await asyncio.gather(_broker(stack, kafka, say), start_postgres())
        stack.push_async_callback(postgres.stop)
        say(f"PostgreSQL is up, the sandbox ATS listens at {ats.url}")
        database_url = await postgres.create_database("ats_sync")
        environment = _environment(bootstrap, database_url, {**HASTE, **await _printing(say), **(settings or {})})
        machine = Machine(
            ats=ats, postgres=postgres, bootstrap=bootstrap, database_url=database_url, environment=environment
        )
        await asyncio.gather(_topics(bootstrap), machine.command("migrate"))
        say("topics are made, the ledger is migrated")
        yield machine


async def _printing(say: Say) -> dict[str, str]:
    """The demo wrote its resumes itself: they are printed without Chromium's sandbox where the kernel refuses it."""
    place = make_run_dir("chromium")
    try:
        if not await sandbox_refused(load({"ATS_SYNC_STATE_DIR": str(place.path)})):
            return {}
    finally:
        place.remove()
    say("this kernel refuses Chromium's sandbox: the demo's own resumes are printed without it (see docs/demo.md)")
    return {"CHROMIUM_SANDBOX": "false"}


async def _require(kafka: str) -> None:
    if not kafka.startswith("kafka://"):
        raise ConfigError("--kafka: must be of the form kafka://host:port")
    try:
        await require_broker(bootstrap_of(kafka))
    except ConnectionError:
        raise no_broker(bootstrap_of(kafka), named="--kafka") from None


async def _broker(stack: AsyncExitStack, kafka: str | None, say: Say) -> str:
    if kafka:
        say("using the broker you named")
        return bootstrap_of(kafka)
    broker = await _embedded_or_apache(say)
    stack.push_async_callback(broker.stop)
    return broker.bootstrap


async def _embedded_or_apache(say: Say) -> Broker | KafkaCluster:
    try:
        broker = await start_broker()
    except ConfigError as exc:
        say(f"{exc}; starting Apache Kafka instead")
        try:
            return await start_kafka()
        except ConfigError as other:
            raise ConfigError(f"{other}; or name a broker with --kafka kafka://host:port") from None
    say("the embedded broker is up")
    return broker


async def _topics(bootstrap: str) -> None:
    """Those that are joined have to be partitioned alike; the others need no more than one."""
    await create_topics(bootstrap, {topic.name: PARTITIONS if topic.name in CO_PARTITIONED else 1 for topic in TOPICS})


def _environment(bootstrap: str, database_url: str, settings: Mapping[str, str]) -> dict[str, str]:
    brokers = ";".join(f"kafka://{one}" for one in bootstrap.split(","))
    ours = {
        "KAFKA_URL": brokers,
        "DATABASE_URL": database_url,
        "SECRET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "CONSUMER_GROUP": f"ats-sync-demo-{secrets.token_hex(4)}",
        **settings,
    }
    return {
        "PATH": os.defpath,
        "HOME": str(at_home("~")),
        "TMPDIR": tempfile.gettempdir(),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **{f"ATS_SYNC_{name}": value for name, value in ours.items()},
    }


def settings_file(path: Path, environment: Mapping[str, str]) -> Path:
    """A shell script with the `ATS_SYNC_*` of a machine, for its owner's eyes: it holds the key of the credentials."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ours = {name: value for name, value in environment.items() if name.startswith("ATS_SYNC_")}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(ours.items())]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")
    return path
