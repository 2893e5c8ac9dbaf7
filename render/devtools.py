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
_LEAVING: Final = "Fetch.requestPaused"
_END: Final = b"\0"


class Nothing(msgspec.Struct, frozen=True):
    """An answer in which nothing is of interest."""


class _Request(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    id: int
    method: str
    params: Mapping[str, object]
    session_id: str = ""


class _Leaving(msgspec.Struct, frozen=True, rename="camel"):
    request_id: str


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    """An answer (`id` above 0) or an event."""

    id: int = 0
    method: str = ""
    session_id: str = ""
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw(b"{}")
    error: msgspec.Raw = msgspec.Raw()


_Key = int | tuple[str, str]  # of an answer its request's number, of an event page and method
_NO_MESSAGE: Final = (ValueError, RecursionError)  # msgspec's own are the former, and so is text that is no UTF-8
_MESSAGES: Final = msgspec.json.Decoder(_Message)


class DevTools:
    """The line to one browser. Requests of all its pages share it, answers come in any order."""

    def __init__(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._numbers = itertools.count(1)
        self._waiting: dict[_Key, tuple[str, asyncio.Future[msgspec.Raw]]] = {}
        self._crashed: set[str] = set()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done as soon as the browser has hung up, before anybody who waits is told."""

    async def serve(self) -> bool:
        """Hands out answers until the browser hangs up; then whoever waits gets SlotBroken `disconnect`.

        False when it said what is no message and may still be talking: what speaks there is no browser any more.
        """
        try:
            while True:
                message = await self._incoming.readuntil(_END)
                self._heard(_MESSAGES.decode(message[:-1]))
        except (EOFError, OSError):
            return True
        except (asyncio.LimitOverrunError, *_NO_MESSAGE):
            return False
        finally:
            self.closed.set_result(None)
            self._outgoing.close()
            self._fail_all("disconnect")

    def is_lost(self, session: str) -> bool:
        """Whether that page, or the browser, is gone."""
        return self.closed.done() or session in self._crashed

    async def ask(self, answer: type[Answer], method: str, session: str = "", **params: object) -> Answer:
        """The outcome of `method`. Raises SlotBroken with crash, disconnect, or print when it was refused."""
        return await self._told(self.tell(method, session, **params), answer, session)

    async def next(self, event: type[Answer], method: str, session: str) -> Answer:
        """The next `method` that this page tells of. Raises SlotBroken with crash or disconnect, or print: see ask."""
        self._check(session)
        return await self._told((session, method), event, session)

    def tell(self, method: str, session: str = "", **params: object) -> int:
        """Sends without waiting for an outcome; the browser does a page's requests one after the other.

        Raises SlotBroken with crash or disconnect.
        """
        self._check(session)
        number = next(self._numbers)
        request = _Request(id=number, method=method, params=params, session_id=session)
        self._outgoing.write(msgspec.json.encode(request) + _END)
        return number

    async def _told(self, key: _Key, shape: type[Answer], session: str) -> Answer:
        told: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._waiting[key] = session, told
        try:
            return msgspec.json.decode(await told, type=shape)
        except _NO_MESSAGE as exc:
            raise SlotBroken("print") from exc
        finally:
            del self._waiting[key]

    def _check(self, session: str) -> None:
        if self.is_lost(session):
            raise SlotBroken("disconnect" if self.closed.done() else "crash")

    def _heard(self, message: _Message) -> None:
        if message.method == _CRASHED:
            self._crashed.add(message.session_id)
            self._fail_all("crash", message.session_id)
        if message.method == _LEAVING:
            self._keep(message)
        _, told = self._waiting.get(message.id or (message.session_id, message.method), ("", None))
        if told is None or told.done():  # nobody waits for it, or not any more
            return
        if bytes(message.error):
            told.set_exception(SlotBroken("print"))
        else:
            told.set_result(message.result if message.id else message.params)

    def _keep(self, message: _Message) -> None:
        """Aborted, a page stays where it is; failed in any other way, it goes on to a page that says so."""
        if not self.is_lost(message.session_id):
            request = msgspec.json.decode(message.params, type=_Leaving).request_id
            self.tell("Fetch.failRequest", message.session_id, requestId=request, errorReason="Aborted")

    def _fail_all(self, reason: str, session: str | None = None) -> None:
        for asked_by, told in self._waiting.values():
            if session in (None, asked_by) and not told.done():
                told.set_exception(SlotBroken(reason))
