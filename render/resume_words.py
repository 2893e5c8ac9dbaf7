"""Plain text resumes in whatever encoding they were written."""

from __future__ import annotations

import unicodedata
from typing import Final

from charset_normalizer import from_bytes

from render.cell_jobs import ResumeLimits
from render.parts import Block, FlowPart, Refused, Run
from render.text import clean

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE: Final = 20_000
_MOST_ODD: Final = 0.02
_NOT_ASCII: Final = 0x80
_WESTERN: Final = 0.2


def load_words(content: bytes, limits: ResumeLimits) -> FlowPart:
    """The text as one preformatted block. Raises Refused with unsupported (binary), empty or too_large."""
    text = decoded(content)
    if len(text) > limits.flow_characters:
        raise Refused("too_large")
    shown = clean(text)
    if not shown:
        raise Refused("empty")
    return FlowPart(kind="text", pieces=tuple(_blocks(shown)))


def _blocks(text: str) -> list[Block]:
    """One block per stretch between empty lines, so that pages can break there."""
    return [Block(kind="pre", runs=(Run(text=part),)) for part in text.split("\n\n") if part.strip()]


def decoded(content: bytes) -> str:
    """The most likely reading. Raises Refused with unsupported when the bytes are no text."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = _guessed(content)
    if _oddness(text) > _MOST_ODD:
        raise Refused("unsupported")
    return text


def _guessed(content: bytes) -> str:
    sample = content[:_SAMPLE]
    if b"\x00" not in sample and sum(byte >= _NOT_ASCII for byte in sample) < _WESTERN * len(sample):
        return content.decode("cp1252", "replace")  # few odd letters: a western language, whatever statistics say
    best = from_bytes(sample).best()
    if best is None:
        raise Refused("unsupported")
    return content.decode(best.encoding, "replace")


def _oddness(text: str) -> float:
    sample = text[:_SAMPLE]
    odd = sum(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f\v" for letter in sample)
    return odd / max(len(sample), 1)
