"""Reading Teamtailor: people by their address, and what belongs to one of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.sandbox.store import Application, Attachment, Candidate
from adapters.sandbox.vendors.teamtailor_words import Row, one, page, resource
from adapters.sandbox.wire import Answer

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call


def person_of(call: Call, candidate_id: str) -> Candidate:
    found = call.account.person(candidate_id)
    if found is None:
        raise call.refuse(404, "The record identified by the candidate could not be found.")
    return found


def list_candidates(call: Call) -> Answer:
    email = call.request.ask("filter[email]")
    rows = call.account.candidates.values() if email is None else call.account.with_email(email)
    return page(call, rows, lambda row: person_row(call, row))


def see_candidate(call: Call) -> Answer:
    return one(person_row(call, person_of(call, call.args["candidate"])))


def list_applications(call: Call) -> Answer:
    person = person_of(call, call.args["candidate"])
    return page(call, call.account.applications_of(person.id), lambda row: application_row(call, row))


def list_uploads(call: Call) -> Answer:
    person = person_of(call, call.args["candidate"])
    return page(call, call.account.files_of(person.id), lambda row: upload_row(call, row))


def see_job(call: Call) -> Answer:
    job, rules = call.args["job"], call.account.rules
    if not rules.job_exists(job):
        raise call.refuse(404, f"The record identified by {job} could not be found.")
    shut = job in rules.closed_jobs
    states = {"status": "archived" if shut else "open", "human-status": "archived" if shut else "published"}
    return one(resource(call, "jobs", job, {"title": f"Job {job}", **states, "internal": False}, {}))


def person_row(call: Call, row: Candidate) -> Row:
    attributes = {
        "first-name": row.first_name,
        "last-name": row.last_name,
        "email": row.emails[0] if row.emails else None,
        "phone": row.phones[0] if row.phones else None,
        "referring-site": row.source,
        "referring-url": row.extra.get("referring-url"),
        "sourced": row.extra.get("sourced", False),
        "tags": row.extra.get("tags", []),
        "created-at": row.created_at,
    }
    return resource(call, "candidates", row.id, attributes, {"job-applications": None, "uploads": None})


def application_row(call: Call, row: Application) -> Row:
    attributes = {
        "created-at": row.created_at,
        "cover-letter": None,
        "rejected-at": None,
        "referring-url": row.extra.get("referring-url"),
        "referring-site": row.source,
        "sourced": row.extra.get("sourced", False),
    }
    relations = {
        "candidate": {"type": "candidates", "id": row.candidate_id},
        "job": {"type": "jobs", "id": row.job_id},
        "stage": None,
    }
    return resource(call, "job-applications", row.id, attributes, relations)


def upload_row(call: Call, row: Attachment) -> Row:
    """Without an address while its file is not there: for a while, or for ever."""
    since = row.created_at + timedelta(seconds=call.account.rules.fresh_404_s)
    there = row.extra.get("arrived", True) and call.at >= since
    address = f"{call.request.base_url}/files/{row.sha256}" if there else None
    attributes = {"url": address, "file-name": row.name, "internal": False}
    person = {"type": "candidates", "id": row.candidate_id}
    return resource(call, "uploads", row.id, attributes, {"candidate": person, "job": None})


def site_of(address: str | None) -> str | None:
    """The friendly name in an address: Facebook of http://facebook.com/page."""
    host = (urlsplit(address).hostname or "") if address else ""
    return host.removeprefix("www.").split(".")[0].capitalize() or None
