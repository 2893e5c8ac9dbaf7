"""Reading Kombo: what was synchronised, in pages by cursor; no applications by person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from adapters.sandbox.store import Application, Attachment, Candidate
from adapters.sandbox.vendors.kombo_words import success
from adapters.sandbox.wire import Answer

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

_LARGEST_PAGE: Final = 250
T = TypeVar("T", Application, Candidate)


def list_files(call: Call) -> Answer:
    rows = call.account.visible(call.account.files_of(one_application(call).id), call.at)
    return success({"next": None, "results": [_file_row(call, row) for row in rows]})


def one_application(call: Call) -> Application:
    found = call.account.applications.get(call.args["application"])
    if found is None or call.account.is_fresh(found, call.at):
        raise call.refuse(404, "The application does not exist")
    return found


def list_applications(call: Call) -> Answer:
    """There is no filter by person or e-mail: unknown names are ignored."""
    jobs = [*call.request.ask_all("job_ids"), *call.request.ask_all("job_remote_ids")]
    rows = (row for row in call.account.applications.values() if not jobs or row.job_id in jobs)
    return _page(call, rows, lambda row: application_row(call, row))


def list_candidates(call: Call) -> Answer:
    email, jobs = call.request.ask("email"), set(call.request.ask_all("job_ids"))
    rows: Iterable[Candidate] = call.account.candidates.values() if email is None else call.account.with_email(email)
    kept = (
        row
        for row in rows
        if row.erased_at is None and (not jobs or jobs & {one.job_id for one in call.account.applications_of(row.id)})
    )
    return _page(call, kept, lambda row: _candidate_row(call, row))


def _page(call: Call, rows: Iterable[T], shape: Callable[[T], dict[str, Any]]) -> Answer:
    ids = {*call.request.ask_all("ids"), *call.request.ask_all("remote_ids")}
    kept = [row for row in call.account.visible(rows, call.at) if not ids or row.id in ids]
    asked, cursor = call.request.ask("page_size") or "100", call.request.ask("cursor") or "0"
    if not (asked.isdecimal() and cursor.isdecimal() and 1 <= int(asked) <= _LARGEST_PAGE):
        raise call.refuse(400, "page_size or cursor is invalid")
    start, size = int(cursor), min(int(asked), call.account.rules.page_size or _LARGEST_PAGE)
    following = str(start + size) if start + size < len(kept) else None
    return success({"next": following, "results": [shape(row) for row in kept[start : start + size]]})


def list_jobs(call: Call) -> Answer:
    rules, ids = call.account.rules, [*call.request.ask_all("ids"), *call.request.ask_all("remote_ids")]
    known = ids if rules.known_jobs is None else [*rules.known_jobs, *rules.closed_jobs]
    rows = [
        {"id": one, "remote_id": one, "name": f"Job {one}", "status": "CLOSED" if one in rules.closed_jobs else "OPEN"}
        for one in known
        if not ids or one in ids
    ]
    return success({"next": None, "results": rows})


def check_key(_call: Call) -> Answer:
    return success({"environment_id": "sandbox", "customer_id": "sandbox"})


def application_row(call: Call, row: Application) -> dict[str, Any]:
    person = call.account.candidates[row.candidate_id]
    return {
        "id": row.id,
        "remote_id": row.id,
        "outcome": row.status,
        "job_id": row.job_id,
        "candidate_id": row.candidate_id,
        "job": {"id": row.job_id, "remote_id": row.job_id, "name": f"Job {row.job_id}"},
        "candidate": _candidate_brief(person),
        "current_stage": None,
        "remote_created_at": row.created_at,
        "changed_at": row.created_at,
        "remote_deleted_at": None,
    }


def _candidate_brief(row: Candidate) -> dict[str, Any]:
    return {
        "id": row.id,
        "remote_id": row.id,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email_addresses": [{"email_address": one, "type": None} for one in row.emails],
        "phone_numbers": [{"phone_number": one, "type": None} for one in row.phones],
    }


def _candidate_row(call: Call, row: Candidate) -> dict[str, Any]:
    applied = [{"id": one.id, "job_id": one.job_id} for one in call.account.applications_of(row.id)]
    return {**_candidate_brief(row), "source": row.source, "applications": applied, "changed_at": row.created_at}


def _file_row(call: Call, row: Attachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "remote_id": row.id,
        "type": row.kind,
        "file_name": row.name,
        "content_type": row.content_type,
        "data_url": f"{call.request.base_url}/files/{row.sha256}",
        "remote_created_at": row.created_at,
    }
