"""Personio Recruiting v1: files first, then one call that answers 201 with nothing; one e-mail per position, no reads.

Facts: the vendor's OpenAPI document personio-recruiting-api.yaml in personio/api-docs, read 2026-11: fields, error body
and reasons, document types and the 20 MB, X-Company-ID. Inferred: the reasons other than the three named there
(applicant-already-exists, job-position.not-published, posting-validation), refusal of unknown fields and files.
"""

from __future__ import annotations

import uuid
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, anything, choice, integer, many, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, keep, parts_in
from adapters.sandbox.wire import Answer, Refused, as_json

TOKEN: Final = "sandbox-token-personio"  # noqa: S105 - accepted by the sandbox only
COMPANY_ID: Final = "12345"
CHANNEL_ID: Final = "1001"
_CHANNELS: Final = {CHANNEL_ID: "FactoryFix", "1002": "LinkedIn"}
_MAX_FILE_BYTES: Final = 20_000_000
_EXTENSIONS: Final = frozenset(
    "pdf pptx xlsx docx doc xls ptt ods odt 7z gz rar zip bmp gif jpg png tif csv txt rtf mp4 3gp mov avi wmv".split()  # noqa: SIM905 - a list of words
)
_CATEGORIES: Final = ("cv", "cover-letter", "employment-reference", "certificate", "work-sample", "other")

_NEW_APPLICATION: Final = record(
    {"first_name": text(), "last_name": text(), "email": text(), "job_position_id": integer()},
    {
        "recruiting_channel_id": integer(),
        "external_posting_id": text(),
        "message": text(empty=True),
        "application_date": text(),
        "phase": record({"type": choice("system", "custom"), "id": anything()}, {}),
        "tags": many(text()),
        "files": many(record({"uuid": text(), "original_filename": text(), "category": choice(*_CATEGORIES)}, {})),
        "attributes": many(record({"id": text(), "value": text(empty=True)}, {})),
    },
)


def _apply(call: Call) -> Answer:
    given = call.checked(_NEW_APPLICATION, _invalid)
    uploads = [(_waiting(call, one["uuid"]), one) for one in given.get("files", ())]
    _check(call, given)
    attributes = {one["id"]: one["value"] for one in given.get("attributes", ())}
    source = _CHANNELS.get(str(given.get("recruiting_channel_id")))
    candidate = call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=given["first_name"],
            last_name=given["last_name"],
            emails=[given["email"]],
            phones=[attributes["phone"]] if attributes.get("phone") else [],
            source=source,
            created_at=call.at,
        )
    )
    application = Application(
        id=call.account.new_id(),
        candidate_id=candidate.id,
        job_id=str(given["job_position_id"]),
        source=source,
        status="unassigned",
        created_at=call.at,
        extra={"tags": given.get("tags", [])},
    )
    call.account.add_application(application)
    for upload, named in uploads:
        renamed = Upload(name=named["original_filename"], content_type=upload.content_type, content=upload.content)
        keep(call, renamed, application, named["category"])
    return Answer(status=201)


def _check(call: Call, given: dict[str, Any]) -> None:
    job_id, rules = str(given["job_position_id"]), call.account.rules
    if "@" not in given["email"]:
        raise _fault("email", "errors.email.invalid")
    if not rules.job_exists(job_id):
        raise _fault("job_position_id", "errors.posting-validation.posting-not-found")
    if job_id in rules.closed_jobs:
        raise _fault("job_position_id", "errors.job-position.not-published")
    channel = given.get("recruiting_channel_id")
    if channel is not None and str(channel) not in _CHANNELS:
        raise _fault("recruiting_channel_id", "errors.recruiting-channel.not-found")
    people = call.account.with_email(given["email"])
    if any(call.account.applications_of(person.id, job_id) for person in people):
        raise _fault("email", "errors.applicant-already-exists")


def _upload(call: Call) -> Answer:
    files = [part for part in parts_in(call) if part.name == "file" and part.file_name]
    if not files:
        raise _fault("file", "errors.required", 422)
    limit, part = call.account.rules.max_attachment_bytes, files[0]
    if len(part.content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise _fault("file", "errors.file.too-large", 413)
    name = part.file_name or ""
    extension = name.rpartition(".")[2].lower()
    if extension not in _EXTENSIONS or not part.content:
        raise _fault("file", "errors.file.type-not-supported", 422)
    number = str(uuid.uuid4())
    upload = Upload(name=name, content_type=part.content_type, content=part.content)
    _uploads(call)[number] = upload
    return as_json(
        {
            "uuid": number,
            "size": len(part.content),
            "mimetype": part.content_type,
            "original_filename": name,
            "extension": extension,
        }
    )


def _waiting(call: Call, number: str) -> Upload:
    found = _uploads(call).get(number)
    if found is None:
        raise _fault("files", "errors.file.not-found")
    return found


def _uploads(call: Call) -> dict[str, Upload]:
    found: dict[str, Upload] = call.account.memory.setdefault("uploads", {})
    return found


def _authenticate(call: Call) -> None:
    headers = call.request.headers
    good = headers.get("authorization") == f"Bearer {call.credential('token')}"
    if call.account.rules.revoked or not good or headers.get("x-company-id") != call.credential("company_id"):
        raise Refused(Answer(status=401))


def _fault(field: str, reason: str, status: int = 400) -> Refused:
    return Refused(as_json({"errors": [{"field": field, "errors": [{"reason": reason, "context": {}}]}]}, status))


def _invalid(problems: list[Problem]) -> Answer:
    faults = [{"field": one.path, "errors": [{"reason": f"errors.{one.fault}", "context": {}}]} for one in problems]
    return as_json({"errors": faults}, 400)


def _error(status: int, words: str) -> Answer:
    """The second shape of the error body: for what is nobody's field."""
    if status == 429:  # noqa: PLR2004
        return Answer(status=status)
    fault = {"id": str(uuid.uuid4()), "status": str(status), "title": words or "Error", "detail": words}
    return as_json({"errors": [fault]}, status)


VENDOR: Final = Vendor(
    name="personio",
    title="Personio",
    prefix="",
    credentials=MappingProxyType({"token": TOKEN, "company_id": COMPANY_ID, "recruiting_channel_id": CHANNEL_ID}),
    routes=(
        Route(step="create_application", method="POST", pattern="v1/recruiting/applications", handle=_apply),
        Route(step="upload", method="POST", pattern="v1/recruiting/applications/documents", handle=_upload),
    ),
    authenticate=_authenticate,
    error=_error,
    sources=("personio/api-docs personio-recruiting-api.yaml, read 2026-11",),
)
