"""The sandbox's own routes under /_sandbox: what arrived, what is held, and how it is told to misbehave."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from adapters.sandbox.faults import parse_plans
from adapters.sandbox.report import state
from adapters.sandbox.rules import Rules
from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.wire import Request
    from adapters.sandbox.world import World

REQUESTS: Final = "_sandbox/requests"


def answer(world: World, request: Request) -> Answer:
    """Every control route but the request log, which is streamed."""
    head, _, name = request.path.removeprefix("_sandbox").strip("/").partition("/")
    handler = _HANDLERS.get((request.method, head))
    if handler is None:
        return _problem(
            404, f"no such control route; there are: {', '.join(f'{m} /_sandbox/{p}' for m, p in _HANDLERS)}"
        )
    try:
        return handler(world, request, name)
    except (ValueError, msgspec.ValidationError) as exc:
        return _problem(400, str(exc))


def since_of(request: Request) -> int:
    """`since` of the request log. Raises ValueError."""
    given = request.ask("since") or "0"
    if not given.isdecimal():
        raise ValueError("since is the number of a request")
    return int(given)


def merged(rules: Rules, data: bytes) -> Rules:
    """The rules with the fields a JSON object names put in. Raises ValueError."""
    try:
        given = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        fields = {name: msgspec.json.decode(value) for name, value in given.items()}
    except msgspec.DecodeError as exc:
        raise ValueError(str(exc)) from None
    return msgspec.convert({**msgspec.to_builtins(rules), **fields}, Rules)


def _show_state(world: World, request: Request, _name: str) -> Answer:
    return as_json(state(world, request.ask("account")))


def _show_faults(world: World, _request: Request, _name: str) -> Answer:
    return as_json(world.faults.report())


def _put_faults(world: World, request: Request, _name: str) -> Answer:
    world.faults.put(parse_plans(request.body))
    return as_json(world.faults.report())


def _clear_faults(world: World, _request: Request, _name: str) -> Answer:
    world.faults.clear()
    return Answer(status=204)


def _show_rules(world: World, _request: Request, name: str) -> Answer:
    return as_json(msgspec.to_builtins(world.rules.get(name, Rules())))


def _put_rules(world: World, request: Request, name: str) -> Answer:
    if not name:
        raise ValueError("which account? PUT /_sandbox/accounts/{account}")
    rules = merged(world.rules.get(name, Rules()), request.body)
    world.set_rules(name, rules)
    return as_json(msgspec.to_builtins(rules))


def _reset(world: World, _request: Request, _name: str) -> Answer:
    world.reset()
    return Answer(status=204)


def _vendors(world: World, _request: Request, _name: str) -> Answer:
    return as_json(
        {
            name: {"title": vendor.title, "prefix": vendor.prefix, "credentials": dict(vendor.credentials)}
            for name, vendor in world.vendors.items()
        }
    )


def _problem(status: int, words: str) -> Answer:
    return as_json({"error": words}, status)


_HANDLERS: Final[dict[tuple[str, str], Callable[[World, Request, str], Answer]]] = {
    ("GET", "state"): _show_state,
    ("GET", "faults"): _show_faults,
    ("PUT", "faults"): _put_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "accounts"): _show_rules,
    ("PUT", "accounts"): _put_rules,
    ("GET", "vendors"): _vendors,
    ("DELETE", ""): _reset,
}
