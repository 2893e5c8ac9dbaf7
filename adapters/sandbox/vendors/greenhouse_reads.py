"""What Greenhouse Harvest v3 lets one read: bare arrays, filters, cursors in the Link header."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from adapters.sandbox.store import Application, Attachment, Candidate
from adapters.sandbox.vendors.greenhouse_words import ATTACHMENT_TYPES, unprocessable
from adapters.sandbox.wire import Answer, Refused, as_json

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

SOURCE_ID: Final = "4100200"
SOURCES: Final[Mapping[str, str]] = {SOURCE_ID: "FactoryFix", "4100201": "LinkedIn", "4100202": "Referral"}
_DEFAULT_PAGE: Final = 100
_LARGEST_PAGE: Final = 500
_MOST_IDS: Final = 50
_MOST_DIGITS: Final = 18  # 64 bits
_URL_LIVES: Final = timedelta(days=7)
_STATUS_WORDS: Final = {"active": "in_process", "rejected": "rejected", "hired": "hired", "converted": "converted"}
T = TypeVar("T", Candidate, Application, Attachment)


def list_candidates(call: Call) -> Answer:
    _admin_only(call)
    filters = _filters(call)
    email, ids = _one(filters, "email"), _ids(filters, "ids")
    rows: Iterable[Candidate] = call.account.candidates.values()
    if email is not None:
        rows = call.account.with_email(email)
    elif ids is not None:
        rows = [call.account.candidates[one] for one in ids if one in call.account.candidates]
    kept = (row for row in rows if row.erased_at is None and (ids is None or row.id in ids))
    return _page(call, filters, _newest(call, kept), candidate_row)


def list_applications(call: Call) -> Answer:
    """`status` is asked with `active` and answered with `in_process`; asking `in_process` is a 422."""
    _admin_only(call)
    filters = _filters(call)
    people, jobs, ids = _ids(filters, "candidate_ids"), _ids(filters, "job_ids"), _ids(filters, "ids")
    status = _one(filters, "status")
    if status is not None and status not in _STATUS_WORDS:
        raise Refused(unprocessable({"status": "does not have a valid value"}))
    rows: Iterable[Application] = call.account.applications.values()
    if people is not None:
        rows = [row for person in people for row in call.account.applications_of(person)]
    kept = (
        row
        for row in rows
        if (jobs is None or row.job_id in jobs)
        and (ids is None or row.id in ids)
        and (status is None or row.status == _STATUS_WORDS[status])
    )
    return _page(call, filters, _newest(call, kept), application_row)


def list_attachments(call: Call) -> Answer:
    _admin_only(call)
    filters = _filters(call)
    owners, people, ids = _ids(filters, "application_ids"), _ids(filters, "candidate_ids"), _ids(filters, "ids")
    kind = _one(filters, "type")
    if kind is not None and kind not in ATTACHMENT_TYPES:
        raise Refused(unprocessable({"type": "does not have a valid value"}))
    rows: Iterable[Attachment] = call.account.attachments.values()
    if owners is not None or people is not None:
        rows = [row for owner in owners or people or () for row in call.account.files_of(owner)]
    kept = (row for row in rows if (ids is None or row.id in ids) and kind in (None, row.kind))
    return _page(call, filters, _newest(call, kept), lambda row: attachment_row(call, row))


def list_jobs(call: Call) -> Answer:
    """With every job known to exist, only those asked for by id can be listed."""
    _admin_only(call)
    rules, filters = call.account.rules, _filters(call)
    asked = _ids(filters, "ids")
    known = asked if rules.known_jobs is None else {*rules.known_jobs, *rules.closed_jobs}
    shown = sorted(one for one in known or rules.closed_jobs if asked is None or one in asked)
    rows = [
        {"id": int(one), "name": f"Job {one}", "status": "closed" if one in rules.closed_jobs else "open"}
        for one in shown
        if one.isdecimal()
    ]
    status = _one(filters, "status")
    return as_json([row for row in rows if status in (None, row["status"])])


def list_sources(call: Call) -> Answer:
    _admin_only(call)
    ids = _ids(_filters(call), "ids")
    named = {**SOURCES, SOURCE_ID: call.account.rules.source_name}
    return as_json([{"id": int(one), "name": name} for one, name in named.items() if ids is None or one in ids])


def list_users(call: Call) -> Answer:
    _admin_only(call)
    return as_json([{"id": 501, "first_name": "Site", "last_name": "Admin", "deactivated": False, "site_admin": True}])


def list_user_roles(call: Call) -> Answer:
    _admin_only(call)
    return as_json([{"id": 1, "name": "Site Admin", "type": "site_admin"}])


def one_candidate(call: Call) -> Candidate:
    found = call.account.person(call.args["id"])
    if found is None:
        raise call.refuse(404, "Resource not found")
    return found


def candidate_row(row: Candidate) -> dict[str, Any]:
    return {
        "id": int(row.id),
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email_addresses": row.extra.get("email_addresses", []),
        "phone_numbers": row.extra.get("phone_numbers", []),
        "tags": row.extra.get("tags", []),
        "company": row.extra.get("company"),
        "title": row.extra.get("title"),
        "private": row.extra.get("is_private", False),
        "can_email": row.extra.get("can_email", True),
        "created_at": _time(row.created_at),
        "updated_at": _time(row.created_at),
    }


def application_row(row: Application) -> dict[str, Any]:
    return {
        "id": int(row.id),
        "candidate_id": int(row.candidate_id),
        "job_id": int(row.job_id),
        "status": row.status,
        "prospect": False,
        "source_id": row.extra.get("source_id"),
        "created_at": _time(row.created_at),
        "updated_at": _time(row.created_at),
    }


def attachment_row(call: Call, row: Attachment) -> dict[str, Any]:
    return {
        "id": int(row.id),
        "application_id": int(row.application_id or 0),
        "candidate_id": int(row.candidate_id or 0),
        "type": row.kind,
        "filename": row.name,
        "content_type": row.content_type,
        "visibility": row.extra.get("visibility"),
        "url": f"{call.request.base_url}/files/{row.sha256}?expires={int((call.at + _URL_LIVES).timestamp())}",
        "created_at": _time(row.created_at),
        "updated_at": _time(row.created_at),
    }


def _admin_only(call: Call) -> None:
    """List endpoints show nothing to anyone but site admins: no error, an empty list."""
    if not call.account.rules.site_admin:
        raise Refused(as_json([]))


def _filters(call: Call) -> dict[str, str]:
    """The query, or what the cursor carries; names the endpoint does not know are left in and later ignored."""
    asked = dict(call.request.query)
    cursor = asked.get("cursor")
    if cursor is None:
        return asked
    if len(call.request.query) > 1:
        raise Refused(unprocessable("When passing a cursor, do not include other query params."))
    try:
        return dict(parse_qsl(base64.urlsafe_b64decode(cursor.encode()).decode(), strict_parsing=True))
    except (binascii.Error, ValueError):
        raise Refused(unprocessable({"cursor": "is invalid"})) from None


def _one(filters: Mapping[str, str], name: str) -> str | None:
    return filters.get(name)


def _ids(filters: Mapping[str, str], name: str) -> list[str] | None:
    if name not in filters:
        return None
    found = [part for part in filters[name].split(",") if part]
    if len(found) > _MOST_IDS:
        raise Refused(unprocessable({name: f"array size is greater than: {_MOST_IDS}"}))
    if not all(one.isdecimal() and len(one) <= _MOST_DIGITS for one in found):
        raise Refused(unprocessable({name: "is not an array of integers"}))
    return found


def _newest(call: Call, rows: Iterable[T]) -> list[T]:
    """Ordered by id, the newest first, without what the index does not show yet."""
    return sorted(call.account.visible(rows, call.at), key=lambda row: int(row.id), reverse=True)


def _page(call: Call, filters: Mapping[str, str], rows: list[T], shape: Callable[[T], dict[str, Any]]) -> Answer:
    size = _page_size(call, filters)
    before = int(filters["_before"]) if "_before" in filters else None
    rest: Iterator[T] = (row for row in rows if before is None or int(row.id) < before)
    shown = list(islice(rest, size))
    headers = {}
    if next(rest, None) is not None:
        carried = urlencode({**filters, "_before": shown[-1].id})
        cursor = base64.urlsafe_b64encode(carried.encode()).decode()
        headers["link"] = (
            f'<{call.request.base_url}/{call.request.path.partition("/")[2]}?cursor={quote(cursor)}>; rel="next"'
        )
    return as_json([shape(row) for row in shown], headers=headers)


def _page_size(call: Call, filters: Mapping[str, str]) -> int:
    given = filters.get("per_page", str(_DEFAULT_PAGE))
    if not given.isdecimal() or not 1 <= int(given) <= _LARGEST_PAGE:
        raise Refused(unprocessable({"per_page": f"`{given[:20]}` number is greater than: {_LARGEST_PAGE}"}))
    return min(int(given), call.account.rules.page_size or _LARGEST_PAGE)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
