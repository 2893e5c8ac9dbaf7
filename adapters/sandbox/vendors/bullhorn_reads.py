"""Reading Bullhorn: `query` sees the database at once, `search` only what the index has; unknown fields are a 404."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.store import Application, Attachment, Candidate
from adapters.sandbox.vendors.bullhorn_find import Predicate, jpql, lucene
from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

_DEFAULT_COUNT: Final = 20
_LARGEST_COUNT: Final = 500
_MOST_DIGITS: Final = 18  # 64 bits
_SEARCHABLE: Final = frozenset({"Candidate"})
_COMMON: Final = ("id", "isDeleted", "dateAdded", "status", "source", "comments", "migrateGUID")
_PERSON: Final = (
    "firstName",
    "lastName",
    "name",
    "email",
    "email2",
    "email3",
    "mobile",
    "phone",
    "phone2",
    "externalID",
)
CANDIDATE: Final = frozenset({*_COMMON, *_PERSON, "description", *(f"customText{n}" for n in range(1, 41))})
SUBMISSION: Final = frozenset(
    {*_COMMON, "candidate.id", "jobOrder.id", "dateWebResponse", *(f"customText{n}" for n in range(1, 26))}
)
JOB: Final = frozenset({"id", "title", "isOpen", "isDeleted", "status"})
FILE: Final = frozenset(
    {"id", "name", "externalID", "description", "type", "fileType", "contentType", "fileSize", "dateAdded"}
)


def show_candidate(call: Call) -> Answer:
    return as_json({"data": _only(call, _candidate_row(candidate(call)), CANDIDATE)})


def show_submission(call: Call) -> Answer:
    return as_json({"data": _only(call, _submission_row(submission(call)), SUBMISSION)})


def show_job(call: Call) -> Answer:
    """Asking is the only way to know that a job is closed."""
    rules, job_id = call.account.rules, call.args["id"]
    if not job_id.isdecimal() or len(job_id) > _MOST_DIGITS or not rules.job_exists(job_id):
        raise call.refuse(404, "entity not found")
    return as_json({"data": _only(call, _job_row(job_id, is_open=job_id not in rules.closed_jobs), JOB)})


def search(call: Call) -> Answer:
    """Lucene: what the index does not know yet is not found."""
    if call.args["entity"] not in _SEARCHABLE:
        raise call.refuse(400, "entity is not indexed")
    rows = [_candidate_row(row) for row in call.account.visible(call.account.candidates.values(), call.at)]
    found = _matching(call, rows, lambda: lucene(_asked(call, "query"), CANDIDATE))
    return _page(call, found, CANDIDATE, {"total": len(found)})


def query(call: Call) -> Answer:
    """JPQL: the database itself."""
    if call.args["entity"] not in _ROWS:
        raise call.refuse(404, "entity not found")
    known, rows = _ROWS[call.args["entity"]]
    return _page(call, _matching(call, rows(call), lambda: jpql(_asked(call, "where"), known)), known, {})


def list_files(call: Call) -> Answer:
    rows = [_only(call, _file_row(row), FILE) for row in call.account.files_of(candidate(call).id)]
    return as_json({"start": 0, "count": len(rows), "data": rows})


def list_entity_files(call: Call) -> Answer:
    return as_json({"EntityFiles": [_file_row(row) for row in call.account.files_of(candidate(call).id)]})


def candidate(call: Call) -> Candidate:
    found = call.account.person(call.args["id"])
    if found is None or call.account.is_fresh(found, call.at):
        raise call.refuse(404, "entity not found")
    return found


def submission(call: Call) -> Application:
    found = call.account.applications.get(call.args["id"])
    if found is None:
        raise call.refuse(404, "entity not found")
    return found


def _asked(call: Call, name: str) -> str:
    given = call.request.ask(name)
    if given is None and call.request.method == "POST":
        body = call.json()
        given = body.get(name) if isinstance(body, dict) else None
    if not isinstance(given, str) or not given.strip():
        raise call.refuse(400, f"{name} is required")
    return given


def _matching(call: Call, rows: Iterable[dict[str, Any]], read: Callable[[], Predicate]) -> list[dict[str, Any]]:
    try:
        predicate = read()
        return [row for row in rows if predicate(row)]
    except (ValueError, TypeError) as exc:
        raise call.refuse(400, str(exc)) from None


def _page(call: Call, found: list[dict[str, Any]], known: AbstractSet[str], head: Mapping[str, int]) -> Answer:
    start, count = _number(call, "start", 0), min(_number(call, "count", _DEFAULT_COUNT), _LARGEST_COUNT)
    page = found[start : start + min(count, call.account.rules.page_size or count)]
    shown = [_only(call, row, known) for row in page]
    return as_json({**head, "start": start, "count": len(shown), "data": shown})


def _number(call: Call, name: str, default: int) -> int:
    given = call.request.ask(name) or str(default)
    if not given.isdecimal():
        raise call.refuse(400, f"{name} is not a number")
    return int(given)


def _only(call: Call, row: Mapping[str, Any], known: AbstractSet[str]) -> dict[str, Any]:
    """The fields asked for, `candidate` or `candidate(id)` for `candidate.id`. `fields` is required."""
    asked = call.request.ask("fields")
    if not asked:
        raise call.refuse(400, "fields is required")
    heads = {name.partition("(")[0].partition(".")[0].strip() for name in asked.split(",")} - {""}
    if asked == "*":
        heads = {name.partition(".")[0] for name in known}
    shown: dict[str, Any] = {}
    for head in heads:
        if f"{head}.id" in known:
            shown[head] = {"id": row[f"{head}.id"]}
        elif head in known:
            shown[head] = row.get(head)
        else:
            raise call.refuse(404, f"unknown field {head}")
    return shown


def _candidate_row(row: Candidate) -> dict[str, Any]:
    return {
        **row.extra,
        "id": int(row.id),
        "firstName": row.first_name,
        "lastName": row.last_name,
        "isDeleted": row.erased_at is not None,
        "dateAdded": int(row.created_at.timestamp() * 1000),
    }


def _submission_row(row: Application) -> dict[str, Any]:
    return {
        **row.extra,
        "id": int(row.id),
        "candidate.id": int(row.candidate_id),
        "jobOrder.id": int(row.job_id),
        "status": row.status,
        "source": row.source,
        "isDeleted": False,
        "dateAdded": int(row.created_at.timestamp() * 1000),
    }


def _job_row(job_id: str, *, is_open: bool) -> dict[str, Any]:
    status = "Accepting Candidates" if is_open else "Closed"
    return {"id": int(job_id), "title": f"Job {job_id}", "isOpen": is_open, "isDeleted": False, "status": status}


def _file_row(row: Attachment) -> dict[str, Any]:
    return {
        "id": int(row.id),
        "name": row.name,
        "externalID": row.extra.get("externalID"),
        "description": row.extra.get("description"),
        "type": row.kind,
        "fileType": "SAMPLE         ",
        "contentType": row.content_type,
        "fileSize": row.size,
        "dateAdded": int(row.created_at.timestamp() * 1000),
    }


_ROWS: Final[dict[str, tuple[AbstractSet[str], Callable[[Call], list[dict[str, Any]]]]]] = {
    "Candidate": (CANDIDATE, lambda call: [_candidate_row(row) for row in call.account.candidates.values()]),
    "JobSubmission": (SUBMISSION, lambda call: [_submission_row(row) for row in call.account.applications.values()]),
}
