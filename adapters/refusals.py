"""What the words of a refusal say, for vendors that give no code: they steer and are never passed on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from adapters.base import Reply
from adapters.body import document_or_none

_CLOSED: Final = ("closed", "not open", "no longer", "not accepting", "not published", "unpublished", "archived")
_JOB: Final = ("job", "posting", "position", "requisition", "opening", "opportunity", "vacancy")
_MAX_TEXTS: Final = 200


def told(value: Any) -> Iterator[str]:
    """Every name and text in a JSON value, in lower case and its own order; it may be nested very deep."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner.casefold()
        elif isinstance(inner, dict):
            waiting += [one for name, of_it in reversed(inner.items()) for one in (of_it, str(name))]
        elif isinstance(inner, list):
            waiting += reversed(inner[:_MAX_TEXTS])


def says_job_closed(reply: Reply, *headers: str) -> bool:
    """Whether a refusal, in its body or in these headers, speaks of a job that takes no more applications."""
    words = " ".join([*told(document_or_none(reply)), *told(list(headers))])
    return any(job in words for job in _JOB) and any(closed in words for closed in _CLOSED)
