"""Zoho's way of answering: one entry for each record sent, inside a 2xx; {code, details, message, status} anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from adapters.sandbox.shape import Fault, Problem
from adapters.sandbox.wire import Answer, as_json

_CODES: Final = {
    400: "INVALID_DATA",
    401: "INVALID_TOKEN",
    403: "NO_PERMISSION",
    404: "INVALID_URL_PATTERN",
    405: "INVALID_REQUEST_METHOD",
    413: "INVALID_DATA",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
}
_FAULTS: Final[dict[Fault, str]] = {"missing": "MANDATORY_NOT_FOUND"}
Entry = dict[str, Any]


def error(status: int, words: str) -> Answer:
    return refusal(status, _CODES.get(status, "INTERNAL_ERROR"), words or "request refused")


def refusal(status: int, code: str, words: str, **details: Any) -> Answer:
    """Of a request as a whole."""
    return as_json(failed(code, words, **details), status)


def failed(code: str, words: str, **details: Any) -> Entry:
    return {"code": code, "details": details, "message": words, "status": "error"}


def done(words: str, **details: Any) -> Entry:
    return {"code": "SUCCESS", "details": details, "message": words, "status": "success"}


def invalid(problem: Problem) -> Entry:
    """The first fault of one record."""
    name = problem.path.rpartition(".")[2]
    return failed(_FAULTS.get(problem.fault, "INVALID_DATA"), f"{name} {problem.text}", api_name=name)


def told(entries: Sequence[Entry], status: int = 200) -> Answer:
    """202 where any of the records was refused."""
    refused = any(entry["status"] == "error" for entry in entries)
    return as_json({"data": list(entries)}, 202 if refused else status)
