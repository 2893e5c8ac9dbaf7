"""Merge, the unified API: one call applies, files come by their address, and reads show Merge's own copy of the ATS.

Facts, official: the vendor's OpenAPI document (in api-evangelist/merge@e98bb01f, 2026-08-22, and of 2025 in
openintegrations/openSDKs@fc070ea9) and client (merge-api/merge-python-client@d1b39794): paths, fields, filters, the 201
with `model`, `warnings` and `errors`, `remote_user_id` beside every model; docs.merge.dev, writing data: warnings are
of what was ignored, errors of what was not done, problem types; help.merge.dev 10012366: a candidate inside an
application is created, or joined to the one there is; 7061007: MODEL_WITH_DUPLICATE_UNIQUE_FIELD_EXISTS. Rates: 100
calls a minute on the smallest plan.
Inferred: the 400 of an error; that the file is fetched before the answer, and CORRUPTED_FILE where it cannot be; the
words about a closed job, which come from the ATS behind; ids are numbers here and UUIDs there.
Reads show what was synchronised, so `lookup_lag_s` is their nature here.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.shape import Problem, Rule, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, keep, stored_file
from adapters.sandbox.vendors import merge_reads as reads
from adapters.sandbox.vendors.merge_shapes import APPLICATION, FILE, PERSON
from adapters.sandbox.vendors.merge_words import error, invalid, issue, kind_of, made, pointer_to, refusal
from adapters.sandbox.wire import Answer, Refused, json_of

if TYPE_CHECKING:
    from adapters.sandbox.wire import Request

API_KEY: Final = "sandbox-key-merge"
ACCOUNT_TOKEN: Final = "sandbox-account-token-merge"  # noqa: S105 - it opens the sandbox only
_UNIQUE: Final = "MODEL_WITH_DUPLICATE_UNIQUE_FIELD_EXISTS"
Row = dict[str, Any]


def _create_application(call: Call) -> Answer:
    given, warnings = _model(call, APPLICATION)
    job, rules = given.get("job"), call.account.rules
    if job is None or not given.get("candidate"):
        missing = "job" if job is None else "candidate"
        raise Refused(invalid([Problem(path=f"model.{missing}", fault="missing", text="is a required field")]))
    if not rules.job_exists(job):
        raise Refused(refusal("ERROR", "The Job could not be found.", pointer="/model/job"))
    if job in rules.closed_jobs:
        raise Refused(refusal("ERROR", "The job is closed and takes no more applications."))
    candidate, more = _candidate(call, given["candidate"])
    if rules.refuses_repeats and call.account.applications_of(candidate.id, job):
        raise Refused(refusal(_UNIQUE, "Application with unique field already exists"))
    row = call.account.add_application(
        Application(
            id=call.account.new_id(),
            candidate_id=candidate.id,
            job_id=job,
            source=given.get("source"),
            created_at=call.at,
            extra={"current_stage": given.get("current_stage")},
        )
    )
    return made(reads.application_row(row), warnings + more)


def _candidate(call: Call, given: Any) -> tuple[Candidate, list[Row]]:
    """By id, or as an object: then the one with that address, else a new one with its files."""
    if not isinstance(given, dict):
        return _known(call, given, "/model/candidate"), []
    problems, warnings = _sorted(list(PERSON(given, "model.candidate")))
    if problems:
        raise Refused(invalid(problems))
    uploads = [(_upload(call, one), one.get("attachment_type") or "OTHER") for one in given.get("attachments", ())]
    emails = [one["value"] for one in given.get("email_addresses", ())]
    known = [one for email in emails for one in call.account.with_email(email)]
    person = known[0] if known else _new(call, given, emails)
    for upload, kind in uploads:
        keep(call, upload, person, kind)
    return person, warnings


def _new(call: Call, given: Row, emails: list[str]) -> Candidate:
    return call.account.add_candidate(
        Candidate(
            id=call.account.new_id(),
            first_name=given.get("first_name") or "",
            last_name=given.get("last_name") or "",
            emails=emails,
            phones=[one["value"] for one in given.get("phone_numbers", ())],
            source=None,
            created_at=call.at,
        )
    )


def _known(call: Call, given: Any, pointer: str) -> Candidate:
    found = call.account.person(given if isinstance(given, str) else None)
    if found is None:
        raise Refused(refusal("ERROR", "The Candidate could not be found.", pointer=pointer))
    return found


def _create_attachment(call: Call) -> Answer:
    given, warnings = _model(call, FILE)
    if not given.get("candidate"):
        raise Refused(invalid([Problem(path="model.candidate", fault="missing", text="is a required field")]))
    person = _known(call, given["candidate"], "/model/candidate")
    row = keep(call, _upload(call, given), person, given.get("attachment_type") or "OTHER")
    return made(reads.file_row(call, row), warnings)


def _upload(call: Call, given: Row) -> Upload:
    """Fetched by Merge, which hands the bytes on to the ATS."""
    address, limit = given.get("file_url"), call.account.rules.max_attachment_bytes
    if address is None:
        raise Refused(invalid([Problem(path="model.file_url", fault="missing", text="is a required field")]))
    found = call.request.files.get(address)
    content = None if found is None else found.content
    if content is None or (limit is not None and len(content) > limit):
        raise Refused(refusal("CORRUPTED_FILE", "The contents of the file could not be had", pointer="/model/file_url"))
    return Upload(name=given.get("file_name") or "file", content_type="application/pdf", content=content)


def _model(call: Call, rule: Rule) -> tuple[Row, list[Row]]:
    """The model of a write, and what Merge warns of: it ignores names it does not know."""
    body = call.checked(record({"model": record({}, {}, open_ended=True), "remote_user_id": text()}, {}), invalid)
    problems, warnings = _sorted(list(rule(body["model"], "model")))
    if problems:
        raise Refused(invalid(problems))
    if body["remote_user_id"] != reads.REMOTE_USER:
        raise Refused(refusal("ERROR", "The RemoteUser could not be found.", pointer="/remote_user_id"))
    return body["model"], warnings


def _sorted(problems: list[Problem]) -> tuple[list[Problem], list[Row]]:
    """What stops a write, and what is only ignored."""
    ignored = [one for one in problems if one.fault == "unknown"]
    warnings = [issue(kind_of(one), f"{one.path} was ignored", pointer_to(one.path)) for one in ignored]
    return [one for one in problems if one.fault != "unknown"], warnings


def _addresses(request: Request) -> Iterator[str]:
    """Of every file in the body, wherever it stands."""
    try:
        yield from _file_urls(json_of(request.body))
    except ValueError:
        return


def _file_urls(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (url for name, url in value.items() if name == "file_url" and isinstance(url, str))
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _file_urls(inner)


def _authenticate(call: Call) -> None:
    headers = call.request.headers
    known = headers.get("authorization") == f"Bearer {call.credential('api_key')}"
    if not known or headers.get("x-account-token") != call.credential("account_token") or call.account.rules.revoked:
        raise call.refuse(401)


_ROUTES: Final = (
    ("create_application", "POST", "applications", _create_application),
    ("find_applications", "GET", "applications", reads.list_applications),
    ("find_candidates", "GET", "candidates", reads.list_candidates),
    ("create_attachment", "POST", "attachments", _create_attachment),
    ("find_attachments", "GET", "attachments", reads.list_files),
    ("attachment_fields", "GET", "attachments/meta/post", reads.see_file_fields),
    ("find_job", "GET", "jobs/{job}", reads.see_job),
    ("find_stages", "GET", "job-interview-stages", reads.list_stages),
    ("find_user", "GET", "users/{user}", reads.see_user),
    ("check", "GET", "account-details", reads.see_account),
)
VENDOR: Final = Vendor(
    name="merge",
    title="Merge",
    prefix="api/ats/v1",
    credentials=MappingProxyType(
        {"api_key": API_KEY, "account_token": ACCOUNT_TOKEN, "remote_user_id": reads.REMOTE_USER}
    ),
    routes=(
        *(
            Route(step=step, method=method, pattern=f"api/ats/v1/{path}", handle=handle)
            for step, method, path, handle in _ROUTES
        ),
        Route(step="download", method="GET", pattern="api/ats/v1/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=error,
    addresses=_addresses,
    sources=(
        "Merge's OpenAPI document in api-evangelist/merge@e98bb01f, 2026-08-22",
        "merge-api/merge-python-client@d1b39794, 2026-06-11",
        "docs.merge.dev and help.merge.dev, read 2026-11",
    ),
)
