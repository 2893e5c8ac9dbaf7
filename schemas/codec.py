"""Plain values to canonical JSON bytes and back; the only file that imports orjson."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from schemas.errors import BadEvent


def encode(value: Any) -> bytes:
    """Canonical JSON: keys sorted, UTF-8, RFC 3339 times in UTC with Z. Equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def decode(data: bytes | str) -> Any:
    """Any JSON value. Raises BadEvent(not_json) without quoting the data."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as exc:
        raise BadEvent("not_json", f"not JSON near byte {exc.pos}") from None


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(encode(value)).hexdigest()
