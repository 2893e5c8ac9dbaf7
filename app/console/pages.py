"""Rows of the ledger to HTML: autoescaped, without scripts, without anything loaded from elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from schemas.codec import encode

Row = Mapping[str, Any]

ON_ITS_WAY: Final = frozenset({"new", "ready", "sending", "uncertain", "create"})
NEEDS_A_PERSON: Final = frozenset({"dead", "parked"})


def render(template: str, **values: Any) -> str:
    """One page. Raises jinja2.UndefinedError for a value the template needs and does not get."""
    return _environment().get_template(template).render(**values)


def per_connection(buckets: Iterable[Row]) -> list[dict[str, Any]]:
    """Bucket rows to one row a connection: applications, delivered, on_its_way, held, skipped, person, reasons."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in buckets:
        key = (row["connection"] or "", row["employer_id"] or "")
        line = found.setdefault(key, _empty(row))
        line["applications"] += row["n"]
        line[_column(row["bucket"])] += row["n"]
        if row["reason"]:
            line["reasons"][row["reason"]] += row["n"]
    return [found[key] for key in sorted(found, key=lambda key: (not key[0], *key))]  # the nameless last


def _empty(row: Row) -> dict[str, Any]:
    counts = dict.fromkeys(("applications", "delivered", "on_its_way", "held", "skipped", "person"), 0)
    return {"connection": row["connection"], "employer_id": row["employer_id"], "reasons": defaultdict(int), **counts}


def _column(bucket: str) -> str:
    if bucket in ON_ITS_WAY:
        return "on_its_way"
    if bucket in NEEDS_A_PERSON:
        return "person"
    return {"hold": "held", "skip": "skipped"}.get(bucket, "delivered")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": cell, "code": code, "without": without}
    return environment


def code(text: str) -> Markup:
    """Words between backticks are what can be typed."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def without(chosen: Mapping[str, str | None], name: str) -> str:
    """The query that is left when one of the filters is taken away."""
    left = {other: value for other, value in chosen.items() if value and other != name}
    return f"?{urlencode(left)}" if left else ""


def cell(value: object) -> str:
    """What stands in a table's cell: times to the second, JSON for what has parts, a dash for nothing."""
    match value:
        case None:
            return "–"  # noqa: RUF001 - a dash on purpose
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return encode(value).decode()
