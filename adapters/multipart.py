"""multipart/form-data (RFC 7578) with a boundary made from the content, so that the same parts give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field, or one file where `file_name` is given. Names are ASCII without quotes (naming.py makes them so)."""

    name: str
    content: bytes = field(repr=False)
    file_name: str | None = None
    media_type: str | None = None


def multipart(parts: Sequence[Part]) -> tuple[str, bytes]:
    """(Content-Type, body)."""
    encoded = [_head(part) + part.content for part in parts]
    digest = hashlib.sha256()
    for piece in encoded:
        digest.update(piece)
    boundary = f"ats-sync-{digest.hexdigest()[:40]}"
    line = f"--{boundary}\r\n".encode()
    body = b"".join(line + piece + b"\r\n" for piece in encoded) + f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def _head(part: Part) -> bytes:
    disposition = f'form-data; name="{part.name}"'
    if part.file_name is not None:
        disposition += f'; filename="{part.file_name}"'
    lines = [f"Content-Disposition: {disposition}"]
    if part.media_type is not None:
        lines.append(f"Content-Type: {part.media_type}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
