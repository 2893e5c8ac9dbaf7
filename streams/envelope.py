"""One line of a recorded topic, as `kcat -J` prints it, to the record it was."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from schemas.errors import BadEvent
from schemas.record import Record

_MAX_TIMESTAMP_MS: Final = 2**63 - 1
_NO_PAYLOAD: Final = b"null"


class Envelope(Struct, frozen=True, kw_only=True):
    """`tstype`, `broker` and `headers` are not read. A payload is a JSON string of the value, or the value itself."""

    topic: Annotated[str, Meta(min_length=1, max_length=249)]
    key: str | None = None
    ts: Annotated[int, Meta(ge=-1, le=_MAX_TIMESTAMP_MS)]
    payload: msgspec.Raw
    partition: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    offset: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


_DECODER: Final = msgspec.json.Decoder(Envelope)


def parse_line(line: bytes | str, number: int) -> Record:
    """The record of line `number` (from 1). Raises BadEvent, never quoting the line: not_json, or invalid (a path)."""
    try:
        envelope = _DECODER.decode(line)
        return Record(
            topic=envelope.topic,
            partition=envelope.partition,
            offset=envelope.offset,
            key=None if envelope.key is None else envelope.key.encode(),
            value=_value(bytes(envelope.payload)),
            timestamp_ms=envelope.ts,
        )
    except msgspec.ValidationError as exc:
        text, _, path = str(exc).partition(" - at `")
        raise BadEvent("invalid", f"line {number}: {text}", path=path.removesuffix("`") or "$") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadEvent("not_json", f"line {number} is not readable as JSON") from None


def _value(payload: bytes) -> bytes | None:
    if payload == _NO_PAYLOAD:
        return None
    if payload.startswith(b'"'):
        text: Any = msgspec.json.decode(payload, type=str)
        return str(text).encode()
    return payload


def line_of(record: Record) -> tuple[bytes, bool]:
    """The line `parse_line` reads back, and whether it says every byte: what is no UTF-8 gets a stand-in."""
    key, whole_key = _text(record.key)
    payload, whole_payload = _text(record.value)
    shown = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "ts": record.timestamp_ms,
        "key": key,
        "payload": payload,
    }
    return msgspec.json.encode(shown), whole_key and whole_payload


def _text(data: bytes | None) -> tuple[str | None, bool]:
    if data is None:
        return None, True
    try:
        return data.decode(), True
    except UnicodeDecodeError:
        return data.decode(errors="replace"), False
