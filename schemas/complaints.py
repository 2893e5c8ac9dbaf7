"""msgspec's complaints about a value, in the words of whoever has to mend it; no value is ever quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import ValidationError

_AT: Final = re.compile(r" - at `(?P<path>[^`]*)`$")
_FIELD: Final = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>[^`]*)`")
_PATTERN: Final = re.compile(r"Expected `str` matching regex (?P<pattern>.*)", re.DOTALL)
_WHAT: Final = MappingProxyType({"missing required": "is missing", "contains unknown": "is no field of this"})
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def told(exc: ValidationError, forms: Mapping[str, str] = _NONE) -> tuple[str, str]:
    """(path, what is wrong): the path of the field itself, also where it is missing.

    `forms`: what each regular expression in use means, such as `letters and digits`.
    """
    text = str(exc)
    at = _AT.search(text)
    path, text = (at["path"], text[: at.start()]) if at else ("$", text)
    if field := _FIELD.fullmatch(text):
        return f"{path}.{field['name']}", _WHAT[field["what"]]
    if pattern := _PATTERN.fullmatch(text):
        return path, f"must be {_form(pattern['pattern'], forms)}"
    return path, text


def _form(quoted: str, forms: Mapping[str, str]) -> str:
    """The expression is shown as `repr` does."""
    return next((words for pattern, words in forms.items() if repr(pattern) == quoted), "of another form")
