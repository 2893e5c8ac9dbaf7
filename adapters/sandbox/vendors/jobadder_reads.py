"""What JobAdder lets one read: {items, totalCount, links}, asked with Pascal-case names; other names are ignored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.vendors.jobadder_words import fault
from adapters.sandbox.wire import Answer, Refused, as_json

if TYPE_CHECKING:
    from adapters.sandbox.store import Application, Attachment, Candidate
    from adapters.sandbox.vendor import Call

_DEFAULT_LIMIT: Final = 100
_LARGEST_LIMIT: Final = 1000
_MOST_DIGITS: Final = 10  # 32 bits


def list_candidates(call: Call) -> Answer:
    email, ids = call.request.ask("Email"), call.request.ask_all("CandidateId")
    rows: Iterable[Candidate] = call.account.candidates.values() if email is None else call.account.with_email(email)
    shown = [row for row in call.account.visible(rows, call.at) if row.erased_at is None and (not ids or row.id in ids)]
    return _list(call, [candidate_row(row) for row in shown])


def show_candidate(call: Call) -> Answer:
    return as_json(candidate_row(one_candidate(call)))


def list_applications(call: Call) -> Answer:
    people, jobs = call.request.ask_all("CandidateId"), call.request.ask_all("JobId")
    ids, account = call.request.ask_all("ApplicationId"), call.account
    rows: Iterable[Application] = account.applications.values()
    if people:
        rows = [row for person in people for row in account.applications_of(person)]
    shown = [
        row for row in account.visible(rows, call.at) if (not jobs or row.job_id in jobs) and (not ids or row.id in ids)
    ]
    return _list(call, [application_row(call, row) for row in shown])


def show_application(call: Call) -> Answer:
    return as_json(application_row(call, one_application(call)))


def list_attachments(call: Call) -> Answer:
    kinds = call.request.ask_all("Type")
    rows = call.account.visible(call.account.files_of(one_application(call).id), call.at)
    return _list(call, [attachment_row(row) for row in rows if not kinds or row.kind in kinds])


def download(call: Call) -> Answer:
    row = call.account.attachments.get(call.args["attach"])
    content = None if row is None or row.application_id != call.args["application"] else call.blobs.get(row.sha256)
    if row is None or content is None:
        raise call.refuse(404)
    return Answer(headers={"content-type": "application/octet-stream"}, body=content)


def show_job(call: Call) -> Answer:
    """`closedAt` tells a closed job; the status is the tenant's own word."""
    check_job(call, call.args["job"])
    closed = call.args["job"] in call.account.rules.closed_jobs
    return as_json(
        {
            "jobId": int(call.args["job"]),
            "jobTitle": f"Job {call.args['job']}",
            "status": {"statusId": 2 if closed else 1, "name": "Closed" if closed else "Open", "active": not closed},
            "createdAt": "2026-01-05T08:00:00Z",
            "closedAt": "2026-06-01T08:00:00Z" if closed else None,
        }
    )


def show_user(_call: Call) -> Answer:
    return as_json({"userId": 1, "firstName": "Sandbox", "lastName": "User"})


def list_sources(call: Call) -> Answer:
    return _list(call, [{"name": name} for name in ("FactoryFix", "Referral", "Website")])


def check_job(call: Call, job_id: str) -> None:
    if not job_id.isdecimal() or len(job_id) > _MOST_DIGITS or not call.account.rules.job_exists(job_id):
        raise call.refuse(404)


def one_candidate(call: Call) -> Candidate:
    found = call.account.person(call.args["candidate"])
    if found is None or call.account.is_fresh(found, call.at):
        raise call.refuse(404)
    return found


def one_application(call: Call) -> Application:
    found = call.account.applications.get(call.args["application"])
    if found is None or call.account.person(found.candidate_id) is None:
        raise call.refuse(404)
    return found


def candidate_row(row: Candidate) -> dict[str, Any]:
    return {
        "candidateId": int(row.id),
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.emails[0] if row.emails else None,
        "phone": row.extra.get("phone"),
        "mobile": row.extra.get("mobile"),
        "source": row.source,
        "status": {"statusId": 1, "name": "Active", "active": True},
        "createdAt": _time(row.created_at),
        "updatedAt": _time(row.created_at),
    }


def application_row(call: Call, row: Application) -> dict[str, Any]:
    person = call.account.candidates[row.candidate_id]
    return {
        "applicationId": int(row.id),
        "jobTitle": f"Job {row.job_id}",
        "source": row.source,
        "manual": True,
        "status": {"statusId": 1, "name": "New", "active": True},
        "candidate": {
            "candidateId": int(person.id),
            "firstName": person.first_name,
            "lastName": person.last_name,
            "email": person.emails[0] if person.emails else None,
        },
        "job": {"jobId": int(row.job_id), "jobTitle": f"Job {row.job_id}"},
        "createdAt": _time(row.created_at),
        "updatedAt": _time(row.created_at),
    }


def attachment_row(row: Attachment) -> dict[str, Any]:
    return {
        "attachmentId": int(row.id),
        "type": row.kind,
        "category": None,
        "fileName": row.name,
        "fileType": row.name.rpartition(".")[2].lower(),
        "candidateId": int(row.candidate_id or 0),
        "createdAt": _time(row.created_at),
    }


def listed(call: Call, items: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {"items": items, "totalCount": total, "links": {"first": f"{call.request.base_url}/?Offset=0"}}


def _list(call: Call, rows: list[dict[str, Any]]) -> Answer:
    offset, limit = _number(call, "Offset", 0), _number(call, "Limit", _DEFAULT_LIMIT)
    if limit > _LARGEST_LIMIT:
        raise Refused(fault(422, "Invalid", f"Limit must be at most {_LARGEST_LIMIT}", ["limit"]))
    size = min(limit, call.account.rules.page_size or limit)
    return as_json(listed(call, rows[offset : offset + size], len(rows)))


def _number(call: Call, name: str, default: int) -> int:
    given = call.request.ask(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise Refused(fault(400, "Invalid", f"{name} is not a number", [name]))
    return int(given)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
