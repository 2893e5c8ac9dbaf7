"""JSON out and in: canonical bytes for a call; a named field of a reply, or Unknown when a success makes no sense."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import Any, Final

from adapters.base import Reply
from schemas.codec import decode, encode
from schemas.errors import BadEvent, Unknown

ACCEPT: Final = {"Accept": "application/json"}
JSON: Final = {"Content-Type": "application/json", **ACCEPT}

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
Key = str | int


def json_bytes(value: Any) -> bytes:
    """The same bytes for the same value, on every attempt."""
    return encode(value)


def document(reply: Reply) -> Any:
    """The reply's JSON. Raises Unknown: the vendor took the call, but what it did cannot be read."""
    try:
        return _decoded(reply)
    except BadEvent:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without readable JSON") from None


def document_or_none(reply: Reply) -> Any:
    """The JSON of a refusal, if it has any: its codes may steer, its status decides where it has none."""
    try:
        return _decoded(reply)
    except BadEvent:
        return None


def _decoded(reply: Reply) -> Any:
    """A byte order mark before JSON is to be forgiven (RFC 8259 section 8.1)."""
    return _unwrapped(decode(reply.body.removeprefix(BOM_UTF8)))


def _unwrapped(value: Any) -> Any:
    """A mock made from a ReadMe document answers the examples as it holds them: JSON inside a JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return decode(value.encode())
    except (BadEvent, UnicodeEncodeError):
        return value


def at(value: Any, *path: Key) -> Any:
    """The value at a path of names and positions; None where the path ends early."""
    for key in path:
        if isinstance(key, str) and isinstance(value, dict):
            value = value.get(key)
        elif isinstance(key, int) and isinstance(value, list) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def text_at(value: Any, *path: Key) -> str | None:
    """An id or a word as text; None where it is missing, empty or of another kind."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        return None
    return str(found) or None


def list_at(value: Any, *path: Key) -> list[Any]:
    """The list at a path; [] where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def number_at(value: Any, *path: Key) -> int | None:
    """An id this vendor writes as a number, in quotation marks or not; None where it is none."""
    found = text_at(value, *path)
    return int(found) if found is not None and _NUMBER.fullmatch(found) else None


def number_field(reply: Reply, *path: Key) -> str:
    """A number the reply must hold, as text. Raises Unknown where it does not: a success that makes no sense."""
    found = number_at(document(reply), *path)
    if found is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without {'.'.join(map(str, path))!r}")
    return str(found)


def text_field(reply: Reply, *path: Key) -> str:
    """An id the reply must hold. Raises Unknown where it does not: a success that makes no sense."""
    found = text_at(document(reply), *path)
    if found is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without {'.'.join(map(str, path))!r}")
    return found


def rows(reply: Reply, *path: Key) -> list[dict[str, Any]]:
    """The list of objects at a path ([] of an empty path: the document itself). Raises Unknown where there is none."""
    found = at(document(reply), *path)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unknown(f"{reply.step}: HTTP {reply.status} without a list")
    return found
