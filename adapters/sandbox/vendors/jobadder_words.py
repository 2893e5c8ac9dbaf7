"""JobAdder's error model: a message and a list of {code, message, fields}."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.shape import Fault, Problem
from adapters.sandbox.wire import Answer, as_json

_CODES: Final[dict[Fault, str]] = {
    "missing": "MissingField",
    "unknown": "Invalid",
    "type": "Invalid",
    "length": "Invalid",
    "choice": "Invalid",
}
_EMPTY: Final = frozenset({401, 404, 405})  # the document gives these no body


def error(status: int, words: str) -> Answer:
    if status in _EMPTY:
        return Answer(status=status)
    return as_json({"message": words or "An error has occurred", "errors": []}, status)


def fault(status: int, code: str, words: str, fields: list[str]) -> Answer:
    return as_json({"message": words, "errors": [{"code": code, "message": words, "fields": fields}]}, status)


def invalid(problems: list[Problem]) -> Answer:
    items = [{"code": _CODES[one.fault], "message": f"{one.path} {one.text}", "fields": [one.path]} for one in problems]
    return as_json({"message": "Validation failed", "errors": items}, 422)
