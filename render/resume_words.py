"""Plain text resumes in whatever encoding they were written."""

from __future__ import annotations

import contextlib
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
_SEARCHED: Final = 400_000
_FEW: Final = 200  # so short a sample never looks tidy
_LENIENT: Final = 0.9
_STRICT: Final = 0.5
_LATIN_SHARE: Final = 0.4  # in words of Latin letters fewer have accents
_WIDE: Final = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_LATIN: Final = ("cp1252", "cp1250", "iso8859_2", "cp1254", "mac_roman")
_OTHERS: Final = (
    "cp1251", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic", "cp855", "iso8859_7", "cp1253", "cp1255", "cp1256",
    "iso8859_6", "tis_620", "shift_jis", "cp932", "euc_jp", "big5", "gb18030", "euc_kr", "cp949", "johab",
)  # fmt: skip
_WESTERN: Final = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüÿßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ"
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2022\u2026\u201a\u201e\u00d7\u00a0·°©®€«»§½²ºª\u00b4¿¡£™"
)


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
    text = _of_wide_letters(content) if b"\x00" in content[:_SAMPLE] else _of_narrow_letters(content)
    if _oddness(text) > _MOST_ODD:
        raise Refused("unsupported")
    return text


def _of_wide_letters(content: bytes) -> str:
    """UTF-16 or UTF-32 without its mark: the reading with the fewest letters that are none. Raises Refused."""
    readings = [content.decode(encoding, "replace") for encoding in _WIDE]
    best = min(readings, key=lambda text: _strangeness(text) - _spaces(text))
    if _strangeness(best) > _MOST_ODD or (len(best) > _FEW and not _spaces(best)):
        raise Refused("unsupported")
    return best


def _strangeness(text: str) -> float:
    sample = text[:_SAMPLE]
    odd = sum(letter == "\ufffd" or unicodedata.category(letter) in {"Cn", "Co", "Cs"} for letter in sample)
    return _oddness(sample) + odd / max(len(sample), 1)


def _spaces(text: str) -> float:
    sample = text[:_SAMPLE]
    return sum(letter in " \n\t\r" for letter in sample) / max(len(sample), 1)


def _of_narrow_letters(content: bytes) -> str:
    for encoding in ("iso2022_jp_2", "iso2022_kr") if b"\x1b$" in content else ("utf-8",):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return _guessed(content)


def _guessed(content: bytes) -> str:
    """By its foreign words alone: a resume in English with a name in Japanese has few of them, and they decide."""
    words = [word for word in content[:_SEARCHED].split() if any(byte >= _NOT_ASCII for byte in word)]
    sample = b" ".join(words)[:_SAMPLE]
    share = sum(byte >= _NOT_ASCII for byte in sample) / max(len(sample), 1)
    if share < _LATIN_SHARE and _is_western(sample.decode("cp1252", "replace")):
        return content.decode("cp1252", "replace")
    candidates = list(_LATIN if share < _LATIN_SHARE else _OTHERS)
    best = from_bytes(sample, cp_isolation=candidates, threshold=_LENIENT if len(sample) < _FEW else _STRICT).best()
    return content.decode(best.encoding if best else "cp1252", "replace")


def _is_western(text: str) -> bool:
    """Whether CP1252 gives only western letters. Hungarian would look like Portuguese without its commonest one."""
    foreign = [letter for letter in text if ord(letter) >= _NOT_ASCII]
    if sum(letter not in _WESTERN for letter in foreign) > _MOST_ODD * len(foreign):
        return False
    return text.count("õ") <= text.count("ã")


def _oddness(text: str) -> float:
    sample = text[:_SAMPLE]
    odd = sum(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f\v" for letter in sample)
    return odd / max(len(sample), 1)
