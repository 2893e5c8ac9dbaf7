"""Greenhouse Harvest v3: unknown filters widen a read, cursors travel alone, nobody is deduplicated.

Facts, each read in November 2026: the vendor's pages harvestdocs.greenhouse.io/docs/{authentication,pagination,
list-endpoints} and /reference/{get,post}_v3-attachments; for candidates and applications the digest of the vendor's
OpenAPI document in w6w-io/w6w-apps apps/greenhouse (verified there 2026-08-11). Inferred, and marked so where used:
the words of the 422 for a closed or unknown job and for an unknown source.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Rule, anything, boolean, choice, integer, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep, stored_file
from adapters.sandbox.vendors import greenhouse_reads as reads
from adapters.sandbox.vendors import greenhouse_token as token
from adapters.sandbox.vendors.greenhouse_words import ATTACHMENT_TYPES, error, finish, invalid, unprocessable
from adapters.sandbox.wire import Answer, Refused, as_json

_EMAIL: Final = record({"value": text(), "type": choice("personal", "work", "other")}, {})
_PHONE: Final = record({"value": text(), "type": choice("home", "work", "mobile", "skype", "other")}, {})
_APPLICATION: Final[dict[str, Rule]] = {
    "source_id": integer(),
    "referrer_id": integer(),
    "recruiter_id": integer(),
    "coordinator_id": integer(),
    "initial_stage_id": integer(),
    "custom_fields": anything(),
}
_PERSON: Final[dict[str, Rule]] = {
    "preferred_name": nullable(text(empty=True)),
    "company": nullable(text(empty=True)),
    "title": nullable(text(empty=True)),
    "is_private": boolean(),
    "can_email": boolean(),
    "email_addresses": many(_EMAIL),
    "phone_numbers": many(_PHONE),
    "addresses": many(anything()),
    "website_addresses": many(anything()),
    "social_media_addresses": many(record({"value": text()}, {})),
    "tags": many(text()),
    "recruiter_id": integer(),
    "coordinator_id": integer(),
    "custom_fields": anything(),
}
_NEW_CANDIDATE: Final = record(
    {"first_name": text(), "last_name": text()},
    {**_PERSON, "application": record({"job_id": integer()}, _APPLICATION)},
)
_CHANGED_CANDIDATE: Final = record({}, {"first_name": text(), "last_name": text(), **_PERSON})
_NEW_APPLICATION: Final = record(
    {"candidate_id": integer()},
    {"job_id": integer(), "prospect": boolean(), "job_ids": many(integer()), **_APPLICATION},
)
_NEW_ATTACHMENT: Final = record(
    {"application_id": integer(), "filename": text(longest=255), "type": choice(*ATTACHMENT_TYPES)},
    {"content": text(), "url": text(), "visibility": choice("public", "admin_only", "private")},
)
_REPLACED: Final = ("resume", "cover_letter")


def _create_candidate(call: Call) -> Answer:
    given = call.checked(_NEW_CANDIDATE, invalid)
    placed = given.get("application")
    if placed is not None:
        _check_placing(call, placed)
    candidate = call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=given["first_name"],
            last_name=given["last_name"],
            emails=[one["value"] for one in given.get("email_addresses", ())],
            phones=[one["value"] for one in given.get("phone_numbers", ())],
            source=None,
            created_at=call.at,
            extra={
                name: value for name, value in given.items() if name not in ("application", "first_name", "last_name")
            },
        )
    )
    application = None if placed is None else reads.application_row(_place(call, candidate, placed))
    return as_json({"candidate": reads.candidate_row(candidate), "application": application}, 201)


def _create_application(call: Call) -> Answer:
    given = call.checked(_NEW_APPLICATION, invalid)
    candidate = call.account.person(str(given["candidate_id"]))
    if candidate is None or call.account.is_fresh(candidate, call.at):
        raise call.refuse(404, "Resource not found")
    if given.get("prospect"):
        raise Refused(unprocessable({"prospect": "the sandbox takes no prospects"}))
    if "job_id" not in given:
        raise Refused(unprocessable({"job_id": "is missing"}))
    _check_placing(call, given)
    return as_json(reads.application_row(_place(call, candidate, given)), 201)


def _check_placing(call: Call, given: dict[str, Any]) -> None:
    """Inferred words: the vendor documents the 422, not its text."""
    rules, job_id = call.account.rules, str(given["job_id"])
    if not rules.job_exists(job_id):
        raise Refused(unprocessable({"job_id": "Job not found"}))
    if job_id in rules.closed_jobs:
        raise Refused(unprocessable({"job_id": "Job is closed"}))
    if str(given.get("source_id", reads.SOURCE_ID)) not in reads.SOURCES:
        raise Refused(unprocessable({"source_id": "Source not found"}))


def _place(call: Call, candidate: Candidate, given: dict[str, Any]) -> Application:
    source_id = given.get("source_id")
    return call.account.add_application(
        Application(
            id=call.account.new_id(),
            candidate_id=candidate.id,
            job_id=str(given["job_id"]),
            source=reads.SOURCES.get(str(source_id)),
            status="in_process",
            created_at=call.at,
            extra={"source_id": source_id},
        )
    )


def _update_candidate(call: Call) -> Answer:
    """Collections are replaced as a whole, as the vendor warns."""
    candidate, given = reads.one_candidate(call), call.checked(_CHANGED_CANDIDATE, invalid)
    candidate.first_name = given.get("first_name", candidate.first_name)
    candidate.last_name = given.get("last_name", candidate.last_name)
    if "phone_numbers" in given:
        candidate.phones = [one["value"] for one in given["phone_numbers"]]
    candidate.extra = {**candidate.extra, **given}
    return as_json(reads.candidate_row(candidate))


def _erase_candidate(call: Call) -> Answer:
    call.account.erase(reads.one_candidate(call), call.at)
    return Answer(status=204)


def _anonymize_candidate(call: Call) -> Answer:
    candidate = reads.one_candidate(call)
    call.account.erase(candidate, call.at)
    return as_json(reads.candidate_row(candidate))


def _create_attachment(call: Call) -> Answer:
    given = call.checked(_NEW_ATTACHMENT, invalid)
    application = call.account.applications.get(str(given["application_id"]))
    if application is None or call.account.is_fresh(application, call.at):
        raise call.refuse(404, "Resource not found")
    upload = _upload(call, given)
    if given["type"] in _REPLACED:
        _reclassify(call, application, given["type"])
    visibility = given.get("visibility", "admin_only" if given["type"] == "other" else "public")
    row = keep(call, upload, application, given["type"], {"visibility": visibility})
    return as_json(reads.attachment_row(call, row), 201)


def _upload(call: Call, given: dict[str, Any]) -> Upload:
    """Exactly one of content and url; the sandbox fetches nothing, so a url is refused."""
    if ("content" in given) == ("url" in given):
        raise Refused(unprocessable({"content": "exactly one of content and url is required"}))
    if "url" in given:
        raise Refused(unprocessable({"url": "could not be downloaded"}))
    try:
        content = base64_of(given["content"])
    except ValueError:
        raise Refused(unprocessable({"content": "is not Base64"})) from None
    limit = call.account.rules.max_attachment_bytes
    if limit is not None and len(content) > limit:
        raise Refused(unprocessable({"content": "is too large"}))
    pdf = content.startswith(b"%PDF")
    return Upload(
        name=given["filename"], content_type="application/pdf" if pdf else "application/octet-stream", content=content
    )


def _reclassify(call: Call, application: Application, kind: str) -> None:
    """A new resume or cover letter turns the one before into `other`."""
    for before in call.account.files_of(application.id):
        if before.kind == kind:
            before.kind = "other"


def _delete_attachment(call: Call) -> Answer:
    if call.account.attachments.pop(call.args["id"], None) is None:
        raise call.refuse(404, "Resource not found")
    return Answer(status=204)


def _authenticate(call: Call) -> None:
    token.authenticate(call)


def _finish(call: Call, given: Answer) -> Answer:
    return replace(given, headers={**given.headers, **finish(call)})


VENDOR: Final = Vendor(
    name="greenhouse",
    title="Greenhouse (Harvest v3)",
    prefix="v3",
    credentials=MappingProxyType(
        {"client_id": token.CLIENT_ID, "client_secret": token.CLIENT_SECRET, "source_id": reads.SOURCE_ID}
    ),
    routes=(
        Route(step="token", method="POST", pattern="v3/token", handle=token.issue, open=True),
        Route(step="find_candidates", method="GET", pattern="v3/candidates", handle=reads.list_candidates),
        Route(step="create_candidate", method="POST", pattern="v3/candidates", handle=_create_candidate),
        Route(step="update_candidate", method="PATCH", pattern="v3/candidates/{id}", handle=_update_candidate),
        Route(step="erase_candidate", method="DELETE", pattern="v3/candidates/{id}", handle=_erase_candidate),
        Route(
            step="anonymize_candidate",
            method="PATCH",
            pattern="v3/candidates/{id}/anonymize",
            handle=_anonymize_candidate,
        ),
        Route(step="find_applications", method="GET", pattern="v3/applications", handle=reads.list_applications),
        Route(step="create_application", method="POST", pattern="v3/applications", handle=_create_application),
        Route(step="find_attachments", method="GET", pattern="v3/attachments", handle=reads.list_attachments),
        Route(step="create_attachment", method="POST", pattern="v3/attachments", handle=_create_attachment),
        Route(step="delete_attachment", method="DELETE", pattern="v3/attachments/{id}", handle=_delete_attachment),
        Route(step="find_jobs", method="GET", pattern="v3/jobs", handle=reads.list_jobs),
        Route(step="find_sources", method="GET", pattern="v3/sources", handle=reads.list_sources),
        Route(step="find_users", method="GET", pattern="v3/users", handle=reads.list_users),
        Route(step="find_user_roles", method="GET", pattern="v3/user_roles", handle=reads.list_user_roles),
        Route(step="download", method="GET", pattern="v3/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=error,
    finish=_finish,
    sources=("harvestdocs.greenhouse.io, read 2026-11", "w6w-io/w6w-apps apps/greenhouse, read 2026-11"),
)
