"""Fields of a DOCX: the address behind a HYPERLINK field, and what the boxes of an old form say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from render.links import resume_link
from render.safe_xml import Element, attribute, child, named

_ADDRESS: Final = re.compile(r'\s*HYPERLINK\s+"([^"]{1,2000})"')
_DEEPEST: Final = 50
_LONGEST: Final = 4_000
_CHECKED: Final = "\u2612"
_UNCHECKED: Final = "\u2610"
_OFF: Final = frozenset({"0", "false", "off"})


def field_link(instruction: str) -> str | None:
    """Where a HYPERLINK field leads; None for other fields and for addresses that may not be links."""
    found = _ADDRESS.match(instruction)
    return resume_link(found[1]) if found else None


@dataclass(slots=True, kw_only=True)
class Fields:
    """The fields that are open where the walk is: begin, instruction, separator, result and end are runs in a row."""

    _open: list[str] = field(default_factory=list)

    @property
    def href(self) -> str | None:
        return next((link for text in reversed(self._open) if (link := field_link(text))), None)

    def take(self, element: Element) -> str:
        """Follows a `fldChar` or `instrText`; returns what a form's box shows, else nothing."""
        if named(element) == "instrText":
            if self._open and len(self._open[-1]) < _LONGEST:
                self._open[-1] += element.text or ""
            return ""
        match attribute(element, "fldCharType"):
            case "begin" if len(self._open) < _DEEPEST:
                self._open.append("")
                return _shown(child(element, "ffData"))
            case "end" if self._open:
                self._open.pop()
        return ""


def _shown(form: Element | None) -> str:
    """A check box as a sign, and the chosen entry of a list; what is typed stands in the field's result."""
    box, chosen = child(form, "checkBox"), child(form, "ddList")
    if box is not None:
        state = child(box, "checked")
        state = state if state is not None else child(box, "default")
        return _UNCHECKED if state is None or attribute(state, "val").lower() in _OFF else _CHECKED
    if chosen is None:
        return ""
    entries = [attribute(one, "val") for one in chosen if named(one) == "listEntry"]
    number = attribute(child(chosen, "result"), "val") or attribute(child(chosen, "default"), "val") or "0"
    return entries[int(number)] if number.isdigit() and int(number) < len(entries) else ""
