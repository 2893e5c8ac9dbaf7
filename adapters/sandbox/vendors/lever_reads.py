"""Reading Lever: confidential rows only when asked for, offsets that are tokens, postings told by the applications."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.store import Application, Attachment, Candidate
    from adapters.sandbox.vendor import Call

_LARGEST_PAGE: Final = 100


def list_opportunities(call: Call) -> Answer:
    """Confidential ones are left out unless asked for; a name it does not know is ignored."""
    asked = call.request.ask("confidentiality") or "non-confidential"
    emails, postings = call.request.ask_all("email"), call.request.ask_all("posting_id")
    contacts = call.request.ask_all("contact_id")
    people: Iterable[Candidate] = call.account.candidates.values()
    if emails:
        people = [one for email in emails for one in call.account.with_email(email)]
    rows = [
        row
        for person in people
        if not contacts or person.id in contacts
        for row in call.account.applications_of(person.id)
        if (not postings or row.job_id in postings) and asked in ("all", _confidentiality(call, row))
    ]
    return _page(call, sorted(call.account.visible(rows, call.at), key=lambda row: int(row.id), reverse=True))


def _page(call: Call, rows: list[Application]) -> Answer:
    """`offset` is a token of an earlier page, not a number."""
    asked, token = call.request.ask("limit") or str(_LARGEST_PAGE), call.request.ask("offset")
    if not asked.isdecimal() or not 1 <= int(asked) <= _LARGEST_PAGE:
        raise call.refuse(400, "limit must be between 1 and 100")
    size = min(int(asked), call.account.rules.page_size or _LARGEST_PAGE)
    try:
        before = None if token is None else int(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        raise call.refuse(400, "offset is not valid") from None
    rest = [row for row in rows if before is None or int(row.id) < before]
    shown, more = rest[:size], len(rest) > size
    following = {"next": base64.urlsafe_b64encode(shown[-1].id.encode()).decode()} if more else {}
    return as_json({"data": [opportunity_row(call, row) for row in shown], "hasNext": more, **following})


def show_opportunity(call: Call) -> Answer:
    return as_json({"data": opportunity_row(call, one_opportunity(call))})


def show_contact(call: Call) -> Answer:
    contact = call.account.person(call.args["contact"])
    if contact is None:
        raise call.refuse(404, "Contact not found")
    return as_json({"data": _contact_row(contact)})


def show_posting(call: Call) -> Answer:
    posting, rules = call.args["posting"], call.account.rules
    if not rules.job_exists(posting):
        raise call.refuse(404, "Posting not found")
    state = "closed" if posting in rules.closed_jobs else "published"
    return as_json({"data": {"id": posting, "text": f"Job {posting}", "state": state}})


def list_users(call: Call) -> Answer:
    return as_json({"data": [_user_row(call)], "hasNext": False})


def show_user(call: Call) -> Answer:
    if call.args["user"] != call.credential("perform_as"):
        raise call.refuse(404, "User not found")
    return as_json({"data": _user_row(call)})


def list_applications(call: Call) -> Answer:
    return as_json({"data": _applications(one_opportunity(call)), "hasNext": False})


def _user_row(call: Call) -> dict[str, Any]:
    return {"id": call.credential("perform_as"), "name": "Sandbox User", "deactivatedAt": None}


def _applications(row: Application) -> list[dict[str, Any]]:
    """None for somebody on no posting."""
    if not row.job_id:
        return []
    created = int(row.created_at.timestamp() * 1000)
    named = {"id": f"application-{row.id}", "opportunityId": row.id, "candidateId": row.id}
    return [{**named, "posting": row.job_id, "type": "user", "createdAt": created, "archived": None}]


def list_sources(_call: Call) -> Answer:
    return as_json({"data": [{"text": "FactoryFix", "count": 0}, {"text": "LinkedIn", "count": 3}], "hasNext": False})


def one_opportunity(call: Call) -> Application:
    found = call.account.applications.get(call.args["opportunity"])
    if found is None or call.account.is_fresh(found, call.at):
        raise call.refuse(404, "Opportunity not found")
    return found


def _confidentiality(call: Call, row: Application) -> str:
    return "confidential" if row.job_id in call.account.rules.confidential_jobs else "non-confidential"


def opportunity_row(call: Call, row: Application) -> dict[str, Any]:
    """Which posting it is on is told by its applications, in full only with `expand=applications`."""
    contact, applications = call.account.candidates[row.candidate_id], _applications(row)
    expanded = call.request.ask_all("expand")
    return {
        **_contact_row(contact),
        "id": row.id,
        "contact": contact.id,
        "applications": applications if "applications" in expanded else [one["id"] for one in applications],
        "stage": row.status,
        "sources": row.extra.get("sources") or [],
        "origin": row.extra.get("origin") or "sourced",
        "tags": row.extra.get("tags") or [],
        "confidentiality": _confidentiality(call, row),
        "archived": None,
        "createdAt": int(row.created_at.timestamp() * 1000),
        "isAnonymized": contact.erased_at is not None,
    }


def _contact_row(row: Candidate) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": f"{row.first_name} {row.last_name}".strip(),
        "emails": list(row.emails),
        "phones": [{"type": "mobile", "value": one} for one in row.phones],
    }


def file_row(call: Call, row: Attachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "ext": row.name.rpartition(".")[2],
        "size": row.size,
        "status": "processed",
        "uploadedAt": int(row.created_at.timestamp() * 1000),
        "downloadUrl": f"{call.request.base_url}/files/{row.sha256}",
    }


def list_files(call: Call) -> Answer:
    rows = call.account.visible(call.account.files_of(one_opportunity(call).id), call.at)
    return as_json({"data": [file_row(call, row) for row in rows], "hasNext": False})
