"""The fault plan: which request meets which misfortune, drawn from a seed or written out as a script."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

Reply = Literal[
    "as_is",
    "hold",
    "reset",
    "reset_in_body",
    "status",
    "throttle",
    "cut_json",
    "not_json",
    "empty",
    "huge",
    "redirect",
    "slow",
]
ANY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Whether the request takes effect (now, later or never), and what the client sees of it."""

    commit: Literal["now", "later", "never"]
    reply: Reply
    status: int = 0


EFFECTS: Final = MappingProxyType(
    {
        "commit_then_timeout": Effect(commit="now", reply="hold"),
        "timeout_no_commit": Effect(commit="never", reply="hold"),
        "hang": Effect(commit="never", reply="hold"),
        "commit_then_reset": Effect(commit="now", reply="reset"),
        "commit_then_reset_in_body": Effect(commit="now", reply="reset_in_body"),
        "reset_no_commit": Effect(commit="never", reply="reset"),
        "late_commit": Effect(commit="later", reply="reset"),
        **{f"{status}": Effect(commit="never", reply="status", status=status) for status in (500, 502, 503, 504)},
        **{
            f"commit_then_{status}": Effect(commit="now", reply="status", status=status)
            for status in (500, 502, 503, 504)
        },
        "429": Effect(commit="never", reply="throttle", status=429),
        "503_retry_after": Effect(commit="never", reply="throttle", status=503),
        "bad_body": Effect(commit="now", reply="cut_json"),
        "html_body": Effect(commit="now", reply="not_json"),
        "empty_body": Effect(commit="now", reply="empty"),
        "huge_body": Effect(commit="now", reply="huge"),
        "redirect": Effect(commit="never", reply="redirect", status=307),
        "slow": Effect(commit="now", reply="slow"),
    }
)
OK: Final = Effect(commit="now", reply="as_is")

Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One plan. `script` (one fault or "ok" per matching request, in order) goes before `rates` (drawn from `seed`).

    It meets requests whose method is in `methods` and whose step is in `steps`; None: all, except the token step,
    which must be named. The first `skip` of them pass; after `max_count` faults it is spent.
    """

    seed: int = 0
    rates: dict[str, Share] = {}
    script: tuple[str, ...] = ()
    methods: tuple[str, ...] | None = None
    steps: tuple[str, ...] | None = None
    skip: Annotated[int, Meta(ge=0)] = 0
    max_count: Annotated[int, Meta(ge=0)] | None = None
    retry_after_s: Seconds = 1.0
    retry_after_form: Literal["seconds", "date", "none"] = "seconds"
    late_commit_s: Seconds = 1.0
    slow_s: Seconds = 1.0
    hold_s: Seconds = 120.0
    lookup_lag_s: Seconds = 0.0

    def faults(self) -> list[str]:
        """What is wrong with this plan, in words; empty if nothing."""
        names = [*self.rates, *(name for name in self.script if name != "ok")]
        unknown = sorted({name for name in names if name not in EFFECTS})
        found = [f"unknown fault {name!r}; known: {', '.join(EFFECTS)}" for name in unknown]
        if sum(self.rates.values()) > 1:
            found.append("the rates add up to more than 1")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The misfortune of one request."""

    name: str
    effect: Effect
    plan: Plan


CALM: Final = Drawn(name="", effect=OK, plan=Plan())


@dataclass(slots=True)
class _Running:
    plan: Plan
    met: int = 0
    fired: dict[str, int] = field(default_factory=dict)

    def matches(self, method: str, step: str) -> bool:
        if self.plan.methods is not None and method not in self.plan.methods:
            return False
        return step != "token" if self.plan.steps is None else step in self.plan.steps

    def draw(self, account: str) -> str | None:
        number, self.met = self.met, self.met + 1
        spent = self.plan.max_count is not None and sum(self.fired.values()) >= self.plan.max_count
        if number < self.plan.skip or spent:
            return None
        name = self._scripted(number - self.plan.skip) or self._by_lot(account, number)
        if name is None or name == "ok":
            return None
        self.fired[name] = self.fired.get(name, 0) + 1
        return name

    def _scripted(self, number: int) -> str | None:
        return self.plan.script[number] if number < len(self.plan.script) else None

    def _by_lot(self, account: str, number: int) -> str | None:
        lot = random.Random(f"{self.plan.seed}|{account}|{number}").random()  # noqa: S311 - a replayable plan, not a secret
        for name, share in self.plan.rates.items():
            lot -= share
            if lot < 0:
                return name
        return None


@dataclass(slots=True)
class Faults:
    """The plans in force: an account's own, else those of "*" (each account draws for itself)."""

    _plans: dict[str, tuple[Plan, ...]] = field(default_factory=dict)
    _running: dict[str, list[_Running]] = field(default_factory=dict)

    def put(self, plans: dict[str, tuple[Plan, ...]]) -> None:
        """Replace the plans of the accounts named; an empty list ends them. Their counting starts anew."""
        self._plans.update(plans)
        for account in list(self._running):
            if account in plans or (ANY in plans and account not in self._plans):
                del self._running[account]

    def clear(self) -> None:
        self._plans.clear()
        self._running.clear()

    def draw(self, account: str, method: str, step: str) -> Drawn:
        for running in self._of(account):
            if running.matches(method, step):
                name = running.draw(account)
                if name is not None:
                    return Drawn(name=name, effect=EFFECTS[name], plan=running.plan)
        return CALM

    def lookup_lag_s(self, account: str) -> float:
        return max((running.plan.lookup_lag_s for running in self._of(account)), default=0.0)

    def report(self) -> dict[str, object]:
        """The plans as put, and what fired so far."""
        fired = {name: [running.fired for running in running_plans] for name, running_plans in self._running.items()}
        return {"plans": msgspec.to_builtins(self._plans), "fired": fired}

    def _of(self, account: str) -> list[_Running]:
        running = self._running.get(account)
        if running is None:
            plans = self._plans.get(account, self._plans.get(ANY, ()))
            running = self._running[account] = [_Running(plan) for plan in plans]
        return running


def parse_plans(data: bytes) -> dict[str, tuple[Plan, ...]]:
    """The body of `PUT /_sandbox/faults`. Raises ValueError with every fault in words."""
    try:
        given = msgspec.json.decode(data, type=dict[str, Plan | list[Plan] | None])
    except msgspec.DecodeError as exc:
        raise ValueError(str(exc)) from None
    plans = {name: _as_tuple(value) for name, value in given.items()}
    wrong = [f"{name}: {text}" for name, some in plans.items() for plan in some for text in plan.faults()]
    if wrong:
        raise ValueError("; ".join(wrong))
    return plans


def _as_tuple(value: Plan | list[Plan] | None) -> tuple[Plan, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)
