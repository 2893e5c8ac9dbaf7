"""Reads multipart/form-data (RFC 7578) as strictly as a vendor's framework does: malformed bodies are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9_*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field or file. `file_name` is None for a plain field."""

    name: str
    file_name: str | None
    content_type: str
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """Every part in order. Raises ValueError where the body is not well-formed multipart/form-data."""
    if content_type.split(";", 1)[0].strip().lower() != "multipart/form-data":
        raise ValueError("not multipart/form-data")
    boundary = _parameters(content_type).get("boundary")
    if not boundary:
        raise ValueError("no boundary")
    delimiter = b"--" + boundary.encode("latin-1")
    first, *rest = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if first.strip() or not rest or not rest[-1].startswith(b"--"):
        raise ValueError("not delimited by its boundary")
    return [_part(piece) for piece in rest[:-1]]


def _part(piece: bytes) -> Part:
    head, found, content = piece.partition(b"\r\n\r\n")
    if not found or not head.startswith(b"\r\n"):
        raise ValueError("a part without headers")
    headers = dict(_header(line) for line in head[2:].split(b"\r\n"))
    disposition = headers.get("content-disposition", "")
    parameters = _parameters(disposition)
    if not disposition.lower().startswith("form-data") or "name" not in parameters:
        raise ValueError("a part without a name")
    return Part(
        name=parameters["name"],
        file_name=_extended(parameters.get("filename*")) or parameters.get("filename"),
        content_type=headers.get("content-type", "text/plain"),
        content=content,
    )


def _header(line: bytes) -> tuple[str, str]:
    name, found, value = line.decode("utf-8").partition(":")
    if not found:
        raise ValueError("a malformed header")
    return name.strip().lower(), value.strip()


def _parameters(value: str) -> dict[str, str]:
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if bare == "" else bare
        for name, quoted, bare in _PARAMETER.findall(value)
    }


def _extended(value: str | None) -> str | None:
    """RFC 5987: charset'language'percent-encoded."""
    if value is None or value.count("'") != 2:  # noqa: PLR2004 - the two quotes of RFC 5987
        return None
    charset, _, encoded = value.split("'")
    return unquote(encoded, encoding=charset or "utf-8", errors="strict")
