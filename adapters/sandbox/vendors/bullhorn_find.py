"""The two ways of asking Bullhorn, as far as a look-up needs them: JPQL against the database, Lucene against the index.

Facts: bullhorn/rest-api-docs source/includes/_query.md and _search.md, read 2026-11. A predicate takes a flat row such
as {"id": 1, "candidate.id": 2, "isDeleted": False}; a field that a row lacks is null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]
Leaf = Callable[["_Tokens"], Predicate]

_JPQL: Final = re.compile(r"\s*('(?:[^']|'')*'|<>|<=|>=|[=<>(),]|[^\s=<>(),']+)")
_LUCENE: Final = re.compile(r"\s*([()]|[A-Za-z0-9.]+:(?:\"(?:[^\"\\]|\\.)*\"|[^\s()]+)|[^\s()]+)")
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}


def jpql(text: str, known: AbstractSet[str]) -> Predicate:
    """`candidate.id = 1 AND isDeleted = false`. Raises ValueError on what it cannot read or does not know."""
    return _whole(_Tokens(_split(_JPQL, text), known), _comparison)


def lucene(text: str, known: AbstractSet[str]) -> Predicate:
    """`email:"a@b.c" AND isDeleted:0`. Raises ValueError on what it cannot read or does not know."""
    return _whole(_Tokens(_split(_LUCENE, text), known), _term)


class _Tokens:
    def __init__(self, tokens: list[str], known: AbstractSet[str]) -> None:
        self._tokens = tokens[::-1]
        self._known = known

    def field(self, name: str) -> str:
        if name not in self._known:
            raise ValueError(f"there is no field {name}")
        return name

    def next(self) -> str:
        if not self._tokens:
            raise ValueError("the query ends too early")
        return self._tokens.pop()

    def take(self, word: str) -> bool:
        if self._tokens and self._tokens[-1].upper() == word:
            self._tokens.pop()
            return True
        return False

    def done(self) -> bool:
        return not self._tokens


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    tokens, end = [], 0
    for found in pattern.finditer(text):
        if found.start() != end:
            raise ValueError("the query cannot be read")
        tokens.append(found[1])
        end = found.end()
    if text[end:].strip():
        raise ValueError("the query cannot be read")
    return tokens


def _whole(tokens: _Tokens, leaf: Leaf) -> Predicate:
    predicate = _any(tokens, leaf)
    if not tokens.done():
        raise ValueError("the query has too much at its end")
    return predicate


def _any(tokens: _Tokens, leaf: Leaf) -> Predicate:
    parts = [_all(tokens, leaf)]
    while tokens.take("OR"):
        parts.append(_all(tokens, leaf))
    return lambda row: any(part(row) for part in parts)


def _all(tokens: _Tokens, leaf: Leaf) -> Predicate:
    parts = [_one(tokens, leaf)]
    while tokens.take("AND"):
        parts.append(_one(tokens, leaf))
    return lambda row: all(part(row) for part in parts)


def _one(tokens: _Tokens, leaf: Leaf) -> Predicate:
    if tokens.take("NOT"):
        inner = _one(tokens, leaf)
        return lambda row: not inner(row)
    if tokens.take("("):
        inner = _any(tokens, leaf)
        if not tokens.take(")"):
            raise ValueError("a bracket is not closed")
        return inner
    return leaf(tokens)


def _comparison(tokens: _Tokens) -> Predicate:
    name, operator = tokens.field(tokens.next()), tokens.next().upper()
    if operator == "IS":
        wanted = not tokens.take("NOT")
        if not tokens.take("NULL"):
            raise ValueError("IS wants NULL")
        return lambda row: (row.get(name) is None) == wanted
    if operator == "IN":
        values = _values(tokens)
        return lambda row: row.get(name) in values
    compare, value = _COMPARE.get(operator), _value(tokens.next())
    if compare is None:
        raise ValueError("an operator is missing")
    return lambda row: row.get(name) is not None and compare(row.get(name), value)


def _values(tokens: _Tokens) -> list[Any]:
    if not tokens.take("("):
        raise ValueError("IN wants a list")
    found = [_value(tokens.next())]
    while tokens.take(","):
        found.append(_value(tokens.next()))
    if not tokens.take(")"):
        raise ValueError("a bracket is not closed")
    return found


def _value(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    return int(token)


def _term(tokens: _Tokens) -> Predicate:
    """One `field:value`; text is compared without regard to case, a flag as 0 or 1."""
    name, found, value = tokens.next().partition(":")
    if not found or not value:
        raise ValueError("a field is missing")
    tokens.field(name)
    bare = value[1:-1] if value.startswith('"') else value
    wanted = re.sub(r"\\(.)", r"\1", bare).lower()
    return lambda row: _indexed(row.get(name)) == wanted


def _indexed(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str("" if value is None else value).lower()
