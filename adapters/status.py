"""Reply to success, or to the error that says what to do next; a vendor with its own error codes asks those first."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from adapters.base import Reply
from schemas.errors import DeliveryError, Permanent, Transient, Unauthorized, Unknown

_CODES: Final = {404: "not_found", 409: "conflict", 410: "gone", 413: "too_large", 422: "invalid"}
_REFUSED_US: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_MAY_HAVE_LANDED: Final = frozenset({HTTPStatus.SEE_OTHER, HTTPStatus.REQUEST_TIMEOUT})  # read; its end was not told
_FRESH_S: Final = 30.0  # Greenhouse's own number (Harvest v1 reference, "truncated response"); others tell none
_MOVED: Final = range(300, 400)


def require_success(reply: Reply) -> Reply:
    """The reply if it is a 2xx. Raises the error its status stands for."""
    if not reply.ok:
        raise error_of(reply)
    return reply


def error_of(reply: Reply, *, fields: tuple[str, ...] = ()) -> DeliveryError:
    """What a failing status means where the vendor says nothing better. `fields`: names of what was refused."""
    text = f"{reply.step or 'call'}: HTTP {reply.status}"
    if reply.status in _REFUSED_US:
        return Unauthorized(text)
    if is_throttled(reply):
        return Transient(text, retry_after_s=retry_after_s(reply), throttled=True)
    if reply.status in _MOVED and reply.status not in _MAY_HAVE_LANDED:
        return Permanent(f"{text}: redirects are not followed", code="redirected")
    if reply.status in range(400, 500) and reply.status not in _MAY_HAVE_LANDED:
        return Permanent(text, code=_CODES.get(reply.status, "refused"), fields=fields)
    return Unknown(text)


def is_throttled(reply: Reply) -> bool:
    """Turned away unread: 429, or a 503 that says when to come back. A bare 503 may have been at work already."""
    if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "retry-after" in reply.headers
    return reply.status == HTTPStatus.TOO_MANY_REQUESTS


def retry_after_s(reply: Reply) -> float | None:
    """Retry-After in seconds, or as a date measured against the reply's own Date: no clock is asked. None: unsaid."""
    value = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, reply.headers.get("date", ""))
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(value: str, sent: str) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(sent)).total_seconds())
    except (TypeError, ValueError):
        return None


def unless_fresh(reply: Reply) -> Reply:
    """The reply, unless it is a 404 on what the same flow was just told exists: then Transient, to be tried again.

    A new record may answer 404 for a while where reads lag behind writes.
    """
    if reply.status == HTTPStatus.NOT_FOUND:
        raise Transient(f"{reply.step}: HTTP 404, what was just made is not visible yet", retry_after_s=_FRESH_S)
    return reply
