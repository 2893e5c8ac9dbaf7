"""Chromium's own protocol over two pipes: JSON both ways, each message ended by a zero byte.

https://chromedevtools.github.io/devtools-protocol/; the pipes are `--remote-debugging-pipe` of Chromium. Nothing
listens on a port, and when this end is gone the browser ends too.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from render.browser_engine import SlotBroken

Answer = TypeVar("Answer", bound=msgspec.Struct)

MOST_BYTES: Final = 1 << 28  # of one message: a PDF comes as base64 in one, and no ATS takes 200 MB
_CRASHED: Final = "Inspector.targetCrashed"
_END: Final = b"\0"


class Nothing(msgspec.Struct, frozen=True):
    """An answer in which nothing is of interest."""


class _Request(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    id: int
    method: str
    params: Mapping[str, object]
    session_id: str = ""


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    """An answer (`id` above 0) or an event."""

    id: int = 0
    method: str = ""
    session_id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: msgspec.Raw = msgspec.Raw()


_MESSAGES: Final = msgspec.json.Decoder(_Message)


class DevTools:
    """The line to one browser. Requests of all its pages share it, answers come in any order."""

    def __init__(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[str, asyncio.Future[msgspec.Raw]]] = {}
        self._awaited: dict[tuple[str, str], asyncio.Future[msgspec.Raw]] = {}
        self._crashed: set[str] = set()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done as soon as the browser has hung up, before anybody who waits is told."""

    async def serve(self) -> None:
        """Hands out answers until the browser hangs up; then whoever waits gets SlotBroken `disconnect`."""
        try:
            while True:
                message = await self._incoming.readuntil(_END)
                self._heard(_MESSAGES.decode(message[:-1]))
        except (EOFError, ConnectionError, asyncio.LimitOverrunError, msgspec.MsgspecError):
            pass  # the browser has ended, or what speaks there is no browser any more
        finally:
            self.closed.set_result(None)
            self._outgoing.close()
            self._fail_all("disconnect")

    def is_lost(self, session: str) -> bool:
        """Whether that page, or the browser, is gone."""
        return self.closed.done() or session in self._crashed

    async def ask(self, answer: type[Answer], method: str, session: str = "", **params: object) -> Answer:
        """The outcome of `method`. Raises SlotBroken with crash, disconnect, or print when it was refused."""
        number = self.tell(method, session, **params)
        outcome: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._waiting[number] = session, outcome
        try:
            return msgspec.json.decode(await outcome, type=answer)
        except msgspec.MsgspecError as exc:
            raise SlotBroken("print") from exc
        finally:
            del self._waiting[number]

    async def next(self, event: type[Answer], method: str, session: str) -> Answer:
        """The next `method` that this page tells of. Raises SlotBroken with crash or disconnect, or print: see ask."""
        self._check(session)
        happened = self._awaited[session, method] = asyncio.get_running_loop().create_future()
        try:
            return msgspec.json.decode(await happened, type=event)
        except msgspec.MsgspecError as exc:
            raise SlotBroken("print") from exc
        finally:
            del self._awaited[session, method]

    def tell(self, method: str, session: str = "", **params: object) -> int:
        """Sends without waiting for an outcome; the browser does a page's requests one after the other.

        Raises SlotBroken with crash or disconnect.
        """
        self._check(session)
        number = next(self._numbers)
        request = _Request(id=number, method=method, params=params, session_id=session)
        self._outgoing.write(msgspec.json.encode(request) + _END)
        return number

    def _check(self, session: str) -> None:
        if self.is_lost(session):
            raise SlotBroken("disconnect" if self.closed.done() else "crash")

    def _heard(self, message: _Message) -> None:
        if message.method == _CRASHED:
            self._crashed.add(message.session_id)
            self._fail_all("crash", message.session_id)
        happened = self._awaited.get((message.session_id, message.method))
        if happened is not None and not happened.done():
            happened.set_result(message.params)
        _, outcome = self._waiting.get(message.id, ("", None))
        if outcome is None or outcome.done():  # an event, or an answer nobody waits for any more
            return
        if not bytes(message.error):
            outcome.set_result(message.result)
        else:
            outcome.set_exception(SlotBroken("print"))

    def _fail_all(self, reason: str, session: str | None = None) -> None:
        told = [(page, happened) for (page, _), happened in self._awaited.items()]
        for asked_by, outcome in [*self._waiting.values(), *told]:
            if session in (None, asked_by) and not outcome.done():
                outcome.set_exception(SlotBroken(reason))
