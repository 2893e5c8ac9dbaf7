"""Which addresses may become a link in the document, and in what spelling."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

_MAILBOX: Final = re.compile(r"[^\s@<>\"'(),:;\\\[\]]{1,64}@[^\s@<>\"'(),:;\\\[\]/?#]{1,255}")
_DIALLED: Final = re.compile(r"[^0-9+]")
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f<>\"\\^`{|}\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST: Final = 2_000
_FEWEST_DIGITS: Final = 5


def web_link(address: str | None, *, schemes: frozenset[str] = frozenset({"https"})) -> str | None:
    """`address` if it is an absolute address of one of `schemes` without user name, password or odd characters."""
    text = (address or "").strip()
    if not text or len(text) > _LONGEST or _FORBIDDEN.search(text):
        return None
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.username is None and parts.password is None
        _ = parts.port
    except ValueError:
        return None
    return text if named and parts.scheme.lower() in schemes else None


def mail_link(address: str) -> str | None:
    """`mailto:` for a plain mailbox; None for anything that could carry headers or a second recipient."""
    return f"mailto:{quote(address, safe='@+.-_')}" if _MAILBOX.fullmatch(address) else None


def phone_link(number: str) -> str | None:
    dialled = _DIALLED.sub("", number)
    return f"tel:{dialled}" if len(dialled) >= _FEWEST_DIGITS and dialled.rfind("+") <= 0 else None


def resume_link(address: str | None) -> str | None:
    """What stays clickable of a resume's own links: https and plain mailto."""
    text = (address or "").strip()
    if text[:7].lower() == "mailto:":
        return mail_link(text[7:])
    return web_link(text)
