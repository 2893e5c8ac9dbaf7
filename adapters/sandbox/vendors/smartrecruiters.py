"""SmartRecruiters (Candidate API): one profile per e-mail, one assignment per job, a search for words anywhere.

Facts: the vendor's Candidate API as its generated Ruby client (RecruitiFi/smart_recruiters) and
developers.smartrecruiters.com have it, in the project's notes of November 2026: paths, required names, kinds of files,
sources by id with "API" as the default, nextPageId, X-RateLimit and -Concurrent headers. Inferred: a repeat on the same
job answers with the assignment that is there (rule `refuses_repeats`: 400), the refusal of a job not open, error codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, anything, boolean, many, record, text
from adapters.sandbox.store import Application, Attachment, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, keep, parts_in, stored_file
from adapters.sandbox.wire import Answer, Refused, as_json

API_KEY: Final = "sandbox-key-smartrecruiters"
_TYPE_ID: Final = "JOB_BOARD"
_MOST_AT_ONCE: Final = 8
_SOURCES: Final = {"ff-1": "FactoryFix", "li-1": "LinkedIn"}
_MAX_FILE_BYTES: Final = 10_000_000
_LARGEST_PAGE: Final = 100
_KINDS: Final = ("GENERIC_FILE", "RESUME", "COVER_LETTER")

_SOURCE: Final = record({"sourceTypeId": text(), "sourceId": text()}, {"sourceSubTypeId": text()})
_NEW_CANDIDATE: Final = record(
    {"firstName": text(), "lastName": text(), "email": text()},
    {
        "phoneNumber": text(),
        "location": anything(),
        "web": anything(),
        "tags": many(text()),
        "education": many(anything()),
        "experience": many(anything()),
        "sourceDetails": _SOURCE,
        "internal": boolean(),
        "consentDecisions": anything(),
    },
)


def _create(call: Call) -> Answer:
    given, job = call.checked(_NEW_CANDIDATE, _invalid), call.args["job"]
    rules = call.account.rules
    source = _source(given.get("sourceDetails"))
    if not rules.job_exists(job):
        raise call.refuse(404, "Job not found")
    if job in rules.closed_jobs:
        raise _fault("JOB_NOT_OPEN", "Job does not accept candidates")
    candidate = _known(call, given["email"]) or call.account.add_candidate(_person(call, given))
    there = call.account.applications_of(candidate.id, job)
    if there and rules.refuses_repeats:
        raise _fault("CANDIDATE_ALREADY_ASSIGNED", "Candidate is already assigned to the job")
    if not there:
        application = Application(
            id=call.account.new_id(),
            candidate_id=candidate.id,
            job_id=job,
            source=source,
            status="NEW",
            created_at=call.at,
        )
        call.account.add_application(application)
    return as_json(_details(call, candidate), 201)


def _known(call: Call, email: str) -> Candidate | None:
    return next(iter(call.account.with_email(email)), None)


def _person(call: Call, given: dict[str, Any]) -> Candidate:
    return Candidate(
        id=call.account.new_id(),
        first_name=given["firstName"],
        last_name=given["lastName"],
        emails=[given["email"]],
        phones=[given["phoneNumber"]] if given.get("phoneNumber") else [],
        source=None,
        created_at=call.at,
        extra={"tags": given.get("tags", [])},
    )


def _source(given: dict[str, Any] | None) -> str:
    """Without details the source is "API"."""
    if given is None:
        return "API"
    if given["sourceTypeId"] != _TYPE_ID or given["sourceId"] not in _SOURCES:
        raise _fault("INVALID_SOURCE", "Source does not exist")
    return _SOURCES[given["sourceId"]]


def _set_source(call: Call) -> Answer:
    application, given = _assignment(call), call.checked(_SOURCE, _invalid)
    application.source = _source(given)
    return Answer(status=204)


def _list(call: Call) -> Answer:
    """`q` matches words anywhere in name, e-mail and tags: no filter by e-mail."""
    words, jobs = (call.request.ask("q") or "").lower().split(), call.request.ask_all("jobId")
    rows: Iterable[Candidate] = call.account.visible(call.account.candidates.values(), call.at)
    found = [
        row
        for row in rows
        if row.erased_at is None
        and all(word in _text(row) for word in words)
        and (not jobs or any(one.job_id in jobs for one in call.account.applications_of(row.id)))
    ]
    asked, page = call.request.ask("limit") or "10", call.request.ask("pageId") or "0"
    if not asked.isdecimal() or not 1 <= int(asked) <= _LARGEST_PAGE or not page.isdecimal():
        raise _fault("INVALID_PARAMETER", "limit or pageId is not valid")
    start, size = int(page), min(int(asked), call.account.rules.page_size or _LARGEST_PAGE)
    more = {"nextPageId": str(start + size)} if start + size < len(found) else {}
    content = [_details(call, row) for row in found[start : start + size]]
    return as_json({"limit": int(asked), "totalFound": len(found), **more, "content": content})


def _text(row: Candidate) -> str:
    return " ".join([row.first_name, row.last_name, *row.emails, *row.extra.get("tags", [])]).lower()


def _show(call: Call) -> Answer:
    return as_json(_details(call, _candidate(call)))


def _show_assignment(call: Call) -> Answer:
    return as_json(_assignment_row(_assignment(call)))


def _delete(call: Call) -> Answer:
    call.account.erase(_candidate(call), call.at)
    return Answer(status=204)


def _attach(call: Call) -> Answer:
    application = _assignment(call)
    parts = parts_in(call)
    kind = next((part.text for part in parts if part.name == "attachmentType"), "")
    files = [part for part in parts if part.name == "file" and part.file_name]
    if kind not in _KINDS or not files:
        raise _fault("INVALID_ATTACHMENT", "attachmentType and file are required", 422)
    limit = call.account.rules.max_attachment_bytes
    if len(files[0].content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise _fault("ATTACHMENT_TOO_LARGE", "The file is too large", 422)
    upload = Upload(name=files[0].file_name or "", content_type=files[0].content_type, content=files[0].content)
    return as_json(_file_row(call, keep(call, upload, application, kind)), 201)


def _list_files(call: Call) -> Answer:
    rows = [_file_row(call, row) for row in call.account.files_of(_assignment(call).id)]
    return as_json({"totalFound": len(rows), "content": rows})


def _delete_file(call: Call) -> Answer:
    if call.account.attachments.pop(call.args["file"], None) is None:
        raise call.refuse(404, "Attachment not found")
    return Answer(status=204)


def _show_job(call: Call) -> Answer:
    job, rules = call.args["job"], call.account.rules
    if not rules.job_exists(job):
        raise call.refuse(404, "Job not found")
    status = "CANCELLED" if job in rules.closed_jobs else "SOURCING"
    return as_json({"id": job, "title": f"Job {job}", "status": status})


def _list_source_types(_call: Call) -> Answer:
    return as_json({"totalFound": 1, "content": [{"id": _TYPE_ID, "label": "Job board", "subtypes": []}]})


def _list_sources(call: Call) -> Answer:
    if call.args["type"] != _TYPE_ID:
        raise call.refuse(404, "Source type not found")
    content = [{"id": one, "label": name} for one, name in {**_SOURCES, "ff-1": call.account.rules.source_name}.items()]
    return as_json({"totalFound": len(content), "content": content})


def _candidate(call: Call) -> Candidate:
    found = call.account.person(call.args["id"])
    if found is None or call.account.is_fresh(found, call.at):
        raise call.refuse(404, "Candidate not found")
    return found


def _assignment(call: Call) -> Application:
    """There is no id of an application: it is a candidate on a job."""
    found = call.account.applications_of(_candidate(call).id, call.args["job"])
    if not found:
        raise call.refuse(404, "Candidate is not assigned to the job")
    return found[0]


def _details(call: Call, row: Candidate) -> dict[str, Any]:
    assignments = [_assignment_row(one) for one in reversed(call.account.applications_of(row.id))]
    return {
        "id": row.id,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.emails[0] if row.emails else None,
        "phoneNumber": row.phones[0] if row.phones else None,
        "tags": row.extra.get("tags", []),
        "createdOn": row.created_at,
        "primaryAssignment": assignments[0] if assignments else None,
        "secondaryAssignments": assignments[1:],
    }


def _assignment_row(row: Application) -> dict[str, Any]:
    return {
        "job": {"id": row.job_id, "title": f"Job {row.job_id}"},
        "status": row.status,
        "source": row.source,
        "startedOn": row.created_at,
    }


def _file_row(call: Call, row: Attachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "type": row.kind,
        "contentType": row.content_type,
        "createdOn": row.created_at,
        "actions": {"content": {"url": f"{call.request.base_url}/files/{row.sha256}", "method": "GET"}},
    }


def _authenticate(call: Call) -> None:
    if call.account.rules.revoked or call.request.headers.get("x-smarttoken") != call.credential("api_key"):
        raise call.refuse(401, "Unauthorized")


def _fault(code: str, words: str, status: int = 400) -> Refused:
    return Refused(as_json({"message": words, "errors": [{"code": code, "message": words}]}, status))


def _invalid(problems: list[Problem]) -> Answer:
    faults = [{"code": "INVALID_FIELD", "message": f"{one.path} {one.text}"} for one in problems]
    return as_json({"message": "Validation failed", "errors": faults}, 400)


def _error(status: int, words: str) -> Answer:
    return as_json({"message": words or "Unexpected error", "errors": []}, status)


def _finish(call: Call, given: Answer) -> Answer:
    rate, used = call.account.rules.rate, call.account.window_used
    limit = rate.limit if rate else 10_000
    told = {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(max(0, limit - used)),
        "x-ratelimit-concurrent-limit": str(_MOST_AT_ONCE),
        "x-ratelimit-concurrent-remaining": str(max(0, _MOST_AT_ONCE - call.request.open_at_once)),
    }
    return replace(given, headers={**given.headers, **told})


VENDOR: Final = Vendor(
    name="smartrecruiters",
    title="SmartRecruiters",
    prefix="",
    credentials=MappingProxyType({"api_key": API_KEY, "source_type_id": _TYPE_ID, "source_id": "ff-1"}),
    routes=(
        Route(step="create_application", method="POST", pattern="jobs/{job}/candidates", handle=_create),
        Route(step="find_job", method="GET", pattern="jobs/{job}", handle=_show_job),
        Route(step="find_candidates", method="GET", pattern="candidates", handle=_list),
        Route(step="find_candidate", method="GET", pattern="candidates/{id}", handle=_show),
        Route(step="erase_candidate", method="DELETE", pattern="candidates/{id}", handle=_delete),
        Route(step="find_application", method="GET", pattern="candidates/{id}/jobs/{job}", handle=_show_assignment),
        Route(step="set_source", method="PUT", pattern="candidates/{id}/jobs/{job}/source", handle=_set_source),
        Route(
            step="create_attachment", method="POST", pattern="candidates/{id}/jobs/{job}/attachments", handle=_attach
        ),
        Route(
            step="find_attachments", method="GET", pattern="candidates/{id}/jobs/{job}/attachments", handle=_list_files
        ),
        Route(step="delete_attachment", method="DELETE", pattern="candidates/attachments/{file}", handle=_delete_file),
        Route(step="find_source_types", method="GET", pattern="configuration/sources", handle=_list_source_types),
        Route(step="find_sources", method="GET", pattern="configuration/sources/{type}/values", handle=_list_sources),
        Route(step="download", method="GET", pattern="files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=_error,
    finish=_finish,
    most_at_once=_MOST_AT_ONCE,
    one_at_once=("find_candidates",),
    sources=("developers.smartrecruiters.com through the project's notes, November 2026",),
)
