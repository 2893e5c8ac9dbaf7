"""How words are dressed by the styles of a word processor, as far as the resume's text shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """What is known of a stretch of words; None leaves it as it is around it."""

    bold: bool | None = None
    italic: bool | None = None
    hidden: bool | None = None

    def over(self, outer: Dress) -> Dress:
        """What this one says, and of `outer` the rest."""
        return Dress(
            bold=outer.bold if self.bold is None else self.bold,
            italic=outer.italic if self.italic is None else self.italic,
            hidden=outer.hidden if self.hidden is None else self.hidden,
        )


def layered(dresses: Iterable[Dress]) -> Dress:
    """One over the other, the innermost first."""
    found = Dress()
    for dress in dresses:
        found = found.over(dress)
    return found
