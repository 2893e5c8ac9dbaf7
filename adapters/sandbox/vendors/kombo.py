"""Kombo, the unified API: finds or creates the person by e-mail; errors are told by their code and by nothing else.

Facts: the vendor's own SDK and its models (kombohq/typescript-sdk at 2026-07-28, docs/models) and docs.kombo.dev
(guides/errors, ats/guides/concurrency-limiting, ats/important-changes), read 2026-11: body fields, attachment types,
error codes, query filters, cursor pages of at most 250, X-Integration-Id, Concurrency-Remaining.
Inferred: the HTTP status of each code (the vendor asks not to rely on it); unknown body fields are refused.
Reads show what was synchronised, so `lookup_lag_s` is their nature here.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, Rule, anything, choice, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep, stored_file
from adapters.sandbox.vendors import kombo_reads as reads
from adapters.sandbox.vendors.kombo_words import error, invalid, problem, success
from adapters.sandbox.wire import Answer, Refused

API_KEY: Final = "sandbox-key-kombo"
INTEGRATION_ID: Final = "sandbox:HWUTwvyx2wLoSUHphiWVrp28"
_MOST_AT_ONCE: Final = 30  # docs.kombo.dev, ats/guides/concurrency-limiting
_MAX_FILES_BYTES: Final = 10_000_000
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
    given, rules, job_id = call.checked(_NEW_APPLICATION, invalid), call.account.rules, call.args["job"]
    if not rules.job_exists(job_id):
        raise call.refuse(404, "The job does not exist")
    if job_id in rules.closed_jobs:
        raise Refused(problem(400, "ATS.JOB_CLOSED", "The job no longer takes applications"))
    uploads = [(_upload(one), one["type"]) for one in given.get("attachments", ())]
    if sum(len(upload.content) for upload, _ in uploads) > _limit(call):
        raise call.refuse(400, "The attachments are too large")
    candidate = _find_or_create(call, given["candidate"], given.get("source", {}).get("name"))
    if rules.refuses_repeats and call.account.applications_of(candidate.id, job_id):
        raise Refused(problem(400, "ATS.APPLICATION_ALREADY_EXISTS", "The candidate has already applied"))
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
    return success(reads.application_row(call, application))


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
        raise Refused(invalid([Problem(path="attachment.data", fault="missing", text="or data_url is required")]))
    if "data_url" in given:
        raise Refused(problem(400, "PLATFORM.INPUT_INVALID", "The file could not be downloaded"))
    if "content_type" not in given:
        raise Refused(invalid([Problem(path="attachment.content_type", fault="missing", text="is required with data")]))
    try:
        return Upload(name=given["name"], content_type=given["content_type"], content=base64_of(given["data"]))
    except ValueError:
        raise Refused(invalid([Problem(path="attachment.data", fault="type", text="is not base64")])) from None


def _limit(call: Call) -> int:
    limit = call.account.rules.max_attachment_bytes
    return _MAX_FILES_BYTES if limit is None else limit


def _add_file(call: Call) -> Answer:
    given, application = call.checked(_NEW_FILE, invalid)["attachment"], reads.one_application(call)
    upload = _upload(given)
    if len(upload.content) > _limit(call):
        raise call.refuse(400, "The attachment is too large")
    keep(call, upload, application, given["type"])
    return success({})


def _authenticate(call: Call) -> None:
    headers, revoked = call.request.headers, call.account.rules.revoked
    if headers.get("authorization") != f"Bearer {call.credential('api_key')}":
        raise call.refuse(401, "The API key is not valid")
    if headers.get("x-integration-id") != call.credential("integration_id"):
        raise Refused(problem(404, "PLATFORM.INTEGRATION_NOT_FOUND", "The integration does not exist"))
    if revoked:
        raise Refused(problem(400, "INTEGRATION.AUTHENTICATION_INVALID", "The tool refuses the integration"))


def _finish(call: Call, given: Answer) -> Answer:
    left = max(0, _MOST_AT_ONCE - call.request.open_at_once)
    return replace(given, headers={**given.headers, "concurrency-remaining": str(left)})


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
        Route(step="find_applications", method="GET", pattern="v1/ats/applications", handle=reads.list_applications),
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
            handle=reads.list_files,
        ),
        Route(step="find_candidates", method="GET", pattern="v1/ats/candidates", handle=reads.list_candidates),
        Route(step="find_jobs", method="GET", pattern="v1/ats/jobs", handle=reads.list_jobs),
        Route(step="download", method="GET", pattern="v1/files/{sha}", handle=stored_file, open=True),
        Route(step="check", method="GET", pattern="v1/check-api-key", handle=reads.check_key),
    ),
    authenticate=_authenticate,
    error=error,
    finish=_finish,
    most_at_once=_MOST_AT_ONCE,
    sources=("kombohq/typescript-sdk docs at 2026-07-28", "docs.kombo.dev, read 2026-11"),
)
