"""The sandbox without its network: requests in, exchanges out; accounts, faults, limits and the log behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from adapters.sandbox.blobs import Blobs
from adapters.sandbox.faults import CALM, Drawn, Faults
from adapters.sandbox.received import Happened, Received
from adapters.sandbox.rules import Rules
from adapters.sandbox.store import Account
from adapters.sandbox.vendor import Call, Vendor
from adapters.sandbox.wire import Answer, Refused

if TYPE_CHECKING:
    from adapters.sandbox.settings import SandboxSettings
    from adapters.sandbox.wire import Request

_SILENT: Final = frozenset({"hold", "reset", "reset_in_body"})
_FIRST_REDIRECT: Final = 300
_THROTTLED: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the server has to do: send `answer` (or misbehave as `drawn` says), and run `later` after its delay."""

    answer: Answer
    drawn: Drawn = CALM
    later: Callable[[datetime], None] | None = None


@dataclass(slots=True)
class World:
    """Single-threaded: one request is taken to its end before the next one starts."""

    settings: SandboxSettings
    vendors: Mapping[str, Vendor]
    faults: Faults = field(default_factory=Faults)
    accounts: dict[str, Account] = field(default_factory=dict)
    rules: dict[str, Rules] = field(default_factory=dict)
    blobs: Blobs = field(init=False)
    received: Received = field(init=False)

    def __post_init__(self) -> None:
        self.blobs = Blobs(keep=self.settings.keep_attachments)
        self.received = Received(keep_bodies=self.settings.keep_bodies)

    def account(self, name: str, vendor: str) -> Account:
        """The account of that name at that vendor, made at its first request."""
        key = f"{vendor}/{name}"
        found = self.accounts.get(key)
        if found is None:
            found = self.accounts[key] = Account(name=name, vendor=vendor, rules=self.rules.get(name, Rules()))
        return found

    def set_rules(self, name: str, rules: Rules) -> None:
        self.rules[name] = rules
        for account in self.accounts.values():
            if account.name == name:
                account.rules = rules

    def reset(self) -> None:
        """As if just started; rules and faults go too."""
        self.accounts.clear()
        self.rules.clear()
        self.faults.clear()
        self.received.clear()
        self.blobs.clear()

    def close(self) -> None:
        self.received.close()
        self.blobs.close()

    def take(self, vendor: Vendor, name: str, request: Request) -> Exchange:
        """One request to its end, as far as the sandbox is concerned; logged as received."""
        call = self._call(vendor, name, request)
        drawn = self.faults.draw(name, request.method, call.step)
        call.account.fault_lag_s = self.faults.lookup_lag_s(name)
        exchange = self._exchange(call, drawn)
        status = None if drawn.effect.reply in _SILENT else exchange.answer.status
        happened = Happened(vendor=vendor.name, connection=name, step=call.step, status=status, fault=drawn.name)
        self.received.add(request, happened, prefix=f"/{vendor.name}/{name}")
        return exchange

    def _call(self, vendor: Vendor, name: str, request: Request) -> Call:
        account, found = self.account(name, vendor.name), vendor.route(request.method, request.path)
        step, args = ("unknown", {}) if isinstance(found, int) else (found[0].step, found[1])
        return Call(request=request, account=account, vendor=vendor, step=step, blobs=self.blobs, args=args)

    def _exchange(self, call: Call, drawn: Drawn) -> Exchange:
        if drawn.effect.commit == "now":
            return Exchange(answer=_as_drawn(call, answer(call), drawn), drawn=drawn)
        broken = _as_drawn(call, Answer(), drawn)
        if drawn.effect.commit == "never":
            return Exchange(answer=broken, drawn=drawn)

        def later(at: datetime) -> None:
            answer(replace(call, request=replace(call.request, at=at)))

        return Exchange(answer=broken, drawn=drawn, later=later)


def answer(call: Call) -> Answer:
    """What a well-behaved server of this vendor would answer now."""
    try:
        found = call.vendor.route(call.request.method, call.request.path)
        if isinstance(found, int):
            raise call.refuse(found, "Resource not found" if found == 404 else "Method not allowed")  # noqa: PLR2004
        if not found[0].open:
            call.vendor.authenticate(call)
        _count(call)
        _crowd(call)
        if call.step in call.account.rules.forbidden:
            raise call.refuse(403, "Forbidden")
        given = found[0].handle(call)
    except Refused as refused:
        given = refused.answer
    return call.vendor.finish(call, given)


def _count(call: Call) -> None:
    """The account's fixed rate window: a call beyond it is refused before it does anything."""
    account, rate = call.account, call.account.rules.rate
    if rate is None or call.step == "token":
        return
    start = account.window_from
    if start is None or call.at >= start + timedelta(seconds=rate.window_s):
        account.window_from, account.window_used = call.at, 0
    account.window_used += 1
    if account.window_used > rate.limit:
        account.incidents["throttled"] += 1
        refusal = call.vendor.error(_THROTTLED, "Rate limit exceeded")
        wait_s = math.ceil(window_left_s(account, call.at))
        raise Refused(replace(refusal, headers={**refusal.headers, "retry-after": str(wait_s)}))


def _crowd(call: Call) -> None:
    """More at once than the vendor states are refused before anything is done; no header says when to come back."""
    request, most = call.request, call.account.rules.most_at_once or call.vendor.most_at_once
    too_many = most is not None and request.open_at_once > most
    if too_many or (call.step in call.vendor.one_at_once and request.same_at_once > 1):
        call.account.incidents["crowded"] += 1
        raise Refused(call.vendor.error(_THROTTLED, "Too many concurrent requests"))


def window_left_s(account: Account, now: datetime) -> float:
    """Seconds until the rate window of the account starts anew."""
    if account.rules.rate is None or account.window_from is None:
        return 0.0
    return (account.window_from + timedelta(seconds=account.rules.rate.window_s) - now).total_seconds()


def _as_drawn(call: Call, given: Answer, drawn: Drawn) -> Answer:
    """The answer as the fault leaves it."""
    match drawn.effect.reply:
        case "status":
            return call.vendor.finish(call, call.vendor.error(drawn.effect.status, ""))
        case "throttle":
            refusal = call.vendor.finish(call, call.vendor.error(drawn.effect.status, "Rate limit exceeded"))
            return replace(refusal, headers={**refusal.headers, **_retry_after(drawn, call.at)})
        case "redirect":
            return Answer(status=drawn.effect.status, headers={"location": f"{call.request.base_url}/moved"})
        case _:
            return _spoiled(given, drawn) if given.status < _FIRST_REDIRECT else given


def _spoiled(given: Answer, drawn: Drawn) -> Answer:
    """A success whose body makes no sense."""
    match drawn.effect.reply:
        case "cut_json":
            return replace(given, body=given.body[: max(1, len(given.body) // 2)] or b"{")
        case "not_json":
            return replace(given, headers={**given.headers, "content-type": "text/html"}, body=b"<html>Welcome</html>")
        case "empty":
            return replace(given, body=b"")
        case "huge":
            return replace(given, body=given.body + b" " * 40_000_000)
        case _:
            return given


def _retry_after(drawn: Drawn, now: datetime) -> dict[str, str]:
    match drawn.plan.retry_after_form:
        case "seconds":
            return {"retry-after": str(math.ceil(drawn.plan.retry_after_s))}
        case "date":
            return {"retry-after": format_datetime(now + timedelta(seconds=drawn.plan.retry_after_s), usegmt=True)}
        case _:
            return {}
