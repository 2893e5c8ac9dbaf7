"""The stored content of an application: the newest event's own bytes, and the typed value in them."""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

from schemas.events import Application

_DECODER: Final = msgspec.json.Decoder(Application)


def content_of(snapshot: bytes | None) -> Application | None:
    """The newest `applications` event as ingest stored it; None once it was purged. Raises ValueError if unreadable."""
    if snapshot is None:
        return None
    try:
        return _DECODER.decode(zlib.decompress(snapshot))
    except (msgspec.DecodeError, zlib.error):
        raise ValueError("the stored content cannot be read") from None
