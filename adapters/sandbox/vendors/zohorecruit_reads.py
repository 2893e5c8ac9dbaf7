"""Reading Zoho Recruit: 204 for "none", pages of 200, a search that hides who is converted or waits for approval."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.vendors.zohorecruit_words import refusal
from adapters.sandbox.wire import Answer, Refused, as_json

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.sandbox.store import Attachment, Candidate
    from adapters.sandbox.vendor import Call

_LARGEST_PAGE: Final = 200
_MOST_CRITERIA: Final = 10
_CRITERION: Final = re.compile(r"\(([A-Za-z_]+):(equals|starts_with):((?:\\.|[^\\(),])*)\)")
_JOINED: Final = re.compile(r"\)(and|or)\(")
_SEARCHED: Final = ("First_Name", "Last_Name", "Email", "Secondary_Email", "Phone", "Mobile", "Source")
Test = Callable[[dict[str, Any]], bool]
_EMPTY: Final = Answer(status=204)


def list_candidates(call: Call) -> Answer:
    return _page(call, [candidate_row(row) for row in call.account.visible(_people(call), call.at)])


def search_candidates(call: Call) -> Answer:
    """Of criteria, email, phone and word only the first one given counts."""
    matches = _asked(call)
    shown = (candidate_row(row) for row in call.account.visible(_people(call), call.at))
    return _page(call, [row for row in shown if matches(row) and _is_shown(call, row)])


def show_candidate(call: Call) -> Answer:
    found = person(call)
    return _EMPTY if found is None else as_json({"data": [candidate_row(found)]})


def show_job(call: Call) -> Answer:
    job_id = call.args["job"]
    if not call.account.rules.job_exists(job_id):
        return _EMPTY
    closed = job_id in call.account.rules.closed_jobs
    status = "Filled" if closed else "In-progress"
    row = {"id": job_id, "Posting_Title": f"Job {job_id}", "Job_Opening_Status": status, "$approved": True}
    return as_json({"data": [row]})


def other_module(_call: Call) -> Answer:
    """Job openings have one module name in an account; here it is Job_Openings."""
    return refusal(400, "INVALID_MODULE", "the module name given seems to be invalid")


def list_jobs_of_candidate(call: Call) -> Answer:
    found = person(call)
    applications = [] if found is None else call.account.applications_of(found.id)
    return _page(call, [{"id": row.job_id, "Posting_Title": f"Job {row.job_id}"} for row in applications])


def list_candidates_of_job(call: Call) -> Answer:
    ids = [row.candidate_id for row in call.account.applications.values() if row.job_id == call.args["job"]]
    found = (call.account.person(one) for one in ids)
    return _page(call, [candidate_row(row) for row in found if row is not None])


def list_files(call: Call) -> Answer:
    found = person(call)
    if found is None:
        raise Refused(refusal(400, "INVALID_DATA", "the related id given seems to be invalid"))
    return _page(call, [_file_row(row) for row in call.account.visible(call.account.files_of(found.id), call.at)])


def download(call: Call) -> Answer:
    row = call.account.attachments.get(call.args["file"])
    content = None if row is None or row.candidate_id != call.args["id"] else call.blobs.get(row.sha256)
    if content is None:
        return _EMPTY
    return Answer(headers={"content-type": "application/x-download"}, body=content)


def person(call: Call) -> Candidate | None:
    """The candidate of the path, unless erased or so new that it is not there yet."""
    found = call.account.person(call.args["id"])
    return None if found is None or call.account.is_fresh(found, call.at) else found


def candidate_row(row: Candidate) -> dict[str, Any]:
    fields = {name: row.extra.get(name) for name in _SEARCHED}
    return {
        **fields,
        "id": row.id,
        "First_Name": row.first_name or None,
        "Last_Name": row.last_name,
        "Source": row.source,
        "$converted": row.extra.get("$converted", False),
        "$approved": row.extra.get("$approved", True),
        "Created_Time": _time(row.created_at),
    }


def _people(call: Call) -> Iterable[Candidate]:
    return (row for row in call.account.candidates.values() if row.erased_at is None)


def _asked(call: Call) -> Test:
    criteria, email, phone = (call.request.ask(name) for name in ("criteria", "email", "phone"))
    word = call.request.ask("word")
    if criteria is not None:
        return _criteria(criteria)
    if email is not None:
        return lambda row: email.casefold() in {str(row[one]).casefold() for one in ("Email", "Secondary_Email")}
    if phone is not None:
        return lambda row: phone in (row["Phone"], row["Mobile"])
    if word is not None:
        return lambda row: any(word.casefold() in str(row[one] or "").casefold() for one in _SEARCHED)
    raise Refused(refusal(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing"))


def _criteria(text: str) -> Test:
    """(A:equals:x), or several of them joined by and / or in one more pair of parentheses."""
    found = list(_CRITERION.finditer(text))
    joints = _JOINED.findall(text)
    whole = "".join(one.group(0) + joint for one, joint in zip(found, [*joints, ""], strict=False))
    known = all(one.group(1) in _SEARCHED for one in found)
    if not found or not known or len(found) > _MOST_CRITERIA or text not in (whole, f"({whole})"):
        raise Refused(refusal(400, "INVALID_QUERY", "invalid query formed"))
    tests = [_criterion(*one.groups()) for one in found]
    if "or" in joints:
        return lambda row: any(test(row) for test in tests)
    return lambda row: all(test(row) for test in tests)


def _criterion(name: str, how: str, escaped: str) -> Test:
    wanted = re.sub(r"\\(.)", r"\1", escaped).casefold()
    if how == "equals":
        return lambda row: str(row[name] or "").casefold() == wanted
    return lambda row: str(row[name] or "").casefold().startswith(wanted)


def _is_shown(call: Call, row: dict[str, Any]) -> bool:
    converted, approved = call.request.ask("converted") or "false", call.request.ask("approved") or "true"
    return converted in ("both", str(row["$converted"]).lower()) and approved in ("both", str(row["$approved"]).lower())


def _page(call: Call, rows: list[dict[str, Any]]) -> Answer:
    page, size = _number(call, "page", 1), min(_number(call, "per_page", _LARGEST_PAGE), _LARGEST_PAGE)
    size = min(size, call.account.rules.page_size or size)
    shown = rows[(page - 1) * size : page * size]
    if not shown:
        return _EMPTY
    more = page * size < len(rows)
    return as_json({"data": shown, "info": {"per_page": size, "count": len(shown), "page": page, "more_records": more}})


def _number(call: Call, name: str, default: int) -> int:
    given = call.request.ask(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal()) or int(given) < 1:
        raise Refused(refusal(400, "INVALID_DATA", "invalid data", api_name=name))
    return int(given)


def _file_row(row: Attachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "File_Name": row.name,
        "Size": str(row.size),
        "Parent_Id": row.candidate_id,
        "Attachment_Category": row.kind,
        "Created_Time": _time(row.created_at),
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
