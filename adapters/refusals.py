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
    """Every name and text in a JSON value, in lower case."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name).casefold()
            yield from told(inner)
    elif isinstance(value, list):
        for inner in value[:_MAX_TEXTS]:
            yield from told(inner)
    elif isinstance(value, str):
        yield value.casefold()


def says_job_closed(reply: Reply, *headers: str) -> bool:
    """Whether a refusal, in its body or in these headers, speaks of a job that takes no more applications."""
    words = " ".join([*told(document_or_none(reply)), *told(list(headers))])
    return any(job in words for job in _JOB) and any(closed in words for closed in _CLOSED)
