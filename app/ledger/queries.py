"""Loads the named queries of `sql/*.sql`, so that no SQL is ever built from data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_FOLDER: Final = Path(__file__).parent / "sql"
_HEAD: Final = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\n(?P<purpose>(?:-- .+\n)+)", re.MULTILINE)


@cache
def load(file: str) -> Mapping[str, str]:
    """Every query of `sql/<file>.sql` by name. Raises ValueError for a name used twice or a block without a purpose."""
    text = (_FOLDER / f"{file}.sql").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    names = [head["name"] for head in heads]
    if not names or len(set(names)) != len(names) or len(names) != text.count("-- name: "):
        raise ValueError(f"sql/{file}.sql: every block needs a name of its own and a sentence of purpose")
    ends = [head.start() for head in heads[1:]] + [len(text)]
    bodies = (text[head.end() : end].strip().removesuffix(";") for head, end in zip(heads, ends, strict=True))
    return MappingProxyType(dict(zip(names, bodies, strict=True)))


def query(file: str, name: str) -> str:
    """One query. Raises KeyError where the file has none of that name."""
    return load(file)[name]
