"""How the styles of an ODT dress its words: bold, italic, heading, or hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from render.docx_styles import names_a_heading
from render.dress import Dress, layered
from render.safe_xml import Element, attribute, child, named

_DEEPEST: Final = 20
_BOLD_FROM: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    parent: str
    heading: bool
    dress: Dress


@dataclass(slots=True, kw_only=True)
class OdtStyles:
    """Looked up by family (`paragraph`, `text`) and name."""

    by_name: dict[tuple[str, str], _Style] = field(default_factory=dict)

    def read(self, root: Element) -> None:
        """Adds the styles below `root`; those read later win."""
        for element in root.iter():
            if named(element) == "style":
                self.by_name[attribute(element, "family"), attribute(element, "name")] = _style(element)

    def dress(self, family: str, name: str) -> Dress:
        return layered(style.dress for style in self._chain(family, name))

    def is_heading(self, name: str) -> bool:
        return any(style.heading for style in self._chain("paragraph", name))

    def _chain(self, family: str, name: str) -> Iterator[_Style]:
        for _ in range(_DEEPEST):
            style = self.by_name.get((family, name))
            if style is None:
                return
            yield style
            name = style.parent


def _style(element: Element) -> _Style:
    look = child(element, "text-properties")
    weight, slant, shown = (attribute(look, name) for name in ("font-weight", "font-style", "display"))
    called = attribute(element, "display-name") or attribute(element, "name").replace("_20_", " ")
    return _Style(
        parent=attribute(element, "parent-style-name"),
        heading=attribute(element, "family") == "paragraph" and names_a_heading(called.lower()),
        dress=Dress(
            bold=_is_bold(weight) if weight else None,
            italic=slant in {"italic", "oblique"} if slant else None,
            hidden=shown == "none" if shown else None,
        ),
    )


def _is_bold(weight: str) -> bool:
    return int(weight) >= _BOLD_FROM if weight.isdigit() else weight == "bold"
