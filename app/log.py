"""Structured logs: an event's name and allow-listed fields, one JSON object a line; people's data has no field."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

FIELDS: Final = frozenset(
    {
        "application_id",
        "attempt",
        "code",
        "connection",
        "count",
        "delivery_key",
        "employer_id",
        "error",  # an exception's type, never its text
        "event_code",
        "from_offset",
        "kind",
        "lag",
        "level",
        "module",
        "offset",
        "part",
        "partition",
        "pid",
        "reason",
        "retry_in_s",
        "role",
        "state",
        "status",
        "step",
        "timestamp",
        "to_offset",
        "took_s",
        "topic",
        "url",  # of this service's own listeners only
        "vendor",
        "where",  # files and lines, never text
        "worker",
    }
)


def configure(*, level: str, form: str) -> None:
    """Route our own events and every library's records to stderr, filtered to FIELDS."""
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def keep_allowed(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and say how many were dropped."""
    dropped = [name for name in event if name not in FIELDS and name != "event"]
    for name in dropped:
        del event[name]
    if dropped:
        event["count"] = len(dropped)
        event["reason"] = "fields_dropped"
    return event


class _LibraryFormatter(logging.Formatter):
    """Libraries may quote keys, values and bodies in their messages: keep the place and the template only.

    A message without arguments may have been formatted already, so its text is left out: the place finds it.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "event": "library",
            "level": record.levelname.lower(),
            "logger": record.name,
            "line": record.lineno,
        }
        if record.args:
            fields["template"] = str(record.msg)[:200]
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
        return json.dumps(fields)


def get(name: str) -> Any:  # structlog's bound loggers are made at run time
    """A logger for one module."""
    return structlog.get_logger(module=name)
