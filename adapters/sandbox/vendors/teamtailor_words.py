"""How Teamtailor answers: JSON:API documents, a page with its links, errors that point at what they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from adapters.sandbox.store import Application, Attachment, Candidate
from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.shape import Problem
    from adapters.sandbox.vendor import Call

MEDIA: Final = "application/vnd.api+json"
_USUAL_PAGE, _LARGEST_PAGE = 10, 30
_INVALID: Final = 422
_NOT_ALLOWED: Final = 400
_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Record not found",
    405: "Method not allowed",
    406: "Not Acceptable",
    415: "Unsupported media type",
    429: "Too many requests",
}
Row = dict[str, Any]
T = TypeVar("T", Application, Candidate, Attachment)


def error(status: int, words: str) -> Answer:
    title = _TITLES.get(status, "Internal Server Error")
    return _errors([{"title": title, "detail": words or title, "code": str(status), "status": str(status)}], status)


def invalid(problems: list[Problem]) -> Answer:
    """A name it does not know stops a request (400); a value that is wrong is invalid (422)."""
    unknown = any(one.fault == "unknown" for one in problems)
    return _errors([_told(one.path, one.text) for one in problems], _NOT_ALLOWED if unknown else _INVALID)


def taken(path: str) -> Answer:
    return _errors([_told(path, "has already been taken")], _INVALID)


def _told(path: str, words: str) -> Row:
    pointer = "/" + path.replace(".", "/")
    name = path.rsplit(".", 1)[-1]
    return {"title": words, "detail": f"{name} - {words}", "code": "100", "source": {"pointer": pointer}}


def _errors(rows: list[Row], status: int) -> Answer:
    return as_json({"errors": [{**row, "status": str(status)} for row in rows]}, status, media=MEDIA)


def one(row: Row, status: int = 200, included: list[Row] | None = None) -> Answer:
    return as_json({"data": row} | ({"included": included} if included else {}), status, media=MEDIA)


def page(call: Call, rows: Iterable[T], shape: Callable[[T], Row]) -> Answer:
    kept = list(call.account.visible(rows, call.at))
    asked, given = call.request.ask("page[size]") or str(_USUAL_PAGE), call.request.ask("page[number]") or "1"
    if not (asked.isdecimal() and given.isdecimal() and 1 <= int(asked) <= _LARGEST_PAGE and int(given) >= 1):
        raise call.refuse(400, "Invalid page value")
    number, size = int(given), min(int(asked), call.account.rules.page_size or _LARGEST_PAGE)
    last = max(1, -(-len(kept) // size))
    links = {"first": _address(call, 1), "last": _address(call, last)}
    if number < last:
        links["next"] = _address(call, number + 1)
    shown = [shape(row) for row in kept[(number - 1) * size : number * size]]
    meta = {"record-count": len(kept), "page-count": last}
    return as_json({"data": shown, "meta": meta, "links": links}, media=MEDIA)


def _address(call: Call, number: int) -> str:
    rest = [(name, value) for name, value in call.request.query if name != "page[number]"]
    path = call.request.path.removeprefix("v1/")
    return f"{call.request.base_url}/{path}?{urlencode([*rest, ('page[number]', str(number))])}"


def resource(call: Call, kind: str, row_id: str, attributes: Row, relations: dict[str, Row | None]) -> Row:
    """Related ones are links, and ids too where they were asked to be included."""
    own = f"{call.request.base_url}/{kind}/{row_id}"
    related: dict[str, Row] = {}
    for name, linkage in relations.items():
        links = {"self": f"{own}/relationships/{name}", "related": f"{own}/{name}"}
        wanted = linkage is not None and name in call.request.ask_all("include")
        related[name] = {"links": links, "data": linkage} if wanted else {"links": links}
    return {"id": row_id, "type": kind, "links": {"self": own}, "attributes": attributes, "relationships": related}
