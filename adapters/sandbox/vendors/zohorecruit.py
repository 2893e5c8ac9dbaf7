"""Zoho Recruit v2: an answer for each record inside a 2xx, merging by e-mail, workflows that mail unless told not to.

Facts: zoho.com/recruit/developer-guide/apiv2, pages insert-records, upsert-records, update-records, delete-records,
search-records, associate-candidate, get-associated-records, upload-attachment, get-attachments; the standard fields
and duplicate check of help.zoho.com/portal/en/kb/recruit; zoho.com/accounts/protocol/oauth; read 2026-11. Third-party:
which codes are wrapped in FAILURE, and that unknown fields are ignored (dereekb's client, tried against the vendor).
Inferred: 201 and 202 of a write, the words of refusals, a closed job takes people (counted), the recycle bin is not
shown. With the rule `refuses_repeats` the employer made Email and Mobile unique fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Rule, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, keep, parts_in
from adapters.sandbox.vendors import zohorecruit_reads as reads
from adapters.sandbox.vendors import zohorecruit_token as token
from adapters.sandbox.vendors.zohorecruit_words import Entry, done, error, failed, invalid, refusal, told
from adapters.sandbox.wire import Answer, Refused

_MAX_FILE_BYTES: Final = 20_000_000
_CATEGORIES: Final = frozenset({"Resume", "Cover Letter", "Formatted Resume", "Offer", "Contracts", "Others"})
_MOST_RECORDS: Final = 100
_EVENTS: Final = frozenset({"workflow", "approval", "blueprint"})


def _short(longest: int) -> Rule:
    return nullable(text(longest=longest, empty=True))


_FIELDS: Final[dict[str, Rule]] = {
    "First_Name": _short(40),
    "Last_Name": text(longest=80),
    "Email": _short(100),
    "Secondary_Email": _short(100),
    "Phone": _short(30),
    "Mobile": _short(30),
    "Source": _short(120),
}
_NEW: Final = record({"Last_Name": _FIELDS["Last_Name"]}, _FIELDS, open_ended=True)
_CHANGED: Final = record({}, _FIELDS, open_ended=True)
_ASSOCIATION: Final = record(
    {"jobids": many(text(), least=1), "ids": many(text(), least=1)}, {"comments": text(empty=True)}
)


def _insert(call: Call) -> Answer:
    return told([_inserted(call, row) for row in _records(call)], 201)


def _upsert(call: Call) -> Answer:
    """Email is the system's own duplicate check; fields the employer made unique are compared as well."""
    records, fields = _records(call), call.json().get("duplicate_check_fields")
    if fields is not None and not (isinstance(fields, list) and set(map(str, fields)) <= set(_unique(call))):
        raise Refused(refusal(400, "INVALID_DATA", "invalid data", api_name="duplicate_check_fields"))
    return told([_upserted(call, row) for row in records])


def _upserted(call: Call, row: Any) -> Entry:
    problem = next(iter(_NEW(row, "")), None)
    there = None if problem else _twin(call, row, _unique(call))
    if there is None:
        entry = _inserted(call, row)
        return {**entry, "action": "insert", "duplicate_field": None} if entry["status"] == "success" else entry
    name, candidate = there
    _change(call, candidate, row)
    return {**done("record updated", id=candidate.id), "action": "update", "duplicate_field": name}


def _inserted(call: Call, row: Any) -> Entry:
    problem = next(iter(_NEW(row, "")), None)
    if problem:
        return invalid(problem)
    unique = _unique(call) if call.account.rules.refuses_repeats else ()
    if there := _twin(call, row, unique):
        return failed("DUPLICATE_DATA", "duplicate data", api_name=there[0])
    candidate = Candidate(
        id=call.account.new_id(),
        first_name=row.get("First_Name") or "",
        last_name=row["Last_Name"],
        emails=[row[name] for name in ("Email", "Secondary_Email") if row.get(name)],
        phones=[row[name] for name in ("Mobile", "Phone") if row.get(name)],
        source=row.get("Source"),
        created_at=call.at,
        extra={name: value for name, value in row.items() if name in _FIELDS},
    )
    _note_ignored(call, row)
    return done("record added", id=call.account.add_candidate(candidate).id, Created_Time=call.at.isoformat())


