"""The walk over the groups of an RTF file: what each control word does to the words that follow it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from render.docx_fields import field_link
from render.parts import Refused
from render.rtf_story import Look, Story
from render.rtf_words import CHARSETS, LETTERS, SIGNS, STARRED_BUT_SEEN, SYMBOLS, UNSEEN, encoding_of

_TOKEN: Final = re.compile(
    rb"\\([a-zA-Z]{1,40})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([\r\n\x00]+)|([^\\{}\r\n\x00]+)|(\\)"
)
_DEEPEST: Final = 1_000
_LOOKS: Final[dict[str, Callable[[Look, bool], Look]]] = {
    "b": lambda look, on: replace(look, bold=on),
    "i": lambda look, on: replace(look, italic=on),
    "v": lambda look, on: replace(look, hidden=on),
    "deleted": lambda look, on: replace(look, deleted=on),
}
_ENDS: Final = frozenset({"par", "sect", "page", "column", "nestcell"})
_PLACES: Final = {
    "header": "head", "headerl": "head", "headerr": "head", "headerf": "head", "footer": "foot", "footerl": "foot",
    "footerr": "foot", "footerf": "foot", "footnote": "note", "listtext": "mark", "pntext": "mark",
    "fldinst": "field", "shptxt": "box", "dptxbxtext": "box", "fonttbl": "fonts", "stylesheet": "styles",
    "pict": "picture",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What holds until its brace closes. `uc`: letters that stand in for one of Unicode; `field`: its instruction."""

    place: str = "body"
    look: Look = field(default_factory=Look)
    font: int = -1
    uc: int = 1
    field: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Walk:
    """One pass over the file; everything seen goes to `story`. Raises Refused with too_complex for absurd nesting."""

    content: bytes
    story: Story
    _encodings: dict[int, str] = field(default_factory=dict)
    _page: str = "cp1252"
    _first_font: int = 0
    _group: Group = field(default_factory=Group)
    _outer: list[Group] = field(default_factory=list)
    _starred: bool = False
    _begins: bool = False
    _stand_ins: int = 0
    _bytes: bytearray = field(default_factory=bytearray)

    def run(self) -> None:
        place, end = 0, len(self.content)
        while place < end:
            found = _TOKEN.match(self.content, place)
            if found is None:  # pragma: no cover - the pattern takes any byte
                return
            place = found.end() + self._take(found)
        self._flush()

    def _take(self, found: re.Match[bytes]) -> int:
        """Follows one token; returns how many bytes of binary data come after it."""
        word, number, code, sign, brace, _, plain, _ = found.groups()
        if plain is not None:
            self._plain(plain)
        elif code is not None:
            self._plain(bytes([int(code, 16)]))
        elif word is not None:
            return self._word(word.decode("ascii"), int(number) if number else None)
        elif sign is not None:
            self._sign(sign)
        elif brace is not None:
            self._brace(opens=brace == b"{")
        return 0

    def _plain(self, letters: bytes) -> None:
        """Letters of one byte or of several: they are read together, once the next word shows that this is all."""
        self._begins = False
        standing_in = min(self._stand_ins, len(letters))
        self._stand_ins -= standing_in
        self._bytes += letters[standing_in:]

    def _sign(self, sign: bytes) -> None:
        if sign in {b"\n", b"\r"}:
            self._flush()
            self._end_of("par")
        elif sign == b"*":
            self._starred = True
        elif self._stand_ins:
            self._stand_ins -= 1
        elif text := SIGNS.get(sign.decode("latin-1")):
            self._flush()
            self._say(text)

    def _brace(self, *, opens: bool) -> None:
        self._flush()
        self._stand_ins, self._starred = 0, False
        if opens:
            if len(self._outer) >= _DEEPEST:
                raise Refused("too_complex")
            self._outer.append(self._group)
            self._begins = True
        elif self._outer:
            inner, self._group = self._group, self._outer.pop()
            if inner.place != self._group.place:
                self.story.leave(inner.place, self._group.place)

    def _word(self, word: str, number: int | None) -> int:
        self._flush()
        begins, self._begins = self._begins, False
        starred, self._starred = self._starred, False
        if word == "bin":
            return max(number or 0, 0)
        if word == "u":
            self._unicode(number or 0)
        elif word in LETTERS:
            self._say(LETTERS[word])
        elif begins and self._opens(word, starred=starred):
            pass
        elif word in _LOOKS:
            self._group = replace(self._group, look=_LOOKS[word](self._group.look, number != 0))
        else:
            self._change(word, number)
        return 0

    def _opens(self, word: str, *, starred: bool) -> bool:
        """Whether the group that has just begun is of another kind than the one around it."""
        if word in UNSEEN or (starred and word not in STARRED_BUT_SEEN and word not in _PLACES):
            self._group = replace(self._group, place="unseen")
        elif word == "field":
            self._group = replace(self._group, field=[])
        elif word == "fldrslt":
            href = field_link("".join(self._group.field))
            self._group = replace(self._group, look=replace(self._group.look, href=href or self._group.look.href))
        elif word in _PLACES and self._group.place != "unseen":
            self._group = replace(self._group, place=_PLACES[word])
            self.story.enter(self._group.place)
        else:
            return False
        return True

    def _unicode(self, code: int) -> None:
        self._say(chr(code & 0xFFFF))
        self._stand_ins = self._group.uc

    def _change(self, word: str, number: int | None) -> None:
        group = self._group
        if word in _ENDS or word in {"cell", "row", "nestrow"}:
            self._end_of(word)
        elif word == "plain":
            self._group = replace(group, look=Look(href=group.look.href), font=self._first_font)
        elif word == "f":
            self._group = replace(group, font=number or 0)
        elif word == "uc":
            self._group = replace(group, uc=max(number or 0, 0))
        elif word in {"ansicpg", "mac", "pc", "pca", "deff", "fcharset", "cpg"}:
            self._header(word, number or 0)
        elif group.place != "unseen":
            self.story.control(group.place, word, number)

    def _header(self, word: str, number: int) -> None:
        match word:
            case "deff":
                self._first_font = number
            case "fcharset":
                if number in CHARSETS and number:  # 0 and 1 say no more than the page of the whole file
                    self._encodings[self._group.font] = CHARSETS[number]
            case "cpg":
                self._encodings[self._group.font] = encoding_of(number)
            case "ansicpg":
                self._page = encoding_of(number)
            case _:
                self._page = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]

    def _end_of(self, word: str) -> None:
        if self._group.place not in {"unseen", "picture", "field", "fonts", "styles", "mark"}:
            self.story.end(self._group.place, word)

    def _flush(self) -> None:
        """The collected bytes as text, in the encoding of their font."""
        if not self._bytes:
            return
        letters, self._bytes = bytes(self._bytes), bytearray()
        if self._group.place == "unseen":
            return
        font = self._group.font if self._group.font >= 0 else self._first_font
        encoding = self._encodings.get(font, self._page)
        self._say(_pictured(letters) if encoding == SYMBOLS else letters.decode(encoding, "replace"))

    def _say(self, text: str) -> None:
        group = self._group
        if group.place == "field":
            group.field.append(text)
        elif group.place not in {"unseen", "fonts"}:
            self.story.say(text, group.place, group.look)


def _pictured(letters: bytes) -> str:
    """Of a font whose letters are pictures: bullets, ticks, telephones. Which one it is cannot be said in text."""
    return "".join("\u2022" if chr(letter) > " " else chr(letter) for letter in letters)
