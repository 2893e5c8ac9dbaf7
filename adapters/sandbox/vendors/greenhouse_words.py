"""How Greenhouse Harvest v3 says no, and the headers it puts on every reply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from adapters.sandbox.wire import Answer, as_json
from adapters.sandbox.world import window_left_s

if TYPE_CHECKING:
    from adapters.sandbox.shape import Problem
    from adapters.sandbox.vendor import Call

ATTACHMENT_TYPES: Final = (
    "resume",
    "cover_letter",
    "take_home_test",
    "offer_packet",
    "offer_letter",
    "signed_offer_letter",
    "midfunnel_agreement",
    "automated_agreement",
    "form_attachment",
    "other",
)
_WORDS: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Resource not found",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
_SHOWN_LIMIT: Final = 15_000
_SHOWN_WINDOW_S: Final = 30


def error(status: int, words: str) -> Answer:
    message = _WORDS.get(status, "Error")
    if status == 404:  # noqa: PLR2004
        return as_json({"message": message}, status)
    return as_json({"message": message, "errors": [words] if words else []}, status)


def unprocessable(fault: str | Mapping[str, str]) -> Answer:
    """422 with one fault: a sentence, or the field and what is wrong with it. Both shapes are the vendor's."""
    return as_json({"message": _WORDS[422], "errors": [fault]}, 422)


def invalid(problems: list[Problem]) -> Answer:
    return as_json({"message": _WORDS[422], "errors": [{one.path: one.text} for one in problems]}, 422)


def finish(call: Call) -> dict[str, str]:
    """The rate headers are on every reply, refusals too."""
    rate, used = call.account.rules.rate, call.account.window_used
    limit = rate.limit if rate else _SHOWN_LIMIT
    left_s = window_left_s(call.account, call.at) if rate else _SHOWN_WINDOW_S
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(max(0, limit - used)),
        "x-ratelimit-reset": str(math.ceil(call.at.timestamp() + left_s)),
        "x-request-id": f"sandbox-{call.account.vendor}-{int(call.at.timestamp() * 1_000_000)}",
    }
