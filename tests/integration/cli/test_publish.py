"""`ats-sync publish` where no broker answers: one line that says so, and the exit code for it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from app.cli.output import ExitCode
from app.embedded.process import find_free_port
from tests.storm.fleet import plain_environment

_EVENTS = Path(__file__).parents[3] / "docs" / "examples" / "events.jsonl"
pytestmark = pytest.mark.timeout(60)


async def test_no_broker_is_told_in_one_line() -> None:
    port = find_free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from app.cli import main; main()", "publish", str(_EVENTS)),
        env={**plain_environment(), "ATS_SYNC_KAFKA_URL": f"kafka://127.0.0.1:{port}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == ExitCode.UNAVAILABLE
    assert out == b""
    assert err.decode().splitlines() == [
        f"ats-sync: no Kafka broker answers at 127.0.0.1:{port}: check ATS_SYNC_KAFKA_URL"
    ]
