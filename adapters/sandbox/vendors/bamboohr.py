"""BambooHR: one multipart call makes everything, nothing can be added later, and reasons are in a header.

Facts, read 2026-11: the vendor's OpenAPI document specs/public.yaml in BambooHR/bhr-api-python (1 June 2026): fields,
file types, answers, filters and pages of GET applications; documentation.bamboohr.com, planned changes: 429 with
Retry-After for throttling since 2026-09-16, 503 before. Recorded (NangoHQ/integration-templates, 2026-05-29): the
candidateId of a create is the number of the application. w6w-io/w6w-apps apps/bamboohr quoting the vendor: XML unless
JSON is accepted, X-BambooHR-Error-Message, lock-out after repeated bad keys.
Inferred: 422 for a closed or unknown job and for unknown fields, the length of a page, when the lock-out begins.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.multipart import Part
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, basic_login, keep, parts_in, stored_file
from adapters.sandbox.wire import Answer, as_json

API_KEY: Final = "sandbox-key-bamboohr"
_MAX_FILE_BYTES: Final = 20_000_000
_PAGE: Final = 50
_MOST_DIGITS: Final = 18  # 64 bits
_LOCKED_AFTER: Final = 10
_REQUIRED: Final = ("firstName", "lastName", "jobId")
_TEXTS: Final = frozenset(
    {
        *_REQUIRED,
        *("email", "phoneNumber", "source", "address", "city", "state", "zip", "country", "linkedinUrl"),
        *(
            "dateAvailable",
            "desiredSalary",
            "referredBy",
            "websiteUrl",
            "highestEducation",
            "collegeName",
            "references",
        ),
    }
)
_FILES: Final = frozenset({"resume", "coverLetter"})
_KINDS: Final = frozenset({"pdf", "doc", "docx", "txt", "rtf", "jpg", "jpeg", "gif", "png", "tiff", "bmp"})
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _apply(call: Call) -> Answer:
    parts = parts_in(call)
    fields = {part.name: part.text for part in parts if part.name in _TEXTS and part.file_name is None}
    files = {part.name: part for part in parts if part.name in _FILES and part.file_name}
    _check(call, parts, fields, files)
    candidate = call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=fields["firstName"],
            last_name=fields["lastName"],
            emails=[fields["email"]] if fields.get("email") else [],
            phones=[fields["phoneNumber"]] if fields.get("phoneNumber") else [],
            source=fields.get("source"),
            created_at=call.at,
        )
    )
    application = Application(
        id=call.account.new_id(),
        candidate_id=candidate.id,
        job_id=fields["jobId"],
        source=fields.get("source"),
        status="New",
        created_at=call.at,
    )
    call.account.add_application(application)
    for part in files.values():
        upload = Upload(name=part.file_name or "", content_type=part.content_type, content=part.content)
        keep(call, upload, application, part.name)
    return as_json({"result": "success", "candidateId": int(application.id)})


def _check(call: Call, parts: list[Part], fields: dict[str, str], files: dict[str, Part]) -> None:
    unknown = [part.name for part in parts if part.name not in fields and part.name not in files]
    if unknown:
        raise call.refuse(422, f"Unknown field: {unknown[0]}")
    missing = [name for name in _REQUIRED if not fields.get(name, "").strip()]
    if missing:
        raise call.refuse(422, f"Missing required field: {missing[0]}")
    if fields.get("email") and not _EMAIL.fullmatch(fields["email"]):
        raise call.refuse(422, "Invalid email")
    rules, job_id = call.account.rules, fields["jobId"]
    known = job_id.isdecimal() and len(job_id) <= _MOST_DIGITS and rules.job_exists(job_id)
    if not known or job_id in rules.closed_jobs:
        raise call.refuse(422, "The job opening is not accepting applications")
    limit = _MAX_FILE_BYTES if rules.max_attachment_bytes is None else rules.max_attachment_bytes
    for part in files.values():
        if (part.file_name or "").rpartition(".")[2].lower() not in _KINDS:
            raise call.refuse(422, f"File type not allowed: {part.name}")
        if len(part.content) > limit:
            raise call.refuse(413, "The file is too large")


def _list(call: Call) -> Answer:
    """`searchString` looks anywhere in name and e-mail: whoever asks has to compare for themselves."""
    job, words = call.request.ask("jobId"), (call.request.ask("searchString") or "").lower()
    rows = [
        row
        for row in call.account.visible(call.account.applications.values(), call.at)
        if job in (None, row.job_id) and words in _words(call, row)
    ]
    asked, size = call.request.ask("page") or "1", call.account.rules.page_size or _PAGE
    if not asked.isdecimal() or asked == "0":
        raise call.refuse(400, "page is not valid")
    number = int(asked)
    more = number * size < len(rows)
    following = f"{call.request.base_url}/applicant_tracking/applications?page={number + 1}" if more else None
    shown = [_row(call, row) for row in rows[(number - 1) * size : number * size]]
    return as_json({"paginationComplete": not more, "nextPageUrl": following, "applications": shown})


def _words(call: Call, row: Application) -> str:
    person = call.account.candidates[row.candidate_id]
    return " ".join([person.first_name, person.last_name, *person.emails]).lower()


def _show(call: Call) -> Answer:
    row = call.account.applications.get(call.args["application"])
    if row is None or call.account.is_fresh(row, call.at):
        raise call.refuse(404, "Application not found")
    files = call.account.files_of(row.id)
    return as_json(
        {
            **_row(call, row),
            "resumeFileId": next((int(one.id) for one in files if one.kind == "resume"), None),
            "attachmentCount": len(files),
            "attachments": [
                {"id": int(one.id), "name": one.name, "fileUrl": f"{call.request.base_url}/files/{one.sha256}"}
                for one in files
            ],
        }
    )


def _row(call: Call, row: Application) -> dict[str, Any]:
    person = call.account.candidates[row.candidate_id]
    return {
        "id": int(row.id),
        "appliedDate": row.created_at,
        "status": {"id": 1, "label": row.status},
        "rating": None,
        "applicant": {
            "id": int(person.id),
            "firstName": person.first_name,
            "lastName": person.last_name,
            "avatar": None,
            "email": person.emails[0] if person.emails else "",
            "source": person.source,
        },
        "job": {"id": int(row.job_id)},
    }


def _list_jobs(call: Call) -> Answer:
    """With every job known to exist there is nothing to list but what is closed."""
    rules = call.account.rules
    known = [*(rules.known_jobs or ()), *rules.closed_jobs]
    asked = (call.request.ask("statusGroups") or "ALL").split(",")
    labels = {one: "Filled" if one in rules.closed_jobs else "Open" for one in known}
    return as_json(
        [
            {
                "id": int(one),
                "title": {"label": f"Job {one}"},
                "status": {"id": 1 if label == "Open" else 2, "label": label},
            }
            for one, label in labels.items()
            if "ALL" in asked or label in asked
        ]
    )


def _authenticate(call: Call) -> None:
    """The key is the name, the password does not matter. Too many wrong keys lock the door for all."""
    login = basic_login(call.request.headers.get("authorization", ""))
    if call.account.incidents["bad_keys"] >= _LOCKED_AFTER:
        raise call.refuse(403, "Too many failed attempts")
    if call.account.rules.revoked or login is None or login[0] != call.credential("api_key"):
        call.account.incidents["bad_keys"] += 1
        raise call.refuse(401, "Invalid API key")


def _error(status: int, words: str) -> Answer:
    """Nothing in the body: the reason is in a header."""
    return Answer(status=status, headers={"x-bamboohr-error-message": words} if words else {})


def _finish(call: Call, given: Answer) -> Answer:
    """Who does not accept JSON gets XML, with the same 200."""
    accepts = call.request.headers.get("accept", "")
    if "application/json" in accepts or given.headers.get("content-type", "").partition(";")[0] != "application/json":
        return given
    return Answer(status=given.status, headers={"content-type": "application/xml"}, body=b"<result>success</result>")


VENDOR: Final = Vendor(
    name="bamboohr",
    title="BambooHR",
    prefix="api/v1",
    credentials=MappingProxyType({"api_key": API_KEY}),
    routes=(
        Route(step="create_application", method="POST", pattern="api/v1/applicant_tracking/application", handle=_apply),
        Route(step="find_applications", method="GET", pattern="api/v1/applicant_tracking/applications", handle=_list),
        Route(
            step="find_application",
            method="GET",
            pattern="api/v1/applicant_tracking/applications/{application}",
            handle=_show,
        ),
        Route(step="find_jobs", method="GET", pattern="api/v1/applicant_tracking/jobs", handle=_list_jobs),
        Route(step="download", method="GET", pattern="api/v1/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=_error,
    finish=_finish,
    sources=(
        "BambooHR/bhr-api-python specs/public.yaml, 2026-06-01",
        "documentation.bamboohr.com/docs/planned-changes-to-the-api, 2026-09-10",
        "NangoHQ/integration-templates integrations/bamboohr-basic, recorded 2026-05-29",
        "w6w-io/w6w-apps apps/bamboohr, read 2026-11",
    ),
)
