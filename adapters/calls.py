"""The usual JSON calls of a flow: read, write, delete."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from adapters.base import Call, Method, Read, Reply
from adapters.body import ACCEPT, JSON, json_bytes
from adapters.status import require_success
from schemas.journal import Kept


def reading(step: str, path: str, read: Read, **query: str) -> Call:
    """A GET; safe to repeat, for it changes nothing (RFC 9110 section 9.2.1)."""
    asked = tuple(query.items())
    return Call(step=step, method="GET", path=path, query=asked, headers=ACCEPT, read=read, repeat="safe")


def unless_hidden(read: Read) -> Read:
    """`read`, or {} where this account may not ask: what is only good to know must not stop a delivery."""

    def told(reply: Reply) -> Kept:
        return {} if reply.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND) else read(reply)

    return told


def writing(  # noqa: PLR0913 - the parts of one request
    step: str,
    path: str,
    value: Any,
    read: Read,
    *,
    method: Method = "POST",
    repeat: Literal["safe", "look_first"] = "look_first",
) -> Call:
    """JSON sent to the ATS; looked for before it is repeated, unless the caller has the vendor's word."""
    return Call(step=step, method=method, path=path, headers=JSON, body=json_bytes(value), read=read, repeat=repeat)


def deleting(step: str, path: str) -> Call:
    """A DELETE; twice has the effect of once (RFC 9110 section 9.2.2), and gone already is as good."""
    return Call(step=step, method="DELETE", path=path, headers=ACCEPT, read=gone, repeat="safe")


def gone(reply: Reply) -> Kept:
    if reply.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        require_success(reply)
    return {}