def _update(call: Call) -> Answer:
    candidate, (row, *_) = reads.person(call), _records(call)
    if candidate is None:
        return told([failed("INVALID_DATA", "the id given seems to be invalid", id=call.args["id"])])
    problem = next(iter(_CHANGED(row, "")), None)
    if problem:
        return told([invalid(problem)])
    unique = _unique(call) if call.account.rules.refuses_repeats else ()
    there = _twin(call, row, unique)
    if there is not None and there[1] is not candidate:
        return told([failed("DUPLICATE_DATA", "duplicate data", api_name=there[0])])
    _change(call, candidate, row)
    return told([done("record updated", id=candidate.id)])


def _change(call: Call, candidate: Candidate, row: dict[str, Any]) -> None:
    """Whatever is sent stands afterwards, the source of a person known before too (counted)."""
    if row.get("Source") not in (None, candidate.source):
        call.account.incidents["sources_overwritten"] += 1
        candidate.source = row["Source"]
    candidate.first_name = row.get("First_Name") or candidate.first_name
    candidate.last_name = row.get("Last_Name") or candidate.last_name
    candidate.phones = [*{**dict.fromkeys(candidate.phones), **({row["Mobile"]: None} if row.get("Mobile") else {})}]
    candidate.extra.update({name: value for name, value in row.items() if name in _FIELDS})
    _note_ignored(call, row)


def _unique(call: Call) -> tuple[str, ...]:
    return ("Email", "Mobile") if call.account.rules.refuses_repeats else ("Email",)


def _twin(call: Call, row: Any, fields: tuple[str, ...]) -> tuple[str, Candidate] | None:
    """The first field by which somebody is known already; the database knows, whatever the search shows."""
    for name in fields:
        value = str(row.get(name) or "").casefold()
        for one in call.account.candidates.values() if value else ():
            if one.erased_at is None and str(one.extra.get(name) or "").casefold() == value:
                return name, one
    return None


def _note_ignored(call: Call, row: dict[str, Any]) -> None:
    call.account.incidents["ignored_fields"] += len(row.keys() - _FIELDS.keys())


def _records(call: Call) -> list[Any]:
    """Every write runs the employer's workflows, which may mail the candidate, unless `trigger` says which ones."""
    body = call.json()
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, list) or not found or len(found) > _MOST_RECORDS:
        raise Refused(refusal(400, "MANDATORY_NOT_FOUND", "required field not found", api_name="data"))
    trigger = body.get("trigger", ["workflow"])
    if not isinstance(trigger, list) or not {str(one) for one in trigger} <= _EVENTS:
        raise Refused(refusal(400, "INVALID_DATA", "invalid data", api_name="trigger"))
    call.account.incidents["workflows"] += "workflow" in trigger
    return found


