"""The kinds of field an event is made of, and how each says in its JSON Schema what a producer puts there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

# `$` alone lets a trailing newline through in Python; the look-ahead changes nothing in ECMA 262 (JSON Schema).
ID_FORM: Final = r"^[^\x00-\x1f\x7f]+$(?!\n)"
Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=ID_FORM)]
Line = Annotated[str, Meta(max_length=2_000)]
Text = Annotated[str, Meta(max_length=1_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Version = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Stars = Annotated[float, Meta(ge=1, le=5, multiple_of=0.5)]  # A27: 1..5 in halves; null means not rated, never 0


def words(among: Iterable[str], more: str) -> Meta:
    """A closed list, as JSON Schema shows it; open in the type, for an unknown word is folded and held (A50)."""
    said = f"One of {listed(among)}; case, spaces and hyphens do not matter. {more}"
    return Meta(description=said, examples=sorted(among))


def says(text: str) -> Meta:
    return Meta(description=text)


def listed(among: Iterable[str]) -> str:
    return ", ".join(sorted(among))
