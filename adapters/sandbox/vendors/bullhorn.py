"""Bullhorn: PUT creates, the index lags behind the database, nothing is unique, files belong to the candidate.

Facts: bullhorn/rest-api-docs (official) source/includes/{_login,_entity,_query,_search,_file,_errors} and entityref/
{_candidate,_jobsubmission,_joborder}, read 2026-11: field names and lengths, PUT and POST, answers, sessions, 429.
Inferred: 412 without a token, the keys of error bodies, a closed job takes submissions (counted under incidents).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, Rule, anything, integer, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep, parts_in
from adapters.sandbox.vendors import bullhorn_reads as reads
from adapters.sandbox.vendors import bullhorn_session as session
from adapters.sandbox.vendors.bullhorn_session import error
from adapters.sandbox.wire import Answer, as_json

_MAX_FILE_BYTES: Final = 50_000_000
_ONE: Final = record({"id": integer()}, {}, open_ended=True)


def _short(longest: int) -> Rule:
    return nullable(text(longest=longest, empty=True))


def _custom(count: int) -> dict[str, Rule]:
    return {f"customText{number}": _short(100) for number in range(1, count + 1)}


_CANDIDATE_FIELDS: Final[dict[str, Rule]] = {
    "firstName": text(longest=50),
    "lastName": text(longest=50),
    "name": text(longest=100),
    "middleName": _short(50),
    "email": _short(100),
    "email2": _short(100),
    "email3": _short(100),
    "mobile": _short(20),
    "phone": _short(20),
    "phone2": _short(20),
    "status": _short(100),
    "source": _short(200),
    "externalID": _short(50),
    "comments": nullable(text(empty=True)),
    "description": nullable(text(empty=True)),
    "owner": _ONE,
    "category": _ONE,
    "address": anything(),
    "massMailOptOut": anything(),
    "isDeleted": anything(),
    "migrateGUID": _short(36),
    **_custom(40),
}
_NEW_CANDIDATE: Final = record(
    {name: _CANDIDATE_FIELDS[name] for name in ("firstName", "lastName", "name")}, _CANDIDATE_FIELDS
)
_CHANGED_CANDIDATE: Final = record({}, _CANDIDATE_FIELDS)
_SUBMISSION_FIELDS: Final[dict[str, Rule]] = {
    "candidate": _ONE,
    "jobOrder": _ONE,
    "status": text(longest=30),
    "dateWebResponse": integer(),
    "source": _short(100),
    "comments": nullable(text(empty=True)),
    "sendingUser": _ONE,
    "owners": anything(),
    "migrateGUID": _short(36),
    **_custom(25),
}
_NEW_SUBMISSION: Final = record(
    {name: _SUBMISSION_FIELDS[name] for name in ("candidate", "jobOrder", "status", "dateWebResponse")},
    _SUBMISSION_FIELDS,
)
_CHANGED_SUBMISSION: Final = record({}, _SUBMISSION_FIELDS)
_NEW_FILE: Final = record(
    {"externalID": text(), "fileContent": text(), "fileType": text(), "name": text()},
    {"contentType": text(), "description": text(empty=True), "type": text(), "fileExtension": text()},
)


def _create_candidate(call: Call) -> Answer:
    given = call.checked(_NEW_CANDIDATE, _invalid)
    candidate = Candidate(
        id=call.account.new_id(),
        first_name=given["firstName"],
        last_name=given["lastName"],
        emails=[given[name] for name in ("email", "email2", "email3") if given.get(name)],
        phones=[given[name] for name in ("mobile", "phone", "phone2") if given.get(name)],
        source=given.get("source"),
        created_at=call.at,
        extra=dict(given),
    )
    return _changed(call.account.add_candidate(candidate).id, "Candidate", "INSERT")


def _update_candidate(call: Call) -> Answer:
    candidate, given = reads.candidate(call), call.checked(_CHANGED_CANDIDATE, _invalid)
    candidate.extra.update(given)
    candidate.first_name = given.get("firstName", candidate.first_name)
    candidate.last_name = given.get("lastName", candidate.last_name)
    return _changed(candidate.id, "Candidate", "UPDATE")


def _delete_candidate(call: Call) -> Answer:
    """Bullhorn only marks the record deleted; the sandbox empties it, so that a test sees nobody left."""
    candidate = reads.candidate(call)
    call.account.erase(candidate, call.at)
    return _changed(candidate.id, "Candidate", "DELETE")


def _create_submission(call: Call) -> Answer:
    given = call.checked(_NEW_SUBMISSION, _invalid)
    candidate, job_id = call.account.person(str(given["candidate"]["id"])), str(given["jobOrder"]["id"])
    if candidate is None or not call.account.rules.job_exists(job_id):
        raise call.refuse(400, "error persisting an entity of type: JobSubmission")
    if job_id in call.account.rules.closed_jobs:
        call.account.incidents["submissions_on_closed_jobs"] += 1
    application = Application(
        id=call.account.new_id(),
        candidate_id=candidate.id,
        job_id=job_id,
        source=given.get("source"),
        status=given["status"],
        key=given.get("customText1"),
        created_at=call.at,
        extra=dict(given),
    )
    return _changed(call.account.add_application(application).id, "JobSubmission", "INSERT")


def _update_submission(call: Call) -> Answer:
    submission, given = reads.submission(call), call.checked(_CHANGED_SUBMISSION, _invalid)
    submission.extra.update(given)
    submission.status, submission.source = (
        given.get("status", submission.status),
        given.get("source", submission.source),
    )
    return _changed(submission.id, "JobSubmission", "UPDATE")


def _attach(call: Call) -> Answer:
    candidate, given = reads.candidate(call), call.checked(_NEW_FILE, _invalid)
    if given["fileType"] != "SAMPLE":
        raise call.refuse(400, "fileType must be SAMPLE")
    try:
        content = base64_of(given["fileContent"])
    except ValueError:
        raise call.refuse(400, "fileContent is not Base64") from None
    upload = Upload(name=given["name"], content_type=given.get("contentType", ""), content=content)
    return _stored(call, candidate, upload, given)


def _attach_raw(call: Call) -> Answer:
    candidate = reads.candidate(call)
    named = {name: call.request.ask(name) or "" for name in ("externalID", "fileType", "description", "type")}
    parts = [part for part in parts_in(call) if part.file_name]
    if not parts or not named["externalID"] or named["fileType"] != "SAMPLE":
        raise call.refuse(400, "externalID, fileType=SAMPLE and a file are required")
    part = parts[0]
    upload = Upload(name=part.file_name or "", content_type=part.content_type, content=part.content)
    return _stored(call, candidate, upload, named)


def _stored(call: Call, candidate: Candidate, upload: Upload, given: Mapping[str, Any]) -> Answer:
    limit = call.account.rules.max_attachment_bytes
    if len(upload.content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise call.refuse(400, "The file is too large")
    extra = {"externalID": given["externalID"], "description": given.get("description")}
    row = keep(call, upload, candidate, given.get("type") or "file", extra)
    return as_json({"fileId": int(row.id), "changeType": "INSERT"})


def _delete_file(call: Call) -> Answer:
    if call.account.attachments.pop(call.args["file"], None) is None:
        raise call.refuse(404, "file not found")
    return as_json({"fileId": int(call.args["file"]), "changeType": "DELETE"})


def _changed(entity_id: str, kind: str, change: str) -> Answer:
    return as_json({"changedEntityType": kind, "changedEntityId": int(entity_id), "changeType": change})


def _invalid(problems: list[Problem]) -> Answer:
    """The first fault in words, all of them as a list."""
    faults = [{"propertyName": one.path, "severity": "ERROR", "type": one.text} for one in problems]
    words = f"error persisting an entity: {problems[0].path} {problems[0].text}"
    key = "errors.cannotPersistEntity"
    return as_json({"errorMessage": words, "errorMessageKey": key, "errorCode": 400, "errors": faults}, 400)


def _entity(step: str, method: str, pattern: str, handle: Any) -> Route:
    return Route(step=step, method=method, pattern=f"rest-services/{session.CORP}/{pattern}", handle=handle)


VENDOR: Final = Vendor(
    name="bullhorn",
    title="Bullhorn",
    prefix="rest-services",
    credentials=MappingProxyType(
        {
            "client_id": session.CLIENT_ID,
            "client_secret": session.CLIENT_SECRET,
            "refresh_token": session.REFRESH_TOKEN,
        }
    ),
    routes=(
        Route(step="token", method="POST", pattern="rest-services/oauth/token", handle=session.issue, open=True),
        Route(step="login", method="POST", pattern="rest-services/login", handle=session.login, open=True),
        Route(step="login", method="GET", pattern="rest-services/login", handle=session.login, open=True),
        _entity("check", "GET", "ping", session.ping),
        _entity("create_candidate", "PUT", "entity/Candidate", _create_candidate),
        _entity("find_candidate", "GET", "entity/Candidate/{id}", reads.show_candidate),
        _entity("update_candidate", "POST", "entity/Candidate/{id}", _update_candidate),
        _entity("erase_candidate", "DELETE", "entity/Candidate/{id}", _delete_candidate),
        _entity("create_application", "PUT", "entity/JobSubmission", _create_submission),
        _entity("find_application", "GET", "entity/JobSubmission/{id}", reads.show_submission),
        _entity("update_application", "POST", "entity/JobSubmission/{id}", _update_submission),
        _entity("find_job", "GET", "entity/JobOrder/{id}", reads.show_job),
        _entity("search", "GET", "search/{entity}", reads.search),
        _entity("search", "POST", "search/{entity}", reads.search),
        _entity("query", "GET", "query/{entity}", reads.query),
        _entity("query", "POST", "query/{entity}", reads.query),
        _entity("create_attachment", "PUT", "file/Candidate/{id}", _attach),
        _entity("create_attachment", "PUT", "file/Candidate/{id}/raw", _attach_raw),
        _entity("delete_attachment", "DELETE", "file/Candidate/{id}/{file}", _delete_file),
        _entity("find_attachments", "GET", "entity/Candidate/{id}/fileAttachments", reads.list_files),
        _entity("find_attachments", "GET", "entityFiles/Candidate/{id}", reads.list_entity_files),
    ),
    authenticate=session.authenticate,
    error=error,
    sources=("bullhorn/rest-api-docs, read 2026-11",),
)
