"""Teamtailor: JSON:API; a person per e-mail, an application per call, files on the person, fetched by their address.

Facts, official: the vendor's documentation (Teamtailor/docs@435312b9, 2021-02-01): the required `X-Api-Version`,
scopes, pages of at most 30 with links, unique e-mail (needed unless `sourced`), `merge` by e-mail, `filter[email]`, the
relations of a candidate (job-applications, uploads), what only a create takes (`send-welcome-message`,
`send-default-reply`, `send-user-notifications`, all false unless said), `referring-site` parsed from `referring-url`,
the statuses of a job, uploads by a public address with the original file name. documenter.gw.postman.com TVzSiGxA (the
current page, stored in part): the NA host. 50 requests in ten seconds: third-party.
Inferred, from the library it names (jsonapi-resources): error objects, 400 for an attribute it does not know, 422 for
"has already been taken", 415 for another media type; that a repeat on one job is not refused unless `refuses_repeats`;
that an archived job takes people (counted); that an upload is answered before its file is there, and one whose file
cannot be fetched stays without an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from adapters.sandbox.shape import Problem, Rule, anything, boolean, choice, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, keep, stored_file
from adapters.sandbox.vendors import teamtailor_reads as reads
from adapters.sandbox.vendors.teamtailor_words import MEDIA, Row, error, invalid, one, taken
from adapters.sandbox.wire import Answer, Refused, json_of

if TYPE_CHECKING:
    from adapters.sandbox.wire import Request

API_KEY: Final = "sandbox-key-teamtailor"
_MAILS: Final = ("send-welcome-message", "send-default-reply")
_PERSON: Final = record(
    {},
    {
        "first-name": nullable(text()),
        "last-name": nullable(text()),
        "email": nullable(text()),
        "phone": nullable(text()),
        "pitch": nullable(text(longest=140)),
        "picture": nullable(text()),
        "resume": nullable(text()),
        "linkedin-url": nullable(text()),
        "referring-url": nullable(text()),
        "merge": boolean(),
        "sourced": boolean(),
        "internal": boolean(),
        "unsubscribed": boolean(),
        "set-consent-expiration": boolean(),
        "send-welcome-message": boolean(),
        "tags": many(text()),
    },
)
_APPLICATION: Final = record(
    {},
    {
        "cover-letter": nullable(text(empty=True)),
        "referring-url": nullable(text()),
        "rejected-at": nullable(text()),
        "sourced": boolean(),
        "send-default-reply": boolean(),
        "send-user-notifications": boolean(),
    },
)
_UPLOAD: Final = record({"url": text()}, {"file-name": text(), "internal": boolean()})


def _related(kind: str) -> Rule:
    return record({"data": record({"type": choice(kind), "id": text()}, {})}, {})


def _body(kind: str, attributes: Rule, required: dict[str, Rule], optional: dict[str, Rule]) -> Rule:
    named = {"type": choice(kind)}
    related = {"relationships": record(required, optional)}
    return record({"data": record(named | (related if required else {}), {"attributes": attributes, **related})}, {})


_NEW_PERSON: Final = _body("candidates", _PERSON, {}, {"locations": anything(), "department": anything()})
_NEW_APPLICATION: Final = _body(
    "job-applications",
    _APPLICATION,
    {"candidate": _related("candidates"), "job": _related("jobs")},
    {"stage": _related("stages")},
)
_NEW_UPLOAD: Final = _body("uploads", _UPLOAD, {"candidate": _related("candidates")}, {"job": _related("jobs")})


def _given(call: Call, rule: Rule) -> tuple[Row, Row]:
    """Attributes and related ids of a write."""
    if call.request.headers.get("content-type", "").split(";")[0].strip() != MEDIA:
        raise call.refuse(415)
    data = call.checked(rule, invalid)["data"]
    related = {name: value["data"]["id"] for name, value in data.get("relationships", {}).items() if "data" in value}
    return data.get("attributes", {}), related


def _create_candidate(call: Call) -> Answer:
    given, _ = _given(call, _NEW_PERSON)
    _count_mail(call, given)
    email = given.get("email")
    if email is None and not given.get("sourced"):
        raise Refused(invalid([Problem(path="data.attributes.email", fault="missing", text="can't be blank")]))
    known = call.account.with_email(email) if email else []
    if known and not given.get("merge"):
        raise Refused(taken("data.attributes.email"))
    return one(reads.person_row(call, _merged(call, known[0], given) if known else _new(call, given)), 201)


def _new(call: Call, given: Row) -> Candidate:
    return call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=given.get("first-name") or "",
            last_name=given.get("last-name") or "",
            emails=[given["email"]] if given.get("email") else [],
            phones=[given["phone"]] if given.get("phone") else [],
            source=reads.site_of(given.get("referring-url")),
            created_at=call.at,
            extra={name: given[name] for name in ("tags", "sourced", "referring-url") if name in given},
        )
    )


def _merged(call: Call, person: Candidate, given: Row) -> Candidate:
    """What is given replaces what was there."""
    call.account.incidents["people_overwritten"] += 1
    person.first_name = given.get("first-name") or person.first_name
    person.last_name = given.get("last-name") or person.last_name
    person.phones = [given["phone"]] if given.get("phone") else person.phones
    return person


def _create_application(call: Call) -> Answer:
    given, related = _given(call, _NEW_APPLICATION)
    person, job, rules = reads.person_of(call, related["candidate"]), related["job"], call.account.rules
    if not rules.job_exists(job):
        raise call.refuse(404, "The record identified by the job could not be found.")
    if rules.refuses_repeats and call.account.applications_of(person.id, job):
        raise Refused(taken("data.relationships.candidate"))
    _count_mail(call, given)
    if job in rules.closed_jobs:
        call.account.incidents["archived_jobs_taken"] += 1
    row = call.account.add_application(
        Application(
            id=call.account.new_id(),
            candidate_id=person.id,
            job_id=job,
            source=reads.site_of(given.get("referring-url")),
            created_at=call.at,
            extra={"sourced": bool(given.get("sourced")), "referring-url": given.get("referring-url")},
        )
    )
    return one(reads.application_row(call, row), 201)


def _create_upload(call: Call) -> Answer:
    given, related = _given(call, _NEW_UPLOAD)
    person, address = reads.person_of(call, related["candidate"]), given["url"]
    found, limit = call.request.files.get(address), call.account.rules.max_attachment_bytes
    content = found.content if found else None
    if content is not None and limit is not None and len(content) > limit:
        content = None
    name = given.get("file-name") or urlsplit(address).path.rsplit("/", 1)[-1]
    upload = Upload(name=name, content_type="application/pdf", content=content or b"")
    return one(reads.upload_row(call, keep(call, upload, person, "upload", {"arrived": content is not None})), 201)


def _count_mail(call: Call, given: Row) -> None:
    if any(given.get(name) for name in _MAILS):
        call.account.incidents["mails_to_candidates"] += 1
    if given.get("send-user-notifications"):
        call.account.incidents["mails_to_users"] += 1


def _addresses(request: Request) -> Iterator[str]:
    try:
        body = json_of(request.body)
    except ValueError:
        return
    data: Any = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) and data.get("type") == "uploads" else None
    if isinstance(attributes, dict) and isinstance(attributes.get("url"), str):
        yield attributes["url"]


def _authenticate(call: Call) -> None:
    headers, revoked = call.request.headers, call.account.rules.revoked
    if headers.get("authorization") != f"Token token={call.credential('api_key')}" or revoked:
        raise call.refuse(401, "Invalid API key")
    if not headers.get("x-api-version", "").isdecimal():
        raise call.refuse(406, "The X-Api-Version header is required")


def _finish(call: Call, given: Answer) -> Answer:
    told = {"x-api-version": call.request.headers.get("x-api-version", "")}
    return replace(given, headers={**given.headers, **{name: value for name, value in told.items() if value}})


_ROUTES: Final = (
    ("find_candidates", "GET", "candidates", reads.list_candidates),
    ("create_candidate", "POST", "candidates", _create_candidate),
    ("find_candidate", "GET", "candidates/{candidate}", reads.see_candidate),
    ("find_applications", "GET", "candidates/{candidate}/job-applications", reads.list_applications),
    ("find_attachments", "GET", "candidates/{candidate}/uploads", reads.list_uploads),
    ("create_application", "POST", "job-applications", _create_application),
    ("create_attachment", "POST", "uploads", _create_upload),
    ("find_job", "GET", "jobs/{job}", reads.see_job),
)
VENDOR: Final = Vendor(
    name="teamtailor",
    title="Teamtailor",
    prefix="v1",
    credentials=MappingProxyType({"api_key": API_KEY}),
    routes=(
        *(
            Route(step=step, method=method, pattern=f"v1/{path}", handle=handle)
            for step, method, path, handle in _ROUTES
        ),
        Route(step="download", method="GET", pattern="v1/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=error,
    finish=_finish,
    addresses=_addresses,
    sources=("Teamtailor/docs@435312b9, 2021-02-01", "documenter.gw.postman.com/view/metadata/TVzSiGxA, read 2026-11"),
)
