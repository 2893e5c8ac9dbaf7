"""Reading Merge: its own copy of the ATS, in pages by cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from adapters.sandbox.store import Application, Attachment, Candidate
from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

_LARGEST_PAGE: Final = 100
_USUAL_PAGE: Final = 30
REMOTE_USER: Final = "58166795-8d68-4b30-9bfb-bfd402479484"
Row = dict[str, Any]
T = TypeVar("T", Application, Candidate, Attachment)


def list_candidates(call: Call) -> Answer:
    wanted = call.request.ask_all("email_addresses")
    everybody: Iterable[Candidate] = call.account.candidates.values()
    rows = [one for email in wanted for one in call.account.with_email(email)] if wanted else everybody
    expanded = "applications" in call.request.ask_all("expand")
    return _page(call, rows, lambda row: candidate_row(call, row, expanded=expanded))


def list_applications(call: Call) -> Answer:
    person, job = call.request.ask("candidate_id"), call.request.ask("job_id")
    rows = (
        row
        for row in call.account.applications.values()
        if person in (None, row.candidate_id) and job in (None, row.job_id)
    )
    return _page(call, rows, application_row)


def list_files(call: Call) -> Answer:
    person = call.request.ask("candidate_id")
    rows = (row for row in call.account.attachments.values() if person in (None, row.candidate_id))
    return _page(call, rows, lambda row: file_row(call, row))


def _page(call: Call, rows: Iterable[T], shape: Callable[[T], Row]) -> Answer:
    kept = list(call.account.visible(rows, call.at))
    asked, cursor = call.request.ask("page_size") or str(_USUAL_PAGE), call.request.ask("cursor") or "0"
    if not (asked.isdecimal() and cursor.isdecimal()):
        raise call.refuse(404, "Invalid cursor")
    start = int(cursor)
    size = max(1, min(int(asked), _LARGEST_PAGE, call.account.rules.page_size or _LARGEST_PAGE))
    following = str(start + size) if start + size < len(kept) else None
    shown = [shape(row) for row in kept[start : start + size]]
    return as_json({"next": following, "previous": None, "results": shown})


def see_job(call: Call) -> Answer:
    rules, job = call.account.rules, call.args["job"]
    if not rules.job_exists(job):
        raise call.refuse(404)
    state = "CLOSED" if job in rules.closed_jobs else "OPEN"
    return as_json({"id": job, "remote_id": job, "name": f"Job {job}", "status": state, "confidential": False})


def list_stages(call: Call) -> Answer:
    """Not in the order of the stages."""
    job = call.request.ask("job_id") or ""
    rows = [
        {"id": f"{job}-{order}", "name": f"Stage {order}", "stage_order": order, "job": job} for order in (None, 3, 1)
    ]
    return as_json({"next": None, "previous": None, "results": rows})


def see_user(call: Call) -> Answer:
    if call.args["user"] != REMOTE_USER:
        raise call.refuse(404)
    return as_json({"id": REMOTE_USER, "remote_id": "1", "access_role": "ADMIN", "disabled": False})


def see_account(call: Call) -> Answer:
    account = {"id": call.account.name, "integration": "Sandbox", "category": "ats", "status": "COMPLETE"}
    return as_json({**account, "account_type": "TEST"})


def see_file_fields(_call: Call) -> Answer:
    status = {"linked_account_status": "COMPLETE", "can_make_request": True}
    return as_json({"request_schema": {"type": "object", "properties": {}}, "status": status})


def candidate_row(call: Call, row: Candidate, *, expanded: bool = False) -> Row:
    applied = call.account.applications_of(row.id)
    return {
        "id": row.id,
        "remote_id": row.id,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email_addresses": [{"value": one, "email_address_type": "PERSONAL"} for one in row.emails],
        "phone_numbers": [{"value": one, "phone_number_type": "MOBILE"} for one in row.phones],
        "applications": [application_row(one) if expanded else one.id for one in applied],
        "attachments": [one.id for one in call.account.files_of(row.id)],
        "created_at": row.created_at,
        "remote_was_deleted": False,
    }


def application_row(row: Application) -> Row:
    return {
        "id": row.id,
        "remote_id": row.id,
        "candidate": row.candidate_id,
        "job": row.job_id,
        "source": row.source,
        "current_stage": row.extra.get("current_stage"),
        "applied_at": row.created_at,
        "remote_was_deleted": False,
    }


def file_row(call: Call, row: Attachment) -> Row:
    return {
        "id": row.id,
        "remote_id": row.id,
        "file_name": row.name,
        "file_url": f"{call.request.base_url}/files/{row.sha256}",
        "candidate": row.candidate_id,
        "attachment_type": row.kind,
        "remote_was_deleted": False,
    }
