"""Teamtailor: a person per e-mail, an application on the job, then the PDF on the person, fetched by its address.

Sources: Teamtailor/docs@435312b9 (the vendor's documentation, 2021-02-01; its successor, documenter.gw.postman.com
TVzSiGxA, is stored in part); help.adway.ai articles 422337 and 422338, 2026; requests and replies of clients in use
with versions 20210218 to 20240904. Traps: `merge` overwrites the data of whom it finds, so it is never asked for, and
"has already been taken" is looked up; the id of a related record is shown only where the relation is included; how a
file that cannot be fetched shows is not documented, so only an upload with an address of Teamtailor's own counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from adapters.auth import FixedHeaders
from adapters.base import Auth, Call, Check, Find, Finding, Push, Read, Reply
from adapters.body import at, document, document_or_none, list_at, rows, text_at, text_field
from adapters.calls import reading, writing
from adapters.findings import finding_of, job_finding, standing
from adapters.naming import (
    clipped,
    field_names,
    file_name_with_job,
    require_link,
    require_placed,
    required_email,
    segment,
)
from adapters.paging import NEXT, Some, asking, query_of, through_pages
from adapters.refusals import told
from adapters.status import error_of, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import JobClosed, Permanent, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_ACCEPT: Final = {"Accept": "application/vnd.api+json"}
_JSON_API: Final = {"Content-Type": "application/vnd.api+json", **_ACCEPT}
_SITE: Final = "https://www.factoryfix.com/"  # Teamtailor reads the name of a source from the address it came from
_SHUT: Final = frozenset({"archived", "draft", "temp"})
_PAGE: Final = "30"
_PAGE_NUMBER: Final = "page[number]"
_MAX_PAGES: Final = 20
_TAKEN: Final = "already been taken"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.teamtailor.com/v1"  # accounts in North America: https://api.na.teamtailor.com/v1
    api_key: str = field(repr=False)
    api_version: str = "20240904"

    facts: ClassVar = VendorFacts(
        title="Teamtailor",
        capability="lookup",
        dedupe_key="candidate by e-mail, unique; application by candidate and job; file by our key in its name",
        max_pdf_bytes=10_000_000,
        attach_level="candidate",
        update="add_pdf",
        erase="ask_a_person",
        source="referring-url of FactoryFix, from which it reads the source's name; tag FactoryFix on new candidates",
        silent="sourced: true, unsubscribed: true, and every send-... false",
        read_back=True,
        rate_per_s=5.0,
        burst=20.0,
        settle_s=60.0,
        pdf_by="link",
        sources=(
            "github.com/Teamtailor/docs@435312b9, 2021-02-01",
            "documenter.gw.postman.com/view/metadata/TVzSiGxA, 2026: stored in part",
            "help.adway.ai/en/articles/422337-candidates and 422338-files, 2026",
        ),
    )

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": f"Token token={self.api_key}", "X-Api-Version": self.api_version})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return (yield from _attached(delivery, require_placed(delivery, "candidate_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        placed = delivery.placed and delivery.placed.candidate_id
        people = {"candidate_id": placed} if placed else (yield _person(delivery))
        if step == "create candidate":
            return people or None
        if not people:
            raise Unknown(f"{step}: its candidate cannot be seen")
        if step == "create application":
            return (yield from _application(people, delivery.ats_job_id)) or None
        return (yield from _file(people["candidate_id"], delivery.key)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield _asked("read candidates", "/candidates", standing, **{"page[size]": "1"})
        found = (
            finding_of(people, "read candidates", remedy="make an API key of scope Admin, read and write"),
            Finding(what=f"source {SOURCE}", ok=True, detail="sent as the address candidates come from, and as a tag"),
        )
        if ats_job_id is None:
            return found
        job = yield _asked("see job", f"/jobs/{segment(ats_job_id)}", _state_or_absent)
        state = job.get("state")
        return (*found, job_finding(state, is_open=state is not None and state not in _SHUT))

    def _create(self, delivery: Delivery) -> Push:
        job = yield _asked("see job", f"/jobs/{segment(delivery.ats_job_id)}", _state)
        if job["state"] in _SHUT:
            raise JobClosed("the job is archived, or not published yet, in Teamtailor")
        known = yield _person(delivery)
        made = {} if known else (yield self._candidate(delivery))
        if not made and not known:
            known = yield _person(delivery, "find candidate again")
        if not made and not known:
            raise Unknown("find candidate again: the address is taken, and nobody is seen with it")
        candidate = made or known
        applied = (yield from _application(known, delivery.ats_job_id)) if known else {}
        new = {} if applied else (yield _apply(candidate["candidate_id"], delivery.ats_job_id))
        if not new and not applied:
            applied = yield from _application(candidate, delivery.ats_job_id, "find application again")
        if not new and not applied:
            raise Unknown("find application again: it exists already, and is not seen")
        placed = Receipt(
            candidate_id=candidate["candidate_id"],
            application_id=(new or applied)["application_id"],
            attach_level="candidate",
            attribution="kept_existing" if applied else "set" if "source" in new else "unverified",
            adopted=bool(known or applied),
        )
        return (yield from _attached(delivery, placed))

    def _candidate(self, delivery: Delivery) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        attributes: Row = {
            "first-name": clipped(person.first_name, limit),
            "last-name": clipped(person.last_name, limit),
            "email": required_email(delivery),
            "referring-url": _SITE,
            "tags": [SOURCE],
            "sourced": True,
            "unsubscribed": True,
            "send-welcome-message": False,
        }
        if person.phone:
            attributes["phone"] = person.phone
        return _made("create candidate", "candidates", attributes, {}, partial(_id_unless_taken, "candidate_id"))


def _apply(candidate_id: str, job_id: str) -> Call:
    attributes = {
        "referring-url": _SITE,
        "sourced": True,
        "send-default-reply": False,
        "send-user-notifications": False,
    }
    related = {"candidate": ("candidates", candidate_id), "job": ("jobs", job_id)}
    return _made("create application", "job-applications", attributes, related, _applied)


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    candidate, name = placed.candidate_id or "", file_name_with_job(delivery)
    there: Kept = {}
    if placed.adopted or delivery.kind == "update":
        there = yield from _file(candidate, delivery.key)
    if not there:
        url = require_link(delivery)
        related = {"candidate": ("candidates", candidate)}
        there = yield _made(
            "attach profile", "uploads", {"url": url, "file-name": name}, related, partial(_stored, url)
        )
    return replace(placed, attachment_id=there["attachment_id"])


def _made(step: str, kind: str, attributes: Row, related: dict[str, tuple[str, str]], read: Read) -> Call:
    data: Row = {"type": kind, "attributes": attributes}
    if related:
        data["relationships"] = {name: {"data": {"type": of, "id": of_id}} for name, (of, of_id) in related.items()}
    return replace(writing(step, f"/{kind}", {"data": data}, read), headers=_JSON_API)


def _asked(step: str, path: str, read: Read, **query: str) -> Call:
    return replace(reading(step, path, read, **query), headers=_ACCEPT)


def _person(delivery: Delivery, step: str = "find candidate") -> Call:
    email = required_email(delivery)
    return _asked(step, "/candidates", partial(_of_email, email), **{"filter[email]": email, "page[size]": _PAGE})


def _application(people: Kept, job_id: str, step: str = "find application") -> Some:
    path = f"/candidates/{segment(people['candidate_id'])}/job-applications"
    first = _asked(step, path, partial(_on_job, job_id), include="job", **{"page[size]": _PAGE})
    found = yield from through_pages(first, asking(_PAGE_NUMBER), most=_MAX_PAGES)
    return {**people, **found} if found else {}


def _file(candidate_id: str, key: str) -> Some:
    path = f"/candidates/{segment(candidate_id)}/uploads"
    first = _asked("find file", path, partial(_named, key), **{"page[size]": _PAGE})
    return (yield from through_pages(first, asking(_PAGE_NUMBER), most=_MAX_PAGES))


def _state(reply: Reply) -> Kept:
    """Open where its attributes do not say: what Teamtailor answers to an application decides then."""
    text_field(require_success(reply), "data", "id")
    return {"state": text_at(document(reply), "data", "attributes", "status") or "open"}


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _of_email(email: str, reply: Reply) -> Kept:
    for row in rows(require_success(reply), "data"):
        if (text_at(row, "attributes", "email") or "").casefold() == email.casefold() and text_at(row, "id"):
            return {"candidate_id": text_at(row, "id") or ""}
    return {}


def _on_job(job_id: str, reply: Reply) -> Kept:
    for row in rows(require_success(reply), "data"):
        if text_at(row, "relationships", "job", "data", "id") == job_id and text_at(row, "id"):
            return {"application_id": text_at(row, "id") or "", **_from_us(row)}
    return _next_page(reply)


def _named(key: str, reply: Reply) -> Kept:
    """By the key in its name, whose blanks a store may replace. A row without an address has no file (yet)."""
    for row in rows(require_success(reply), "data"):
        name, url = text_at(row, "attributes", "file-name") or "", text_at(row, "attributes", "url")
        if key in name and url and text_at(row, "id"):
            return {"attachment_id": text_at(row, "id") or ""}
    return _next_page(reply)


def _next_page(reply: Reply) -> Kept:
    numbers = parse_qs(query_of(text_at(document(reply), "links", "next"))).get(_PAGE_NUMBER)
    return {NEXT: numbers[0]} if numbers else {}


def _id_unless_taken(name: str, reply: Reply) -> Kept:
    """{} where it exists already."""
    return {} if _is_taken(reply) else {name: text_field(_succeeded(reply), "data", "id")}


def _applied(reply: Reply) -> Kept:
    made = _id_unless_taken("application_id", reply)
    return {**made, **_from_us(at(document(reply), "data"))} if made else {}


def _from_us(row: Any) -> Kept:
    """The name that Teamtailor read from our address, if it is ours: how it spells one is not documented."""
    return {"source": SOURCE} if text_at(row, "attributes", "referring-site") == SOURCE else {}


def _stored(url: str, reply: Reply) -> Kept:
    """Raises Unknown where the upload has no address of Teamtailor's own: it is looked for until it has."""
    if reply.status == HTTPStatus.UNPROCESSABLE_ENTITY and "url" in _pointed(reply):
        raise Permanent(f"{reply.step}: the file could not be fetched", code="file_not_fetched", fields=("url",))
    attachment = text_field(_succeeded(reply), "data", "id")
    if text_at(document(reply), "data", "attributes", "url") in (None, url):
        raise Unknown(f"{reply.step}: taken, and its file is not there yet")
    return {"attachment_id": attachment}


def _is_taken(reply: Reply) -> bool:
    refused = reply.status == HTTPStatus.UNPROCESSABLE_ENTITY
    return refused and any(_TAKEN in words for words in told(at(document_or_none(reply), "errors")))


def _succeeded(reply: Reply) -> Reply:
    if not reply.ok:
        raise error_of(reply, fields=_pointed(reply))
    return reply


def _pointed(reply: Reply) -> tuple[str, ...]:
    """The names of what was refused, from pointers such as /data/attributes/email."""
    pointers = [text_at(one, "source", "pointer") or "" for one in list_at(document_or_none(reply), "errors")]
    return field_names(pointer.rsplit("/", 1)[-1] for pointer in pointers)