def _delete(call: Call) -> Answer:
    ids = [call.args["id"]] if "id" in call.args else call.request.ask_all("ids")
    if not ids or len(ids) > _MOST_RECORDS:
        raise Refused(refusal(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing"))
    call.account.incidents["workflows"] += call.request.ask("wf_trigger") != "false"
    return told([_deleted(call, one) for one in ids])


def _deleted(call: Call, candidate_id: str) -> Entry:
    candidate = call.account.person(candidate_id)
    if candidate is None:
        return failed("INVALID_DATA", "record not deleted", id=candidate_id)
    call.account.erase(candidate, call.at)
    return done("record deleted", id=candidate_id)


def _associate(call: Call) -> Answer:
    given = call.json()
    items = given.get("data") if isinstance(given, dict) else None
    if not isinstance(items, list) or not items or any(list(_ASSOCIATION(item, "")) for item in items):
        raise Refused(refusal(400, "MANDATORY_NOT_FOUND", "Mandatory input parameters are missing"))
    return told([entry for item in items for entry in _associations(call, item)])


def _associations(call: Call, item: dict[str, Any]) -> Iterator[Entry]:
    """One entry for each job opening; what is refused of it is listed inside."""
    for job_id in item["jobids"]:
        about = {"jobid": job_id, "ids": f"[{', '.join(item['ids'])}]"}
        errors = [found for one in item["ids"] if (found := _refused_pair(call, one, job_id))]
        if errors:
            yield failed("FAILURE", "Record not associated", **about, error=errors)
            continue
        for one in item["ids"]:
            _apply(call, one, job_id)
        yield done("Record associated successfully", **about)


def _refused_pair(call: Call, candidate_id: str, job_id: str) -> Entry | None:
    candidate = call.account.person(candidate_id)
    if candidate is None or call.account.is_fresh(candidate, call.at):
        return failed("INVALID_DATA", "The given candidate ID is invalid")
    if not call.account.rules.job_exists(job_id):
        return failed("INVALID_DATA", "The given job opening ID is invalid")
    if call.account.applications_of(candidate_id, job_id):
        return failed("ALREADY_ASSOCIATED", "The candidate is already associated with a job")
    return None


def _apply(call: Call, candidate_id: str, job_id: str) -> None:
    if job_id in call.account.rules.closed_jobs:
        call.account.incidents["submissions_on_closed_jobs"] += 1
    call.account.add_application(
        Application(
            id=call.account.new_id(),
            candidate_id=candidate_id,
            job_id=job_id,
            source=call.account.candidates[candidate_id].source,
            created_at=call.at,
        )
    )


def _attach(call: Call) -> Answer:
    candidate, categories = reads.person(call), call.request.ask_all("attachments_category")
    if candidate is None:
        raise Refused(refusal(400, "INVALID_DATA", "the related id given seems to be invalid"))
    if not set(categories) <= _CATEGORIES or not (categories or call.request.ask("attachments_category_id")):
        raise Refused(refusal(400, "MANDATORY_NOT_FOUND", "required field not found", api_name="attachments_category"))
    parts = [part for part in parts_in(call) if part.name == "file" and part.file_name]
    if len(parts) != 1 or (parts[0].file_name or "").lower().endswith(".exe"):
        raise Refused(refusal(400, "INVALID_DATA", "invalid data", api_name="file"))
    limit = call.account.rules.max_attachment_bytes
    if len(parts[0].content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise Refused(refusal(400, "INVALID_DATA", "File size should not exceed 20 MB", api_name="file"))
    upload = Upload(name=parts[0].file_name or "", content_type=parts[0].content_type, content=parts[0].content)
    row = keep(call, upload, candidate, ",".join(categories))
    return told([done("attachment uploaded successfully", id=row.id, filename=row.name)])


def _delete_file(call: Call) -> Answer:
    row = call.account.attachments.get(call.args["file"])
    if row is None or row.candidate_id != call.args["id"]:
        return told([failed("INVALID_DATA", "record not deleted", id=call.args["file"])])
    del call.account.attachments[row.id]
    return told([done("record deleted", id=row.id)])


def _route(step: str, method: str, pattern: str, handle: Callable[[Call], Answer]) -> Route:
    return Route(step=step, method=method, pattern=f"recruit/v2/{pattern}", handle=handle)


VENDOR: Final = Vendor(
    name="zohorecruit",
    title="Zoho Recruit",
    prefix="recruit/v2",
    credentials=MappingProxyType(
        {"client_id": token.CLIENT_ID, "client_secret": token.CLIENT_SECRET, "refresh_token": token.REFRESH_TOKEN}
    ),
    routes=(
        Route(step="token", method="POST", pattern="recruit/v2/oauth/v2/token", handle=token.issue, open=True),
        _route("find_candidates", "GET", "Candidates", reads.list_candidates),
        _route("search", "GET", "Candidates/search", reads.search_candidates),
        _route("create_candidate", "POST", "Candidates/upsert", _upsert),
        _route("create_candidate", "POST", "Candidates", _insert),
        _route("create_application", "PUT", "Candidates/actions/associate", _associate),
        _route("find_candidate", "GET", "Candidates/{id}", reads.show_candidate),
        _route("update_candidate", "PUT", "Candidates/{id}", _update),
        _route("erase_candidate", "DELETE", "Candidates", _delete),
        _route("erase_candidate", "DELETE", "Candidates/{id}", _delete),
        _route("find_applications", "GET", "Candidates/{id}/associate", reads.list_jobs_of_candidate),
        _route("find_applications", "GET", "Job_Openings/{job}/associate", reads.list_candidates_of_job),
        _route("find_job", "GET", "Job_Openings/{job}", reads.show_job),
        _route("find_job", "GET", "JobOpenings/{job}", reads.other_module),
        _route("find_attachments", "GET", "Candidates/{id}/Attachments", reads.list_files),
        _route("create_attachment", "POST", "Candidates/{id}/Attachments", _attach),
        _route("download", "GET", "Candidates/{id}/Attachments/{file}", reads.download),
        _route("delete_attachment", "DELETE", "Candidates/{id}/Attachments/{file}", _delete_file),
    ),
    authenticate=token.authenticate,
    error=error,
    sources=("zoho.com/recruit/developer-guide/apiv2, read 2026-11",),
)
