"""Lever: the person is deduplicated by e-mail, the opportunity never: so it is looked for before it is made.

Sources: Lever's developer documentation (hire.lever.co/developer/documentation) as quoted and probed in
w6w-io/w6w-apps@87e06c56 apps/lever (2026-08-19), its texts of each parameter in corbaltcode/lever-data-api-go; recorded
replies in NangoHQ/integration-templates integrations/lever (2026-07); file routes in api-evangelist/lever. Traps:
`perform_as` on every write; lists leave confidential rows out unless asked for `all`; `posting_id` leaves out who was
archived from the posting, so only the address is asked for; an address is found, and a contact joined, by its canonical
form, and the row shows the one the contact had; an existing contact's data wins over ours; `offset` is a token; no rate
headers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders, basic
from adapters.base import Auth, Call, Check, Find, Push, Reply
from adapters.body import JSON, at, document, json_bytes, list_at, rows, text_at, text_field
from adapters.calls import gone, reading
from adapters.findings import finding_of, job_finding, sent_source, standing
from adapters.multipart import Part, multipart
from adapters.naming import clipped, file_name, require_pdf, require_placed, required_email, segment
from adapters.paging import NEXT, Some, asking, through_pages
from adapters.refusals import says_job_closed
from adapters.status import require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import JobClosed, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_PAGE: Final = "100"
_MAX_PAGES: Final = 10
_OPEN: Final = frozenset({"published", "internal"})
_PERFORM_AS: Final = "take the id of an active Lever user as perform_as, and let the API key read users"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.lever.co/v1"
    api_key: str = field(repr=False)
    perform_as: str = field(repr=False)

    facts: ClassVar = VendorFacts(
        title="Lever",
        capability="lookup",
        dedupe_key="contact by e-mail (Lever's own); opportunity by e-mail and posting; file by our key in its name",
        max_pdf_bytes=29_000_000,
        attach_level="application",
        update="add_pdf",
        erase="ask_a_person",
        source='sources[] of the opportunity holds "FactoryFix"',
        silent="an opportunity made by the API mails nobody; origin is sourced",
        read_back=True,
        rate_per_s=8.0,
        burst=16.0,
        settle_s=60.0,
        sources=(
            "hire.lever.co/developer/documentation, by github.com/w6w-io/w6w-apps apps/lever, 2026-08-19",
            "the same, by github.com/corbaltcode/lever-data-api-go, read 2026-11",
            "github.com/NangoHQ/integration-templates integrations/lever, recorded 2026-07",
        ),
    )

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": basic(self.api_key)})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return (yield from self._erase(delivery))
        if delivery.kind == "update":
            return (yield from self._attached(delivery, require_placed(delivery, "application_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        application = delivery.placed and delivery.placed.application_id
        if step == "create opportunity" or not application:
            found = yield from _opportunity(delivery)
            if step == "create opportunity":
                return found or None
            application = found.get("application_id")
        if application is None:
            raise Unknown(f"{step}: its opportunity cannot be seen")
        return (yield from _file(application, file_name(delivery))) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read opportunities", "/opportunities", standing, limit="1", confidentiality="all")
        user = yield reading("read perform_as", f"/users/{segment(self.perform_as)}", standing)
        found = (
            finding_of(people, "read opportunities", remedy="make an API key that may read opportunities"),
            finding_of(user, "perform_as is a user", remedy=_PERFORM_AS),
            sent_source(),
        )
        if ats_job_id is None:
            return found
        job = yield reading("see posting", f"/postings/{segment(ats_job_id)}", _state_or_absent)
        return (*found, job_finding(job.get("state"), is_open=job.get("state") in _OPEN))

    def _create(self, delivery: Delivery) -> Push:
        posting = yield reading("see posting", f"/postings/{segment(delivery.ats_job_id)}", _state)
        if posting.get("state") == "closed":
            raise JobClosed("the posting is closed in Lever")
        before = yield from _opportunity(delivery)
        placed = before or (yield self._create_opportunity(delivery))
        receipt = Receipt(
            candidate_id=placed.get("candidate_id"),
            application_id=placed["application_id"],
            attribution="kept_existing" if before else "set",
            adopted=bool(before) or "deduped" in placed,
        )
        return (yield from self._attached(delivery, receipt))

    def _erase(self, delivery: Delivery) -> Push:
        """Our file goes; Lever has the person anonymised by the employer, from its own privacy settings."""
        placed = delivery.placed or Receipt()
        if placed.application_id and placed.attachment_id:
            path = f"/opportunities/{segment(placed.application_id)}/files/{segment(placed.attachment_id)}"
            yield Call(step="delete file", method="DELETE", path=path, query=self._acting, read=gone, repeat="safe")
        return replace(placed, note="erase_by_employer")

    @property
    def _acting(self) -> tuple[tuple[str, str], ...]:
        return (("perform_as", self.perform_as),)

    def _create_opportunity(self, delivery: Delivery) -> Call:
        person = delivery.person
        body: dict[str, Any] = {
            "name": clipped(f"{person.first_name} {person.last_name}", self.facts.max_name_chars),
            "emails": [required_email(delivery)],
            "postings": [delivery.ats_job_id],
            "sources": [SOURCE],
            "origin": "sourced",
        }
        if person.phone:
            body["phones"] = [{"value": person.phone, "type": "mobile"}]
        return Call(
            step="create opportunity",
            method="POST",
            path="/opportunities",
            query=self._acting,
            headers=JSON,
            body=json_bytes(body),
            read=_created,
        )

    def _attached(self, delivery: Delivery, placed: Receipt) -> Push:
        there: Kept = {}
        if placed.adopted or delivery.kind == "update":
            there = yield from _file(placed.application_id or "", file_name(delivery))
        if not there:
            there = yield self._attach(delivery, placed.application_id or "")
        return replace(placed, attachment_id=there["attachment_id"])

    def _attach(self, delivery: Delivery, opportunity: str) -> Call:
        content = require_pdf(delivery).content
        part = Part(name="file", content=content, file_name=file_name(delivery), media_type="application/pdf")
        content_type, body = multipart([part])
        return Call(
            step="attach profile",
            method="POST",
            path=f"/opportunities/{segment(opportunity)}/files",
            query=self._acting,
            headers={"Content-Type": content_type, "Accept": "application/json"},
            body=body,
            read=_attached_id,
        )


def _opportunity(delivery: Delivery) -> Some:
    """The person's opportunity on this posting, an open one before an archived one. {} where there is none."""
    email = required_email(delivery)
    asked = {"email": email, "confidentiality": "all", "expand": "applications"}
    read = partial(_on_posting, email, delivery.ats_job_id)
    first = reading("find opportunity", "/opportunities", read, **asked, limit=_PAGE)
    call, seen, tokens = first, 0, set[str]()
    for number in range(2, _MAX_PAGES + 2):
        page = yield call
        if "application_id" in page:
            return page
        for opportunity in filter(None, page.get("unsure", "").split(",")):
            seen += 1
            path = f"/opportunities/{segment(opportunity)}/applications"
            kept = yield reading(f"see opportunity {seen}", path, partial(_applied, delivery.ats_job_id, opportunity))
            if kept:
                return kept
        token = page.get(NEXT)
        if token is None or token in tokens:  # a page that names itself as the next one is the last
            return {}
        tokens.add(token)
        call = replace(asking("offset")(first, token), step=f"{first.step}, page {number}")
    raise Unknown(f"{first.step}: more than {_MAX_PAGES} pages")


