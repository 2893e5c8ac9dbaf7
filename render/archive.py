"""Documents of many parts from strangers: a zip with one limit for all its members, or one file with parts in it."""

from __future__ import annotations

import posixpath
import zipfile
from io import BytesIO
from typing import Final, Protocol

from render.parts import Refused

_MOST_MEMBERS: Final = 5_000
_BROKEN: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zipfile.LargeZipFile,
)
_LOCKED_BIT: Final = 0x1


class Package(Protocol):
    """Named parts, wherever they come from; names count without case and without `./`."""

    def __contains__(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes:
        """The bytes of `name`; empty when there is none. Raises Refused."""


class Parts:
    """A document whose parts all stand in one file."""

    def __init__(self, members: dict[str, bytes]) -> None:
        self._members = {_plain(name): content for name, content in members.items()}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    def read(self, name: str) -> bytes:
        return self._members.get(_plain(name), b"")


class Archive:
    """The members of a zip by name. Raises Refused with damaged, password or too_large."""

    def __init__(self, content: bytes, limit_bytes: int) -> None:
        self._left_bytes = limit_bytes
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except _BROKEN:
            raise Refused("damaged") from None
        members = self._zip.infolist()
        if len(members) > _MOST_MEMBERS:
            raise Refused("too_complex")
        self._members = {_plain(member.filename): member for member in members}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of `name`; empty when there is none."""
        member = self._members.get(_plain(name))
        if member is None:
            return b""
        if member.flag_bits & _LOCKED_BIT:
            raise Refused("password")
        try:
            with self._zip.open(member) as stream:
                content = stream.read(self._left_bytes + 1)
        except Exception as exc:  # zlib and lzma have errors of their own
            raise Refused("damaged") from exc
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise Refused("too_large")
        return content


def _plain(name: str) -> str:
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()
