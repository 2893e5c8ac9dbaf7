"""Ashby: every call is a POST, every failure a 200 with `success: false`; files in two phases, on the candidate only.

Facts, read 2026-11: the vendor's OpenAPI document (as split in api-evangelist/ashby) and its authentication and support
pages, as collected in w6w-io/w6w-apps apps/ashby (checked there 2026-08-18): error bodies, no deduplication, search and
list, presigned uploads of ten minutes that want all fields first and the file last, keys that see no confidential jobs.
Inferred: the codes other than application_not_found, the refusal of a closed job, what the storage says.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Rule, anything, integer, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate
from adapters.sandbox.vendor import Call, Route, Vendor, basic_login, keep
from adapters.sandbox.vendors import ashby_files as files
from adapters.sandbox.vendors.ashby_words import error, failed, invalid, success
from adapters.sandbox.wire import Answer

API_KEY: Final = "sandbox-key-ashby"
SOURCE_ID: Final = "0b4f6b0c-6f0f-4f7e-9d3b-2a4a0f1c7d11"
_SOURCES: Final = {SOURCE_ID: "FactoryFix", "7a3a4b10-1f2e-4c55-8a36-9b1d5e0c2f22": "LinkedIn"}
_MOST_FOUND: Final = 100

_NEW_CANDIDATE: Final = record(
    {"name": text()},
    {
        "email": text(),
        "phoneNumber": text(),
        "alternateEmailAddresses": many(text()),
        "linkedInUrl": text(),
        "githubUrl": text(),
        "website": text(),
        "location": anything(),
        "sourceId": text(),
        "creditedToUserId": text(),
        "createdAt": text(),
    },
)
_NEW_APPLICATION: Final = record(
    {"candidateId": text(), "jobId": text()},
    {
        "interviewPlanId": text(),
        "interviewStageId": text(),
        "sourceId": text(),
        "creditedToUserId": text(),
        "createdAt": text(),
        "applicationHistory": anything(),
    },
)
_SEARCH: Final = record({}, {"email": text(), "name": text()})
_WHICH_CANDIDATE: Final = record({}, {"id": text(), "externalMappingId": text()})
_WHICH_APPLICATION: Final = record({"applicationId": text()}, {"expand": many(text())})
_LIST: Final = record(
    {},
    {
        "limit": integer(),
        "cursor": text(),
        "syncToken": text(),
        "jobId": text(),
        "status": text(),
        "createdAfter": integer(),
    },
)
_NEW_SOURCE: Final = record({"applicationId": text(), "sourceId": nullable(text())}, {})
_USE_FILE: Final = record({"candidateId": text(), "fileHandle": text()}, {})
_USE_RESUME: Final = record({"candidateId": text(), "resumeHandle": text()}, {})
_JOB: Final = record({"id": text()}, {"expand": many(text())})
_ANY: Final = record({}, {}, open_ended=True)


def _body(call: Call, rule: Rule) -> Any:
    return call.checked(rule, invalid)


def _create_candidate(call: Call) -> Answer:
    given = _body(call, _NEW_CANDIDATE)
    first, _, last = given["name"].partition(" ")
    candidate = Candidate(
        id=call.account.new_id(),
        first_name=first,
        last_name=last,
        emails=[given["email"]] if "email" in given else [],
        phones=[given["phoneNumber"]] if "phoneNumber" in given else [],
        source=_source(given),
        created_at=call.at,
        extra={"name": given["name"]},
    )
    return success(_candidate_row(call, call.account.add_candidate(candidate)))


def _search_candidates(call: Call) -> Answer:
    given = _body(call, _SEARCH)
    if not given:
        raise failed("invalid_input", "email or name is required")
    rows: Iterable[Candidate] = call.account.candidates.values()
    if "email" in given:
        rows = call.account.with_email(given["email"])
    kept = [
        row for row in call.account.visible(rows, call.at) if row.erased_at is None and _named(row, given.get("name"))
    ]
    return success([_candidate_row(call, row) for row in kept[:_MOST_FOUND]])


def _named(row: Candidate, name: str | None) -> bool:
    return name is None or name.lower() in row.extra.get("name", "").lower()


def _show_candidate(call: Call) -> Answer:
    return success(_candidate_row(call, _candidate(call, _body(call, _WHICH_CANDIDATE).get("id", ""))))


def _create_application(call: Call) -> Answer:
    given = _body(call, _NEW_APPLICATION)
    candidate, job_id = _candidate(call, given["candidateId"]), given["jobId"]
    _check_job(call, job_id)
    if job_id in call.account.rules.closed_jobs:
        raise failed("job_closed", "The job is closed")
    application = Application(
        id=call.account.new_id(),
        candidate_id=candidate.id,
        job_id=job_id,
        source=_source(given),
        status="Lead",
        created_at=call.at,
    )
    return success(_application_row(call, call.account.add_application(application)))


def _show_application(call: Call) -> Answer:
    return success(_application_row(call, _application(call, _body(call, _WHICH_APPLICATION)["applicationId"])))


def _list_applications(call: Call) -> Answer:
    """Ordered by creation; `cursor` is the place to go on from. What is on confidential jobs is not there at all."""
    given = _body(call, _LIST)
    hidden = call.account.rules.confidential_jobs
    rows = [
        row
        for row in call.account.visible(call.account.applications.values(), call.at)
        if row.job_id not in hidden and given.get("jobId") in (None, row.job_id)
    ]
    limit = min(given.get("limit", _MOST_FOUND), call.account.rules.page_size or _MOST_FOUND)
    start = int(given["cursor"]) if given.get("cursor", "").isdecimal() else 0
    more = start + limit < len(rows)
    page = [_application_row(call, row) for row in rows[start : start + limit]]
    return success(page, moreDataAvailable=more, **({"nextCursor": str(start + limit)} if more else {"syncToken": "s"}))


def _change_source(call: Call) -> Answer:
    given = _body(call, _NEW_SOURCE)
    application = _application(call, given["applicationId"])
    application.source = _source(given)
    return success(_application_row(call, application))


def _use_file(call: Call) -> Answer:
    given = _body(call, _USE_FILE)
    return _attach(call, given["candidateId"], given["fileHandle"], "CandidateFiles")


def _use_resume(call: Call) -> Answer:
    given = _body(call, _USE_RESUME)
    return _attach(call, given["candidateId"], given["resumeHandle"], "CandidateResume")


def _attach(call: Call, candidate_id: str, token: str, context: str) -> Answer:
    candidate = _candidate(call, candidate_id)
    keep(call, files.used(call, token, context), candidate, "resume" if context == "CandidateResume" else "file")
    return success(_candidate_row(call, candidate))


def _list_sources(call: Call) -> Answer:
    _body(call, _ANY)
    named = {**_SOURCES, SOURCE_ID: call.account.rules.source_name}
    return success([{"id": one, "title": name, "isArchived": False} for one, name in named.items()])


def _show_job(call: Call) -> Answer:
    job_id = _body(call, _JOB)["id"]
    _check_job(call, job_id)
    status = "Closed" if job_id in call.account.rules.closed_jobs else "Open"
    return success({"id": job_id, "title": f"Job {job_id}", "status": status})


def _show_key(call: Call) -> Answer:
    scopes = [
        "candidates_read",
        "candidates_write",
        "jobs_read",
        "hiring_process_metadata_read",
        "api_keys_read",
    ]
    return success({"title": f"sandbox key of {call.account.name}", "scopes": scopes})


def _check_job(call: Call, job_id: str) -> None:
    rules = call.account.rules
    if not rules.job_exists(job_id) or job_id in rules.confidential_jobs:
        raise failed("job_not_found", "Job not found - are you lacking permissions to view it?")


def _candidate(call: Call, candidate_id: str) -> Candidate:
    found = call.account.person(candidate_id)
    if found is None or call.account.is_fresh(found, call.at):
        raise failed("candidate_not_found", "Candidate not found - are you lacking permissions to view it?")
    return found


def _application(call: Call, application_id: str) -> Application:
    found = call.account.applications.get(application_id)
    if found is None or found.job_id in call.account.rules.confidential_jobs:
        raise failed("application_not_found", "Application not found - are you lacking permissions to view it?")
    return found


def _source(given: dict[str, Any]) -> str | None:
    source_id = given.get("sourceId")
    if source_id is not None and source_id not in _SOURCES:
        raise failed("source_not_found", "Source not found")
    return _SOURCES.get(source_id or "")


def _candidate_row(call: Call, row: Candidate) -> dict[str, Any]:
    hidden = call.account.rules.confidential_jobs
    stored = call.account.files_of(row.id)
    return {
        "id": row.id,
        "name": row.extra.get("name", ""),
        "primaryEmailAddress": {"value": row.emails[0], "type": "Personal", "isPrimary": True} if row.emails else None,
        "primaryPhoneNumber": {"value": row.phones[0], "type": "Personal", "isPrimary": True} if row.phones else None,
        "applicationIds": [one.id for one in call.account.applications_of(row.id) if one.job_id not in hidden],
        "fileHandles": [{"id": one.id, "name": one.name, "handle": f"stored-{one.id}"} for one in stored],
        "source": {"title": row.source} if row.source else None,
        "createdAt": row.created_at,
    }


def _application_row(call: Call, row: Application) -> dict[str, Any]:
    person = call.account.candidates[row.candidate_id]
    email = {"value": person.emails[0], "type": "Personal", "isPrimary": True} if person.emails else None
    return {
        "id": row.id,
        "status": row.status,
        "candidate": {"id": person.id, "name": person.extra.get("name", ""), "primaryEmailAddress": email},
        "job": {"id": row.job_id, "title": f"Job {row.job_id}"},
        "source": {"title": row.source} if row.source else None,
        "createdAt": row.created_at,
    }


def _authenticate(call: Call) -> None:
    login = basic_login(call.request.headers.get("authorization", ""))
    if login is None:
        raise call.refuse(401, "Unauthorized")
    if call.account.rules.revoked or login != (call.credential("api_key"), ""):
        raise call.refuse(403, "Forbidden")


VENDOR: Final = Vendor(
    name="ashby",
    title="Ashby",
    prefix="",
    credentials=MappingProxyType({"api_key": API_KEY, "source_id": SOURCE_ID}),
    routes=(
        Route(step="create_candidate", method="POST", pattern="candidate.create", handle=_create_candidate),
        Route(step="find_candidates", method="POST", pattern="candidate.search", handle=_search_candidates),
        Route(step="find_candidate", method="POST", pattern="candidate.info", handle=_show_candidate),
        Route(step="create_application", method="POST", pattern="application.create", handle=_create_application),
        Route(step="find_application", method="POST", pattern="application.info", handle=_show_application),
        Route(step="find_applications", method="POST", pattern="application.list", handle=_list_applications),
        Route(step="change_source", method="POST", pattern="application.changeSource", handle=_change_source),
        Route(step="create_handle", method="POST", pattern="file.createFileUploadHandle", handle=files.create_handle),
        Route(step="upload", method="POST", pattern="_uploads/{token}", handle=files.receive, open=True),
        Route(step="use_file", method="POST", pattern="candidate.uploadFile", handle=_use_file),
        Route(step="use_resume", method="POST", pattern="candidate.uploadResume", handle=_use_resume),
        Route(step="find_sources", method="POST", pattern="source.list", handle=_list_sources),
        Route(step="find_job", method="POST", pattern="job.info", handle=_show_job),
        Route(step="check", method="POST", pattern="apiKey.info", handle=_show_key),
    ),
    authenticate=_authenticate,
    error=error,
    sources=("Ashby OpenAPI and developers.ashbyhq.com, by w6w-io/w6w-apps apps/ashby, read 2026-11",),
)
