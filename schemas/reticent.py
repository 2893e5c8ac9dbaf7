"""Structs that hold people's data or secrets, and do not show them."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class Reticent(Struct, frozen=True):
    """Shows the fields in `shown` alone, in `repr` and where rich draws it: msgspec has rich draw every field."""

    shown: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        told = (f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join([*told, '...'])})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.shown]
