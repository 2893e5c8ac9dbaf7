"""Ingest processes of a test: started, watched by what they say, killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from tests.integration.ingest.worker import Work

_ROOT = Path(__file__).parents[3]
_START_AGAIN = 70  # sysexits.h: what it ends with where the embedded broker misreports the end of a log


class IngestProcess:
    """One that is listened to from its first word to its last."""

    def __init__(self, process: asyncio.subprocess.Process, work: Work) -> None:
        self._process = process
        self.work = work
        self._unheard: asyncio.Queue[str | None] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())
        self.said: list[str] = []

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    @property
    def asks_to_be_started_again(self) -> bool:
        return self._process.returncode == _START_AGAIN

    async def until(self, word: str) -> str:
        """The first line that begins with `word`, from where we stopped listening."""
        while (line := await self._unheard.get()) is not None:
            if line.startswith(word):
                return line
        raise AssertionError(f"it ended without saying {word}: {self.said[-20:]}")

    async def kill(self) -> None:
        """SIGKILL; nothing where it has ended by itself."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self.ended()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def end(self) -> int:
        """SIGTERM; returns its exit status."""
        self._process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Its exit status when it ends by itself."""
        await self._listening
        return await self._process.wait()

    async def _listen(self) -> None:
        output = self._process.stdout
        assert output is not None
        async for line in output:
            self.said.append(line.decode().rstrip())
            self._unheard.put_nowait(self.said[-1])
        self._unheard.put_nowait(None)


async def start_ingest(work: Work) -> IngestProcess:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.ingest.worker",
        msgspec.json.encode(work).decode(),
        cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1_000_000,
    )
    started = IngestProcess(process, work)
    await started.until("up")
    return started


class Fleet:
    """All the processes of one test; whatever is left is killed at its end."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.running: list[IngestProcess] = []

    async def start(self, **changes: Any) -> IngestProcess:
        process = await start_ingest(msgspec.structs.replace(self.work, **changes))
        self.running.append(process)
        return process

    async def revive(self) -> None:
        """Does what a supervisor does: starts again what asked for it."""
        for process in [process for process in self.running if process.asks_to_be_started_again]:
            self.running.remove(process)
            self.running.append(await start_ingest(process.work))

    def last_words(self) -> str:
        """Of those that run: what a test that waits in vain should tell."""
        return "\n".join(line for process in self.running for line in process.said[-20:])

    async def kill(self, process: IngestProcess) -> None:
        self.running.remove(process)
        await process.kill()

    async def end(self, process: IngestProcess) -> int:
        self.running.remove(process)
        return await process.end()

    async def close(self) -> None:
        for process in self.running:
            await process.kill()
