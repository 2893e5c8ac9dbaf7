"""Lever: the person is deduplicated by e-mail, the opportunity never; whoever is known keeps their old data.

Facts, read 2026-11: Lever's developer documentation as quoted in w6w-io/w6w-apps apps/lever (probed there 2026-08-19):
perform_as on every write, dedupe and precedence of the existing contact, confidentiality filter, offset tokens, no rate
headers; the recorded reply in NangoHQ/integration-templates integrations/lever (top-level `deduped`); files of at most
30 MB by multipart (official list of endpoints). Inferred: the spelling of the error codes, the refusal of a closed
posting, unknown body fields refused.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, anything, choice, integer, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, basic_login, keep, parts_in, stored_file
from adapters.sandbox.vendors import lever_reads as reads
from adapters.sandbox.wire import Answer, as_json

API_KEY: Final = "sandbox-key-lever"
PERFORM_AS: Final = "c4bc6266-375b-4d45-9b3b-ad527ba5f3ef"
_MAX_FILE_BYTES: Final = 30_000_000
_ORIGINS: Final = ("agency", "applied", "internal", "referred", "sourced", "university")
_CODES: Final = {
    400: "BadRequestError",
    401: "Unauthorized",
    403: "Forbidden",
    404: "ResourceNotFound",
    429: "RateLimitExceeded",
    503: "ServiceUnavailable",
}

_NEW_OPPORTUNITY: Final = record(
    {},
    {
        "name": text(),
        "headline": text(empty=True),
        "stage": text(),
        "location": text(empty=True),
        "phones": many(record({"value": text()}, {"type": text()})),
        "emails": many(text()),
        "links": many(text()),
        "tags": many(text()),
        "sources": many(text()),
        "origin": choice(*_ORIGINS),
        "owner": text(),
        "followers": many(text()),
        "postings": many(text(), most=1),
        "createdAt": integer(),
        "archived": nullable(anything()),
        "contact": text(),
    },
)
_SOURCES: Final = record({"sources": many(text(), least=1)}, {})


def _create_opportunity(call: Call) -> Answer:
    _acting(call)
    given = call.checked(_NEW_OPPORTUNITY, _invalid)
    posting = given.get("postings", [""])[0] if given.get("postings") else ""
    if posting:
        _check_posting(call, posting)
    contact = _known_contact(call, given)
    deduped = contact is not None
    contact = contact or _new_contact(call, given)
    opportunity = call.account.add_application(
        Application(
            id=call.account.new_id(),
            candidate_id=contact.id,
            job_id=posting,
            source=", ".join(given.get("sources", ())) or None,
            status="lead-new",
            created_at=call.at,
            extra={name: given.get(name) for name in ("headline", "tags", "sources", "origin")},
        )
    )
    found = {"deduped": True} if deduped else {}
    return as_json({**found, "data": reads.opportunity_row(call, opportunity)}, 201)


def _known_contact(call: Call, given: dict[str, Any]) -> Candidate | None:
    """By `contact`, else by any e-mail. What is new about them is dropped: the old data take precedence."""
    if "contact" in given:
        found = call.account.person(given["contact"])
        if found is None:
            raise call.refuse(404, "Contact not found")
        return found
    return next((one for email in given.get("emails", ()) for one in call.account.with_email(email)), None)


def _new_contact(call: Call, given: dict[str, Any]) -> Candidate:
    first, _, last = given.get("name", "").partition(" ")
    return call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=first,
            last_name=last,
            emails=list(given.get("emails", ())),
            phones=[one["value"] for one in given.get("phones", ())],
            source=None,
            created_at=call.at,
        )
    )


def _check_posting(call: Call, posting: str) -> None:
    if not call.account.rules.job_exists(posting):
        raise call.refuse(400, "Posting not found")
    if posting in call.account.rules.closed_jobs:
        raise call.refuse(400, "Posting is closed")


def _add_sources(call: Call) -> Answer:
    _acting(call)
    opportunity, given = reads.one_opportunity(call), call.checked(_SOURCES, _invalid)
    sources = [*(opportunity.extra.get("sources") or ()), *given["sources"]]
    opportunity.extra["sources"] = sources
    opportunity.source = ", ".join(sources)
    return as_json({"data": reads.opportunity_row(call, opportunity)})


def _upload_file(call: Call) -> Answer:
    _acting(call)
    opportunity = reads.one_opportunity(call)
    files = [part for part in parts_in(call) if part.name == "file" and part.file_name]
    if not files:
        raise call.refuse(400, "Missing file")
    limit = call.account.rules.max_attachment_bytes
    if len(files[0].content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise call.refuse(413, "File is too large")
    upload = Upload(name=files[0].file_name or "", content_type=files[0].content_type, content=files[0].content)
    return as_json({"data": reads.file_row(call, keep(call, upload, opportunity, "file"))}, 201)


def _delete_file(call: Call) -> Answer:
    _acting(call)
    if call.account.attachments.pop(call.args["file"], None) is None:
        raise call.refuse(404, "File not found")
    return Answer(status=204)


def _acting(call: Call) -> None:
    """Every write is signed by a user."""
    if call.request.ask("perform_as") != call.credential("perform_as"):
        raise call.refuse(400, "Missing or unknown perform_as")


def _authenticate(call: Call) -> None:
    header, key = call.request.headers.get("authorization", ""), call.credential("api_key")
    if call.account.rules.revoked or (basic_login(header) != (key, "") and header != f"Bearer {key}"):
        raise call.refuse(401, "Invalid credentials")


def _error(status: int, words: str) -> Answer:
    return as_json(
        {"code": _CODES.get(status, "InternalServerError"), "message": words or "Something went wrong"}, status
    )


def _invalid(problems: list[Problem]) -> Answer:
    return _error(400, "; ".join(f"{one.path} {one.text}" for one in problems))


VENDOR: Final = Vendor(
    name="lever",
    title="Lever",
    prefix="v1",
    credentials=MappingProxyType({"api_key": API_KEY, "perform_as": PERFORM_AS}),
    routes=(
        Route(step="find_opportunities", method="GET", pattern="v1/opportunities", handle=reads.list_opportunities),
        Route(step="create_opportunity", method="POST", pattern="v1/opportunities", handle=_create_opportunity),
        Route(
            step="find_opportunity",
            method="GET",
            pattern="v1/opportunities/{opportunity}",
            handle=reads.show_opportunity,
        ),
        Route(step="find_files", method="GET", pattern="v1/opportunities/{opportunity}/files", handle=reads.list_files),
        Route(step="upload_file", method="POST", pattern="v1/opportunities/{opportunity}/files", handle=_upload_file),
        Route(
            step="delete_file",
            method="DELETE",
            pattern="v1/opportunities/{opportunity}/files/{file}",
            handle=_delete_file,
        ),
        Route(
            step="add_sources", method="POST", pattern="v1/opportunities/{opportunity}/addSources", handle=_add_sources
        ),
        Route(step="find_contact", method="GET", pattern="v1/contacts/{contact}", handle=reads.show_contact),
        Route(step="find_posting", method="GET", pattern="v1/postings/{posting}", handle=reads.show_posting),
        Route(
            step="find_applications",
            method="GET",
            pattern="v1/opportunities/{opportunity}/applications",
            handle=reads.list_applications,
        ),
        Route(step="find_users", method="GET", pattern="v1/users", handle=reads.list_users),
        Route(step="find_user", method="GET", pattern="v1/users/{user}", handle=reads.show_user),
        Route(step="find_sources", method="GET", pattern="v1/sources", handle=reads.list_sources),
        Route(step="download", method="GET", pattern="v1/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=_error,
    sources=("hire.lever.co/developer/documentation as quoted in w6w-io/w6w-apps, read 2026-11",),
)
