"""What a JSON body may look like, in a vendor's own words: names, types and lengths, every fault listed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Fault = Literal["missing", "unknown", "type", "length", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    path: str
    fault: Fault
    text: str


Rule = Callable[[Any, str], Iterator[Problem]]


def text(*, longest: int | None = None, empty: bool = False) -> Rule:
    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(path=path, fault="type", text="is not a string")
        elif not empty and not value.strip():
            yield Problem(path=path, fault="missing", text="can't be blank")
        elif longest is not None and len(value) > longest:
            yield Problem(path=path, fault="length", text=f"is longer than {longest} characters")

    return check


def integer() -> Rule:
    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem(path=path, fault="type", text="is not an integer")

    return check


def boolean() -> Rule:
    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem(path=path, fault="type", text="is not a boolean")

    return check


def anything() -> Rule:
    def check(_value: Any, _path: str) -> Iterator[Problem]:
        yield from ()

    return check


def choice(*words: str) -> Rule:
    def check(value: Any, path: str) -> Iterator[Problem]:
        if value not in words:
            yield Problem(path=path, fault="choice", text="does not have a valid value")

    return check


def nullable(rule: Rule) -> Rule:
    def check(value: Any, path: str) -> Iterator[Problem]:
        if value is not None:
            yield from rule(value, path)

    return check


def many(rule: Rule, *, least: int = 0, most: int | None = None) -> Rule:
    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(path=path, fault="type", text="is not an array")
            return
        if len(value) < least:
            yield Problem(path=path, fault="missing", text=f"has fewer than {least} items")
        if most is not None and len(value) > most:
            yield Problem(path=path, fault="length", text=f"has more than {most} items")
        for number, item in enumerate(value):
            yield from rule(item, f"{path}[{number}]")

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule], *, open_ended: bool = False) -> Rule:
    """An object; `open_ended` ignores names it does not know, as some vendors do."""
    known = {**required, **optional}

    def check(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(path=path, fault="type", text="is not an object")
            return
        prefix = f"{path}." if path else ""
        for name in required:
            if name not in value:
                yield Problem(path=prefix + name, fault="missing", text="is missing")
        for name, item in value.items():
            if name in known:
                yield from known[name](item, prefix + name)
            elif not open_ended:
                yield Problem(path=prefix + name, fault="unknown", text="is not allowed")

    return check
