"""JobAdder API v2: refuses a second candidate with one e-mail, and a second application on one job.

Facts: the vendor's OpenAPI 3.0.1 document (295 paths) as mirrored in Intiqo/jobadder-go-sdk openapi.json, read 2026-11:
paths, Pascal-case query names, schemas with `additionalProperties: false`, lengths, the 409s and X-Allow-Duplicates,
error model and codes, attachment types. Inferred: 422 where neither name is given, and for a closed job; 401 bodies;
413 for a file that is too large.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from adapters.sandbox.multipart import Part, parts_of
from adapters.sandbox.shape import Rule, anything, boolean, choice, integer, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, keep
from adapters.sandbox.vendors import jobadder_reads as reads
from adapters.sandbox.vendors import jobadder_token as token
from adapters.sandbox.vendors.jobadder_words import error, fault, invalid
from adapters.sandbox.wire import Answer, Refused, as_json

_MAX_FILE_BYTES: Final = 30_000_000
_TYPES: Final = ("Other", "Resume", "FormattedResume", "CoverLetter", "Screening", "Check", "Reference", "License")


def _short(longest: int) -> Rule:
    return nullable(text(longest=longest, empty=True))


_CANDIDATE: Final = record(
    {},
    {
        "firstName": _short(50),
        "lastName": _short(50),
        "email": _short(100),
        "phone": _short(50),
        "mobile": _short(50),
        "salutation": _short(20),
        "statusId": nullable(integer()),
        "rating": _short(50),
        "source": _short(50),
        "seeking": choice("Yes", "Maybe", "No"),
        "unsubscribed": boolean(),
        "summary": _short(100_000),
        "dateOfBirth": _short(10),
        "emergencyContact": _short(200),
        "emergencyPhone": _short(40),
        "social": nullable(anything()),
        "address": anything(),
        "skillTags": nullable(many(text(), most=100)),
        "employment": anything(),
        "availability": anything(),
        "education": nullable(many(anything())),
        "custom": nullable(many(record({"fieldId": integer()}, {"value": anything()}))),
        "recruiterUserId": nullable(many(integer())),
    },
)
_ADD_CANDIDATES: Final = record({"candidateId": many(integer(), least=1)}, {"source": _short(100)})
_ADD_JOBS: Final = record({"jobId": many(integer(), least=1)}, {"source": _short(100)})


def _create_candidate(call: Call) -> Answer:
    given = call.checked(_CANDIDATE, invalid)
    if not (given.get("firstName") or given.get("lastName")):
        raise Refused(fault(422, "Missing", "A name is required", ["firstName", "lastName"]))
    _refuse_known_email(call, given.get("email"))
    candidate = Candidate(
        id=call.account.new_id(),
        first_name=given.get("firstName") or "",
        last_name=given.get("lastName") or "",
        emails=[given["email"]] if given.get("email") else [],
        phones=[given[name] for name in ("phone", "mobile") if given.get(name)],
        source=given.get("source"),
        created_at=call.at,
        extra={"phone": given.get("phone"), "mobile": given.get("mobile")},
    )
    return as_json(reads.candidate_row(call.account.add_candidate(candidate)), 201)


def _refuse_known_email(call: Call, email: str | None) -> None:
    """The database knows, whatever the index shows. The header's code, sent back, forces a duplicate."""
    if not email or not call.account.with_email(email):
        return
    code = hashlib.sha256(f"{call.account.name}|{email.lower()}".encode()).hexdigest()[:16]
    if call.request.headers.get("x-allow-duplicates") == code:
        call.account.incidents["forced_duplicates"] += 1
        return
    refusal = fault(409, "AlreadyExists", "Candidate with this email already exists", ["email"])
    raise Refused(Answer(status=409, headers={**refusal.headers, "x-allow-duplicates": code}, body=refusal.body))


def _update_candidate(call: Call) -> Answer:
    candidate, given = reads.one_candidate(call), call.checked(_CANDIDATE, invalid)
    candidate.first_name = given.get("firstName") or candidate.first_name
    candidate.last_name = given.get("lastName") or candidate.last_name
    for name in ("phone", "mobile"):
        if name in given:
            candidate.extra[name] = given[name]
    return Answer(status=200)


def _erase_candidate(call: Call) -> Answer:
    """DELETE /candidates/{id}/privacy: remove a candidate at their request."""
    call.account.erase(reads.one_candidate(call), call.at)
    return Answer(status=204)


def _add_candidates_to_job(call: Call) -> Answer:
    given = call.checked(_ADD_CANDIDATES, invalid)
    return _apply(call, [(str(one), call.args["job"]) for one in given["candidateId"]], given.get("source"))


def _add_jobs_to_candidate(call: Call) -> Answer:
    given = call.checked(_ADD_JOBS, invalid)
    return _apply(call, [(call.args["candidate"], str(one)) for one in given["jobId"]], given.get("source"))


