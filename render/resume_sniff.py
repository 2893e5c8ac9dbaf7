"""Which kind of file a resume is, judged by its bytes and never by its name."""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["pdf", "zip", "ole", "rtf", "image", "html", "mhtml", "xml", "words", "unknown"]

_HEAD: Final = 1_024
_PICTURES: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x4f\xff\x51",
)
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
_UNREADABLE: Final = (
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x1f\x8b",
    b"BZh",
    b"\x7fELF",
    b"MZ",
    b"SQLite",
    b"OggS",
    b"ID3",
    b"\x00\x00\x01\x00",
)
_HTML: Final = re.compile(rb"<(!doctype\s+html|html|head|body|meta|div|p|table)\b", re.IGNORECASE)
_PDF_OBJECT: Final = re.compile(rb"(?:^|[\r\n])\s*\d+ \d+ obj\b")  # some makers lose the header, viewers do not mind
_MAIL: Final = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]")
_MAIL_SAYS: Final = re.compile(rb"^(?:mime-version|content-type):", re.IGNORECASE | re.MULTILINE)
_MAIL_HEAD: Final = 16_384  # what servers put before the words of the sender can be long


def kind_of(content: bytes) -> Kind:
    """By the first bytes. Nothing is believed that the sender says about the file."""
    head = content[:_HEAD]
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if b"%PDF-" in head or _PDF_OBJECT.search(head):
        return "pdf"
    if bare.startswith((b"{\\rtf", b"{\\pard")):  # converters leave the outer group away
        return "rtf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK")):
        return "zip"
    if head.startswith(_PICTURES) or _is_modern_picture(head):
        return "image"
    return "mhtml" if _is_mail(content[:_MAIL_HEAD], bare) else _kind_of_text(head, bare)


def _kind_of_text(head: bytes, bare: bytes) -> Kind:
    if head.startswith(_UNREADABLE):
        return "unknown"
    narrow = bare.replace(b"\x00", b"")
    if _HTML.match(narrow) or (narrow.startswith((b"<", b"\xff\xfe<", b"\xfe\xff<")) and _HTML.search(narrow)):
        return "html"
    return "xml" if narrow.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").startswith(b"<?xml") else "words"


def _is_mail(start: bytes, bare: bytes) -> bool:
    """A mail or a saved web page: lines of headers, among which is one that says what follows them."""
    headers, _, _ = start.replace(b"\r", b"").partition(b"\n\n")
    return bool(_MAIL.match(bare) and _MAIL_SAYS.search(headers))


def _is_modern_picture(head: bytes) -> bool:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return True
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS
