"""How Kombo answers: a status word, the data or an error told by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.shape import Problem

_CODES: Final = {
    400: "PLATFORM.INPUT_INVALID",
    401: "PLATFORM.AUTHENTICATION_INVALID",
    403: "INTEGRATION.PERMISSION_MISSING",
    404: "PLATFORM.INPUT_INVALID",
    429: "PLATFORM.CONCURRENCY_LIMIT_EXCEEDED",
    500: "PLATFORM.UNKNOWN_ERROR",
    502: "REMOTE.UNKNOWN_HTTP_ERROR",
    503: "REMOTE.SERVICE_UNAVAILABLE",
    504: "PLATFORM.TASK_TIMED_OUT",
}


def success(data: dict[str, Any]) -> Answer:
    return as_json({"status": "success", "data": data, "warnings": []})


def error(status: int, words: str) -> Answer:
    return problem(status, _CODES.get(status), words)


def problem(status: int, code: str | None, words: str) -> Answer:
    fault = {"code": code, "title": None, "message": words or "An error without a code.", "log_url": None}
    return as_json({"status": "error", "error": fault}, status)


def invalid(problems: list[Problem]) -> Answer:
    return problem(400, "PLATFORM.INPUT_INVALID", "; ".join(f"{one.path} {one.text}" for one in problems))
