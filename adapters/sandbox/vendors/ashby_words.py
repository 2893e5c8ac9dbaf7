"""How Ashby answers: success and failure alike inside a 200, and the few things that are not."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from adapters.sandbox.wire import Answer, Refused, as_json

if TYPE_CHECKING:
    from adapters.sandbox.shape import Problem


def success(results: Any, **more: Any) -> Answer:
    return as_json({"success": True, "results": results, **more})


def failed(code: str, words: str) -> Refused:
    info = {"code": code, "message": words, "requestId": secrets.token_hex(8)}
    return Refused(as_json({"success": False, "errors": [code], "errorInfo": info}))


def invalid(problems: list[Problem]) -> Answer:
    return failed("invalid_input", "; ".join(f"{one.path} {one.text}" for one in problems)).answer


def error(status: int, words: str) -> Answer:
    """The few things that are not a 200: no key, a wrong one, a throttle, a path that is none, a gateway."""
    if status == 400:  # noqa: PLR2004
        return failed("invalid_input", words).answer
    if status == 403 and words != "Forbidden":  # noqa: PLR2004
        return as_json({"success": False, "errors": ["missing_endpoint_permission"]}, 403)
    return as_json({"success": False, "errors": [words or f"status {status}"]}, status)
