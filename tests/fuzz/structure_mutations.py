"""Changes that keep a file's outer form, so that they reach the code behind it: PDF objects, zip members, XML trees."""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

_NUMBER: Final = re.compile(rb"(?<=[ \[/])-?\d+(?=[ \]/\r\n])")
_REFERENCE: Final = re.compile(rb"\d+ 0 R")
_NAME: Final = re.compile(rb"/[A-Z][A-Za-z]{2,}")
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_TAG: Final = re.compile(rb"<(/?)([\w:]+)([^<>]*)>")
_VALUE: Final = re.compile(rb'"[^"<>]{0,80}"')
_ODD_NUMBERS: Final = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"99999999999999999999", b"0.00001")
_ODD_VALUES: Final = (b'"-1"', b'"0"', b'"99999999999"', b'"rId1"', b'"../../../../etc/passwd"', b'"x"', b'""')
_FILTERS: Final = (
    b"/FlateDecode", b"/LZWDecode", b"/ASCII85Decode", b"/ASCIIHexDecode", b"/RunLengthDecode", b"/DCTDecode",
    b"/JPXDecode", b"/JBIG2Decode", b"/CCITTFaxDecode", b"/Crypt", b"/Nothing",
)  # fmt: skip
_LARGEST_BYTES: Final = 2_000_000

Change = Callable[[bytes, random.Random], bytes]


def change(content: bytes, dice: random.Random) -> bytes:
    """One to four changes of the kind the file allows."""
    changes = _changes_for(content)
    for _ in range(dice.randint(1, 4)):
        content = dice.choice(changes)(content, dice)[:_LARGEST_BYTES]
    return content


def _changes_for(content: bytes) -> tuple[Change, ...]:
    if content.startswith(b"%PDF"):
        return _OF_PDF
    if content.startswith(b"PK"):
        return _OF_ZIP
    return _OF_MARKUP if content.lstrip().startswith(b"<") else (_cut, _repeat)


def _swapped(pattern: re.Pattern[bytes], others: tuple[bytes, ...] = ()) -> Change:
    """One match of `pattern` becomes another match of the same file, or one of `others`."""

    def swap(content: bytes, dice: random.Random) -> bytes:
        found = list(pattern.finditer(content))
        if not found:
            return content
        place = dice.choice(found)
        new = dice.choice(others) if others else dice.choice(found)[0]
        return content[: place.start()] + new + content[place.end() :]

    return swap


def _own_parent(content: bytes, dice: random.Random) -> bytes:
    """A page tree, a resource or an annotation that leads back to itself."""
    found = list(re.finditer(rb"(\d+) 0 obj", content))
    place = dice.choice(found) if found else None
    inner = _REFERENCE.search(content, place.end()) if place else None
    if place is None or inner is None:
        return content
    return content[: inner.start()] + place[1] + b" 0 R" + content[inner.end() :]


def _other_stream(content: bytes, dice: random.Random) -> bytes:
    """A stream packed anew with changed drawing operators, as a broken program would write them."""
    found = list(_STREAM.finditer(content))
    if not found:
        return content
    place = dice.choice(found)
    try:
        plain = zlib.decompress(place[1])
    except zlib.error:
        return content
    words = plain.split(b" ")
    dice.shuffle(words)
    packed = zlib.compress(b" ".join(words * dice.choice((1, 1, 50))))
    return content[: place.start(1)] + packed + content[place.end(1) :]


def _nested(content: bytes, dice: random.Random) -> bytes:
    place = content.find(b"<<") + 2
    depth = dice.choice((10, 500, 5_000))
    return content[:place] + b"/X " + b"<</X " * depth + b"1" + b">>" * depth + content[place:]


def _member(content: bytes, dice: random.Random) -> bytes:
    """One member of a zip is changed, doubled, emptied or takes another's place."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OSError, EOFError, RuntimeError):
        return content
    if not members:
        return content
    number = dice.randrange(len(members))
    name, inner = members[number]
    match dice.randrange(8):
        case 0:
            members.append((name, dice.choice(members)[1]))
        case 1:
            members[number] = (name, b"")
        case 2:
            members[number] = (name, dice.choice(members)[1])
        case _:
            members[number] = (name, dice.choice(_OF_MARKUP)(inner, dice))
    return _zipped(members)


def _zipped(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.filelist = [one for one in archive.filelist if one.filename != name]
            archive.NameToInfo.pop(name, None)
            archive.writestr(info, inner)
    return out.getvalue()


def _moved_element(content: bytes, dice: random.Random) -> bytes:
    """A piece of markup, from one tag to a later one, is set again somewhere else."""
    found = list(_TAG.finditer(content))
    if len(found) < 3:
        return content
    start, end = sorted(dice.sample(range(len(found)), 2))
    piece = content[found[start].start() : found[min(end, start + 40)].end()]
    place = dice.choice(found).end()
    return content[:place] + piece * dice.choice((1, 1, 1, 30)) + content[place:]


def _deep(content: bytes, dice: random.Random) -> bytes:
    found = list(_TAG.finditer(content))
    if not found:
        return content
    place = dice.choice(found)
    depth = dice.choice((20, 150, 250, 3_000))
    opened = b"<" + place[2] + b">"
    return content[: place.end()] + opened * depth + b"x" + b"</" + place[2] + b">" * depth + content[place.end() :]


def _cut(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(max(len(content), 1))
    return content[:start] + content[start + dice.randint(1, 60) :]


def _repeat(content: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(max(len(content), 1))
    piece = content[start : start + dice.randint(1, 60)]
    return content[:start] + piece * dice.choice((2, 20, 500)) + content[start:]


_OF_PDF: Final[tuple[Change, ...]] = (
    _swapped(_REFERENCE), _swapped(_NUMBER, _ODD_NUMBERS), _swapped(_NUMBER), _swapped(_NAME),
    _swapped(_NAME, _FILTERS), _own_parent, _other_stream, _nested, _cut,
)  # fmt: skip
_OF_ZIP: Final[tuple[Change, ...]] = (_member,)
_OF_MARKUP: Final[tuple[Change, ...]] = (
    _swapped(_TAG), _swapped(_VALUE), _swapped(_VALUE, _ODD_VALUES), _moved_element, _moved_element, _deep, _cut,
)  # fmt: skip
