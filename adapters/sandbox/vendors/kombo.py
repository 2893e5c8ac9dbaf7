"""Kombo, the unified API: finds or creates the person by e-mail; errors are told by their code and by nothing else.

Facts: the vendor's own SDK and its models (kombohq/typescript-sdk at 2026-07-28, docs/models) and docs.kombo.dev
(guides/errors, ats/guides/concurrency-limiting, ats/important-changes), read 2026-11: body fields, attachment types,
error codes, query filters, cursor pages of at most 250, X-Integration-Id, Concurrency-Remaining.
Inferred: the HTTP status of each code (the vendor asks not to rely on it); unknown body fields are refused.
Reads show what was synchronised, so `lookup_lag_s` is their nature here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, Final, TypeVar

from adapters.sandbox.shape import Problem, Rule, anything, choice, many, nullable, record, text
from adapters.sandbox.store import Application, Attachment, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep, stored_file
from adapters.sandbox.wire import Answer, Refused, as_json

API_KEY: Final = "sandbox-key-kombo"
INTEGRATION_ID: Final = "sandbox:HWUTwvyx2wLoSUHphiWVrp28"
_MAX_FILES_BYTES: Final = 10_000_000
_LARGEST_PAGE: Final = 250
_CODES: Final = {
    400: "PLATFORM.INPUT_INVALID",
    401: "PLATFORM.AUTHENTICATION_INVALID",
    403: "INTEGRATION.PERMISSION_MISSING",
    404: "PLATFORM.INPUT_INVALID",
    429: "PLATFORM.CONCURRENCY_LIMIT_EXCEEDED",
    500: "PLATFORM.UNKNOWN_ERROR",
    502: "REMOTE.UNKNOWN_HTTP_ERROR",
    503: "REMOTE.SERVICE_UNAVAILABLE",
    504: "PLATFORM.TASK_TIMED_OUT",
}
T = TypeVar("T", Application, Candidate)

_FILE: Final = record(
    {"name": text(), "type": choice("CV", "COVER_LETTER", "OTHER")},
    {"content_type": text(), "data": text(), "data_url": text()},
)
_PERSON: Final = record(
    {"first_name": text(), "last_name": text(), "email_address": text()},
    {
        "phone_number": nullable(text()),
        "additional_email_addresses": many(anything()),
        "additional_phone_numbers": many(anything()),
        "company": nullable(text()),
        "title": nullable(text()),
        "location": anything(),
        "gender": nullable(choice("MALE", "FEMALE", "OTHER")),
        "availability_date": nullable(text()),
        "salary_expectations": anything(),
        "social_links": many(anything()),
    },
)
_SOURCE: Final = record({}, {"name": text(), "id": text(), "unified_key": text()})
_NEW_APPLICATION: Final = record(
    {"candidate": _PERSON},
    {
        "stage_id": nullable(text()),
        "attachments": many(_FILE),
        "source": _SOURCE,
        "sourced_by": anything(),
        "gdpr_consent": anything(),
        "remote_fields": anything(),
        "screening_question_answers": many(anything()),
    },
)
_NEW_FILE: Final[Rule] = record({"attachment": _FILE}, {"remote_fields": anything()})


def _create_application(call: Call) -> Answer:
    given, rules, job_id = call.checked(_NEW_APPLICATION, _invalid), call.account.rules, call.args["job"]
    if not rules.job_exists(job_id):
        raise call.refuse(404, "The job does not exist")
    if job_id in rules.closed_jobs:
        raise Refused(_problem(400, "ATS.JOB_CLOSED", "The job no longer takes applications"))
    uploads = [(_upload(one), one["type"]) for one in given.get("attachments", ())]
    if sum(len(upload.content) for upload, _ in uploads) > _limit(call):
        raise call.refuse(400, "The attachments are too large")
    candidate = _find_or_create(call, given["candidate"], given.get("source", {}).get("name"))
    if rules.refuses_repeats and call.account.applications_of(candidate.id, job_id):
        raise Refused(_problem(400, "ATS.APPLICATION_ALREADY_EXISTS", "The candidate has already applied"))
    application = call.account.add_application(
        Application(
            id=call.account.new_id(),
            candidate_id=candidate.id,
            job_id=job_id,
            source=given.get("source", {}).get("name") or candidate.source,
            status="PENDING",
            created_at=call.at,
        )
    )
    for upload, kind in uploads:
        keep(call, upload, application, kind)
    return _success(_application_row(call, application))


def _find_or_create(call: Call, given: dict[str, Any], source: str | None) -> Candidate:
    """The person of that e-mail keeps their data and source; automatic attribution writes ours on a new one."""
    known = call.account.with_email(given["email_address"])
    if known:
        return known[0]
    return call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=given["first_name"],
            last_name=given["last_name"],
            emails=[given["email_address"]],
            phones=[given["phone_number"]] if given.get("phone_number") else [],
            source=source or "FactoryFix",
            created_at=call.at,
        )
    )


def _upload(given: dict[str, Any]) -> Upload:
    if ("data" in given) == ("data_url" in given):
        raise Refused(_invalid([Problem(path="attachment.data", fault="missing", text="or data_url is required")]))
    if "data_url" in given:
        raise Refused(_problem(400, "PLATFORM.INPUT_INVALID", "The file could not be downloaded"))
    if "content_type" not in given:
        raise Refused(
            _invalid([Problem(path="attachment.content_type", fault="missing", text="is required with data")])
        )
    try:
        return Upload(name=given["name"], content_type=given["content_type"], content=base64_of(given["data"]))
    except ValueError:
        raise Refused(_invalid([Problem(path="attachment.data", fault="type", text="is not base64")])) from None


def _limit(call: Call) -> int:
    limit = call.account.rules.max_attachment_bytes
    return _MAX_FILES_BYTES if limit is None else limit


def _add_file(call: Call) -> Answer:
    given, application = call.checked(_NEW_FILE, _invalid)["attachment"], _one_application(call)
    upload = _upload(given)
    if len(upload.content) > _limit(call):
        raise call.refuse(400, "The attachment is too large")
    keep(call, upload, application, given["type"])
    return _success({})


def _list_files(call: Call) -> Answer:
    rows = call.account.visible(call.account.files_of(_one_application(call).id), call.at)
    return _success({"next": None, "results": [_file_row(call, row) for row in rows]})


def _one_application(call: Call) -> Application:
    found = call.account.applications.get(call.args["application"])
    if found is None or call.account.is_fresh(found, call.at):
        raise call.refuse(404, "The application does not exist")
    return found


def _list_applications(call: Call) -> Answer:
    """There is no filter by person or e-mail: unknown names are ignored."""
    jobs = [*call.request.ask_all("job_ids"), *call.request.ask_all("job_remote_ids")]
    rows = (row for row in call.account.applications.values() if not jobs or row.job_id in jobs)
    return _page(call, rows, lambda row: _application_row(call, row))


def _list_candidates(call: Call) -> Answer:
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
    return _success({"next": following, "results": [shape(row) for row in kept[start : start + size]]})


def _list_jobs(call: Call) -> Answer:
    rules, ids = call.account.rules, [*call.request.ask_all("ids"), *call.request.ask_all("remote_ids")]
    known = ids if rules.known_jobs is None else [*rules.known_jobs, *rules.closed_jobs]
    rows = [
        {"id": one, "remote_id": one, "name": f"Job {one}", "status": "CLOSED" if one in rules.closed_jobs else "OPEN"}
        for one in known
        if not ids or one in ids
    ]
    return _success({"next": None, "results": rows})


def _check_key(_call: Call) -> Answer:
    return _success({"environment_id": "sandbox", "customer_id": "sandbox"})


def _application_row(call: Call, row: Application) -> dict[str, Any]:
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


def _authenticate(call: Call) -> None:
    headers, revoked = call.request.headers, call.account.rules.revoked
    if headers.get("authorization") != f"Bearer {call.credential('api_key')}":
        raise call.refuse(401, "The API key is not valid")
    if headers.get("x-integration-id") != call.credential("integration_id"):
        raise Refused(_problem(404, "PLATFORM.INTEGRATION_NOT_FOUND", "The integration does not exist"))
    if revoked:
        raise Refused(_problem(400, "INTEGRATION.AUTHENTICATION_INVALID", "The tool refuses the integration"))


def _success(data: dict[str, Any]) -> Answer:
    return as_json({"status": "success", "data": data, "warnings": []}, headers={"concurrency-remaining": "29"})


def _error(status: int, words: str) -> Answer:
    return _problem(status, _CODES.get(status), words)


def _problem(status: int, code: str | None, words: str) -> Answer:
    fault = {"code": code, "title": None, "message": words or "An error without a code.", "log_url": None}
    return as_json({"status": "error", "error": fault}, status)


def _invalid(problems: list[Problem]) -> Answer:
    return _problem(400, "PLATFORM.INPUT_INVALID", "; ".join(f"{one.path} {one.text}" for one in problems))


VENDOR: Final = Vendor(
    name="kombo",
    title="Kombo",
    prefix="v1",
    credentials=MappingProxyType({"api_key": API_KEY, "integration_id": INTEGRATION_ID}),
    routes=(
        Route(
            step="create_application",
            method="POST",
            pattern="v1/ats/jobs/{job}/applications",
            handle=_create_application,
        ),
        Route(step="find_applications", method="GET", pattern="v1/ats/applications", handle=_list_applications),
        Route(
            step="create_attachment",
            method="POST",
            pattern="v1/ats/applications/{application}/attachments",
            handle=_add_file,
        ),
        Route(
            step="find_attachments",
            method="GET",
            pattern="v1/ats/applications/{application}/attachments",
            handle=_list_files,
        ),
        Route(step="find_candidates", method="GET", pattern="v1/ats/candidates", handle=_list_candidates),
        Route(step="find_jobs", method="GET", pattern="v1/ats/jobs", handle=_list_jobs),
        Route(step="download", method="GET", pattern="v1/files/{sha}", handle=stored_file, open=True),
        Route(step="check", method="GET", pattern="v1/check-api-key", handle=_check_key),
    ),
    authenticate=_authenticate,
    error=_error,
    sources=("kombohq/typescript-sdk docs at 2026-07-28", "docs.kombo.dev, read 2026-11"),
)