def _file(opportunity: str, name: str) -> Some:
    path = f"/opportunities/{segment(opportunity)}/files"
    first = reading("find file", path, partial(_named, name), limit=_PAGE)
    return (yield from through_pages(first, asking("offset"), most=_MAX_PAGES))


def _more(reply: Reply) -> dict[str, str]:
    token = text_at(document(reply), "next")
    return {NEXT: token} if token and document(reply).get("hasNext") is True else {}


def _on_posting(email: str, posting: str, reply: Reply) -> Kept:
    """Filtered again: a filter that is overlooked would show other people's opportunities."""
    found, unsure = [], []
    for row in rows(require_success(reply), "data"):
        opportunity = text_at(row, "id")
        if opportunity is None or _canonical(email) not in map(_canonical, map(str, list_at(row, "emails"))):
            continue
        if posting in map(_posting_of, list_at(row, "applications")):
            found.append((bool(row.get("archived")), opportunity, _contact_of(row)))
        elif any(isinstance(entry, str) for entry in list_at(row, "applications")):
            unsure.append(opportunity)  # not expanded: only ids, to be asked for
    if found:
        _, opportunity, contact = min(found, key=lambda one: one[0])
        return _kept(opportunity, contact)
    return _more(reply) | ({"unsure": ",".join(unsure)} if unsure else {})


def _canonical(email: str) -> str:
    """Without what mailboxes overlook. Lever does not say how it goes about it: rather too much alike than not."""
    name, _, domain = email.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain.replace('googlemail.', 'gmail.')}"


def _contact_of(row: object) -> str | None:
    return text_at(row, "contact") or text_at(row, "contact", "id")


def _applied(posting: str, opportunity: str, reply: Reply) -> Kept:
    applied = rows(require_success(reply), "data")
    return _kept(opportunity, None) if posting in map(_posting_of, applied) else {}


def _posting_of(application: object) -> str | None:
    return text_at(application, "posting") or text_at(application, "posting", "id")


def _named(name: str, reply: Reply) -> Kept:
    for row in rows(require_success(reply), "data"):
        file_id = text_at(row, "id")
        if file_id and name in (text_at(row, "name"), text_at(row, "filename")):
            return {"attachment_id": file_id}
    return _more(reply)


def _state(reply: Reply) -> Kept:
    state = text_at(document(require_success(reply)), "data", "state")
    return {} if state is None else {"state": state}


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _created(reply: Reply) -> Kept:
    answer = document(_accepted(reply))
    kept = _kept(text_field(reply, "data", "id"), _contact_of(at(answer, "data")))
    return {**kept, "deduped": "yes"} if isinstance(answer, dict) and answer.get("deduped") is True else kept


def _kept(opportunity: str, contact: str | None) -> Kept:
    kept = {"application_id": opportunity}
    return kept if contact is None else {**kept, "candidate_id": contact}


def _attached_id(reply: Reply) -> Kept:
    return {"attachment_id": text_field(_accepted(reply), "data", "id")}


def _accepted(reply: Reply) -> Reply:
    """Errors are {code, message}; no code is told for a closed posting, so its words are read."""
    refused = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    if reply.status in refused and says_job_closed(reply):
        raise JobClosed(f"{reply.step}: HTTP {reply.status}, the posting is closed")
    return require_success(reply)
