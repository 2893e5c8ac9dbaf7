"""The sandbox without sockets, aiming its faults: every delivery meets its cell's fault once, at one of its writes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters import registry
from adapters.base import AtsAdapter, Call, Find, Reply
from adapters.pusher import VendorPusher
from adapters.sandbox.faults import CALM, Drawn, Faults
from adapters.sandbox.server import base_url, credentials
from adapters.sandbox.settings import SandboxSettings, utc_now
from adapters.sandbox.vendors import VENDORS
from adapters.sandbox.wire import Request
from adapters.sandbox.world import Exchange, World
from adapters.transport import Target, Transport
from adapters.vendors import greenhouse
from schemas.connection import Connection
from schemas.delivery import Delivery, Receipt
from schemas.errors import Unknown
from schemas.journal import Journal
from schemas.vendor import VendorFacts
from tests.chaos.matrix_cells import BEYOND_S, Column, Outcome

HOST: Final = "http://sandbox.invalid"
_CUT_OFF: Final = frozenset({"hold", "reset", "reset_in_body"})
_SENDING: ContextVar[str] = ContextVar("_SENDING")  # the application whose call this is


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    column: Column
    outcome: Outcome


@dataclass(slots=True)
class Aimed(Faults):
    """`cells` by account. `met`: how many deliveries met their fault."""

    cells: dict[str, Cell] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    _done: set[str] = field(default_factory=set)

    def draw(self, account: str, method: str, step: str) -> Drawn:
        application, cell = _SENDING.get(), self.cells[account]
        number, writes = int(application.rpartition("-")[2]), cell.column.writes
        if application in self._done or step != writes[number % len(writes)]:
            return CALM
        self._done.add(application)
        self.met[account] += 1
        effects = cell.outcome.effects
        effect = effects[number // len(writes) % len(effects)]
        return Drawn(name=cell.outcome.name, effect=effect, plan=cell.outcome.plan)

    def lookup_lag_s(self, account: str) -> float:
        return self.cells[account].outcome.plan.lookup_lag_s


class InProcess(Transport):
    """Takes calls to the sandbox's world directly, and tells what the real transport would tell of what it did."""

    def __init__(self, faults: Aimed) -> None:
        settings = SandboxSettings(keep_bodies=False, keep_attachments=False)
        self.world = World(settings=settings, vendors=VENDORS, faults=faults)
        self.held: list[Callable[[datetime], None]] = []  # commits that happen when everything else has ended
        self.late = 0  # commits that have yet to happen

    def limit_s(self, call: Call) -> float:
        return 1.0

    async def send(self, call: Call, target: Target) -> Reply:
        vendor, account, request = _request(call, target)
        exchange = self.world.take(VENDORS[vendor], account, request)
        if exchange.later is not None:
            self._commit_later(exchange, exchange.later)
        await asyncio.sleep(0)
        if exchange.drawn.effect.reply in _CUT_OFF or exchange.later is not None:
            raise Unknown(f"{call.step}: cut off")
        answer = exchange.answer
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(status=answer.status, headers=headers, body=answer.body, step=call.step)

    def _commit_later(self, exchange: Exchange, commit: Callable[[datetime], None]) -> None:
        def now() -> None:
            self.late -= 1
            commit(utc_now())

        if exchange.drawn.plan.late_commit_s >= BEYOND_S:
            self.held.append(commit)
            return
        self.late += 1
        asyncio.get_running_loop().call_later(exchange.drawn.plan.late_commit_s, now)

    def commit_held(self) -> None:
        for commit in self.held:
            commit(utc_now())


def _request(call: Call, target: Target) -> tuple[str, str, Request]:
    parts = urlsplit(target.url)
    vendor, account, *rest = [unquote(part) for part in parts.path.lstrip("/").split("/")]
    request = Request(
        at=utc_now(),
        method=call.method,
        path="/".join(rest),
        query=(*parse_qsl(parts.query, keep_blank_values=True), *call.query),
        headers={name.lower(): value for name, value in target.headers.items()},
        body=call.body,
        base_url=base_url(HOST, vendor, account),
    )
    return vendor, account, request


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind(greenhouse.Adapter):
    """An ATS that neither knows a repeat nor can be asked: no vendor of ours is one today."""

    facts: ClassVar[VendorFacts] = replace(greenhouse.Adapter.facts, capability="none")

    def find(self, delivery: Delivery, step: str, /) -> Find:
        yield from ()
        raise Unknown(f"{step}: cannot be asked")


@dataclass(slots=True)
class AimedPusher:
    """Notes whose call it is for the fault plan; everything else is the real pusher's."""

    inner: VendorPusher

    @property
    def facts(self) -> VendorFacts:
        return self.inner.facts

    async def push(self, delivery: Delivery, journal: Journal, *, deadline: float) -> Receipt:
        _SENDING.set(delivery.application_id)
        return await self.inner.push(delivery, journal, deadline=deadline)


@dataclass(slots=True)
class AimedPushers:
    """See app.ports.Pushers."""

    transport: InProcess
    cells: dict[str, Cell]
    _known: dict[str, AimedPusher] = field(default_factory=dict)

    async def of(self, connection: Connection) -> AimedPusher:
        name = connection.name
        if name not in self._known:
            self._known[name] = AimedPusher(VendorPusher(self._adapter(name), self.transport))
        return self._known[name]

    def _adapter(self, name: str) -> AtsAdapter:
        column = self.cells[name].column
        given: dict[str, Any] = credentials(column.vendor)
        url = base_url(HOST, column.vendor, name)
        if column.capability == "none":
            return Blind(base_url=url, **given)
        return registry.build(column.vendor, given, url)
