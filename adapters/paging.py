"""Follows a vendor's pages: a reading keeps what was looked for, or the token of the next page, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from urllib.parse import urlsplit

from adapters.base import Call
from schemas.errors import Unknown
from schemas.journal import Kept

Some = Generator[Call, Kept, Kept]
NEXT = "next"  # what a page's reading keeps the token under


def through_pages(first: Call, follow: Callable[[Call, str], Call], *, most: int) -> Some:
    """What the first page that has something says; {} where none has. Raises Unknown beyond `most` pages.

    `follow` makes the next call from the first one and a token. A page that names itself as the next one is the last:
    a mock made from a vendor's document gives the same example for every page.
    """
    call, asked = first, set[str]()
    for number in range(2, most + 2):
        kept = yield call
        token = kept.get(NEXT)
        if token is None:
            return kept
        if token in asked:
            return {}
        asked.add(token)
        call = replace(follow(first, token), step=f"{first.step}, page {number}")
    raise Unknown(f"{first.step}: more than {most} pages")


def asking(name: str) -> Callable[[Call, str], Call]:
    """`follow` for an ATS that wants the first call's query and the token beside it."""
    return lambda first, token: replace(first, query=(*first.query, (name, token)))


def query_of(address: str | None) -> str:
    """The query of an address the ATS tells as the next page's; "" where it has none, or is no address.

    Only the query is ever used, so that a page leads nowhere else.
    """
    try:
        return urlsplit(address or "").query
    except ValueError:
        return ""
