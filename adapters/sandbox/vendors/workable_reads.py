"""Reading Workable: an exact e-mail filter, pages that are addresses, candidate ids in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.store import Application, Candidate
    from adapters.sandbox.vendor import Call

MEMBER_ID: Final = "5e3b"
_LARGEST_PAGE: Final = 100


def list_candidates(call: Call) -> Answer:
    """The e-mail filter is exact; without `shortcode` it is answered for the whole account."""
    email, job = call.request.ask("email"), call.args.get("shortcode") or call.request.ask("shortcode")
    people: Iterable[Candidate] = call.account.candidates.values() if email is None else call.account.with_email(email)
    rows = [
        each
        for person in people
        for each in call.account.visible(call.account.applications_of(person.id), call.at)
        if job in (None, each.job_id)
    ]
    asked = call.request.ask("limit") or str(_LARGEST_PAGE)
    if not asked.isdecimal() or not 1 <= int(asked) <= _LARGEST_PAGE:
        raise call.refuse(400, "limit is not valid")
    since = _number_of(call.request.ask("since_id") or "0")
    if since is None:
        raise call.refuse(400, "since_id is not valid")
    rest = sorted((each for each in rows if int(each.id) >= since), key=lambda each: int(each.id))
    size = min(int(asked), call.account.rules.page_size or _LARGEST_PAGE)
    paging = {}
    if len(rest) > size:
        filters = "".join(f"&{name}={value}" for name, value in call.request.query if name in ("email", "shortcode"))
        start = f"since_id={int(rest[size].id):x}"
        paging = {"next": f"{call.request.base_url}/candidates?limit={asked}&{start}{filters}"}
    return as_json({"candidates": [row(call, each) for each in rest[:size]], "paging": paging})


def show_candidate(call: Call) -> Answer:
    return as_json({"candidate": row(call, one(call))})


def list_files(call: Call) -> Answer:
    rows = call.account.files_of(one(call).id)
    url = f"{call.request.base_url}/files"
    return as_json({"files": [{"id": file.id, "name": file.name, "url": f"{url}/{file.sha256}"} for file in rows]})


def show_job(call: Call) -> Answer:
    job, rules = call.args["shortcode"], call.account.rules
    if not rules.job_exists(job):
        raise call.refuse(404, "Not found")
    state = "archived" if job in rules.closed_jobs else "published"
    return as_json({"id": job, "shortcode": job, "title": f"Job {job}", "state": state})


def list_members(_call: Call) -> Answer:
    member = {"id": MEMBER_ID, "name": "Sandbox Member", "role": "admin", "active": True}
    return as_json({"members": [member], "paging": {}})


def list_activities(call: Call) -> Answer:
    asked = call.request.ask_all("actions")
    rows = [each for each in comments(one(call)) if not asked or each["action"] in asked]
    return as_json({"activities": rows, "paging": {}})


def comments(application: Application) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = application.extra.setdefault("comments", [])
    return found


def _number_of(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def one(call: Call) -> Application:
    """Candidate ids are hexadecimal; there is no id of an application."""
    number = _number_of(call.args["id"])
    found = None if number is None else call.account.applications.get(str(number))
    if found is None or call.account.is_fresh(found, call.at) or call.account.person(found.candidate_id) is None:
        raise call.refuse(404, "Not found")
    return found


def row(call: Call, application: Application) -> dict[str, Any]:
    person = call.account.candidates[application.candidate_id]
    number = f"{int(application.id):x}"
    return {
        "id": number,
        "name": f"{person.first_name} {person.last_name}",
        "firstname": person.first_name,
        "lastname": person.last_name,
        "email": person.emails[0] if person.emails else None,
        "phone": person.phones[0] if person.phones else None,
        "job": {"shortcode": application.job_id, "title": f"Job {application.job_id}"},
        "stage": application.status,
        "stage_kind": application.status.lower(),
        "sourced": application.extra["sourced"],
        "tags": application.extra["tags"],
        "disqualified": False,
        "outlet": "SPI",
        "common_source": "Unknown",
        "profile_url": f"{call.request.base_url}/backend/candidates/{number}",
        "created_at": application.created_at,
        "updated_at": application.created_at,
        "originating_candidate_id": None,
    }