def _apply(call: Call, pairs: Iterable[tuple[str, str]], source: str | None) -> Answer:
    """All or nothing: one pair that exists already refuses the whole call."""
    asked = list(pairs)
    for candidate_id, job_id in asked:
        _check_pair(call, candidate_id, job_id)
    rows = [
        call.account.add_application(
            Application(
                id=call.account.new_id(), candidate_id=candidate_id, job_id=job_id, source=source, created_at=call.at
            )
        )
        for candidate_id, job_id in asked
    ]
    return as_json(reads.listed(call, [reads.application_row(call, row) for row in rows], len(rows)), 201)


def _check_pair(call: Call, candidate_id: str, job_id: str) -> None:
    reads.check_job(call, job_id)
    candidate = call.account.person(candidate_id)
    if candidate is None or call.account.is_fresh(candidate, call.at):
        raise Refused(fault(422, "Invalid", "Candidate was not found", ["candidateId"]))
    if job_id in call.account.rules.closed_jobs:
        raise Refused(fault(422, "Invalid", "Job is closed", ["jobId"]))
    if call.account.applications_of(candidate_id, job_id):
        raise Refused(fault(409, "AlreadyExists", "Candidate already exists", ["candidateId"]))


def _attach(call: Call) -> Answer:
    application = reads.one_application(call)
    if call.args["attach"] not in _TYPES or call.account.is_fresh(application, call.at):
        raise call.refuse(404)
    upload = _upload(call)
    return as_json(reads.attachment_row(keep(call, upload, application, call.args["attach"])), 201)


def _upload(call: Call) -> Upload:
    part = _file_part(call)
    limit = call.account.rules.max_attachment_bytes
    if len(part.content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise call.refuse(413, "The file is too large")
    return Upload(name=part.file_name or "", content_type=part.content_type, content=part.content)


def _file_part(call: Call) -> Part:
    try:
        parts = parts_of(call.request.headers.get("content-type", ""), call.request.body)
    except ValueError:
        raise call.refuse(415, "multipart/form-data is required") from None
    files = [part for part in parts if part.name == "fileData" and part.file_name]
    if not files or not files[0].content:
        raise Refused(fault(422, "MissingField", "The fileData field is required", ["fileData"]))
    return files[0]


VENDOR: Final = Vendor(
    name="jobadder",
    title="JobAdder",
    prefix="v2",
    credentials=MappingProxyType(
        {
            "client_id": token.CLIENT_ID,
            "client_secret": token.CLIENT_SECRET,
            "refresh_token": token.REFRESH_TOKEN,
        }
    ),
    routes=(
        Route(step="token", method="POST", pattern="v2/connect/token", handle=token.issue, open=True),
        Route(step="find_candidates", method="GET", pattern="v2/candidates", handle=reads.list_candidates),
        Route(step="create_candidate", method="POST", pattern="v2/candidates", handle=_create_candidate),
        Route(step="find_candidate", method="GET", pattern="v2/candidates/{candidate}", handle=reads.show_candidate),
        Route(step="update_candidate", method="PUT", pattern="v2/candidates/{candidate}", handle=_update_candidate),
        Route(
            step="erase_candidate",
            method="DELETE",
            pattern="v2/candidates/{candidate}/privacy",
            handle=_erase_candidate,
        ),
        Route(
            step="create_application",
            method="POST",
            pattern="v2/candidates/{candidate}/applications",
            handle=_add_jobs_to_candidate,
        ),
        Route(
            step="create_application",
            method="POST",
            pattern="v2/jobs/{job}/applications",
            handle=_add_candidates_to_job,
        ),
        Route(step="find_job", method="GET", pattern="v2/jobs/{job}", handle=reads.show_job),
        Route(step="find_applications", method="GET", pattern="v2/applications", handle=reads.list_applications),
        Route(
            step="find_application",
            method="GET",
            pattern="v2/applications/{application}",
            handle=reads.show_application,
        ),
        Route(
            step="find_attachments",
            method="GET",
            pattern="v2/applications/{application}/attachments",
            handle=reads.list_attachments,
        ),
        Route(
            step="create_attachment",
            method="POST",
            pattern="v2/applications/{application}/attachments/{attach}",
            handle=_attach,
        ),
        Route(
            step="download",
            method="GET",
            pattern="v2/applications/{application}/attachments/{attach}",
            handle=reads.download,
        ),
        Route(step="find_user", method="GET", pattern="v2/users/current", handle=reads.show_user),
        Route(step="find_sources", method="GET", pattern="v2/candidates/lists/source", handle=reads.list_sources),
    ),
    authenticate=token.authenticate,
    error=error,
    sources=("JobAdder API v2 OpenAPI document (Intiqo/jobadder-go-sdk), read 2026-11",),
)
