"""Greenhouse Harvest v3: find by e-mail, create candidate and application in one call, attach the PDF per application.

Sources: the vendor's OpenAPI 3.1 of v3 (135 paths), as its reference pages hold it, in simonzhangzp/people-analytics-ai
@6530d404 (2026); harvestdocs.greenhouse.io, pages "List endpoints", "Authentication", "WRITE Endpoint Migration Guide",
"Partner OAuth" (stored copies, 2026); w6w-io/w6w-apps@87e06c56 apps/greenhouse (2026-08-11). Partners log in with the
refresh token of the employer's consent: it lives a day, an access token an hour; that it works once is third-party
(Airbyte's source-greenhouse, 2026). Traps: it neither dedupes by e-mail nor takes an idempotency key; unknown filters
widen a read, so rows are filtered here again; a cursor travels alone; a filter says `active` where rows say
`in_process`; a prospect's application is none yet; reads need a site admin, others see nothing, so nothing seen proves
nothing unless the job is seen; a PDF sent as `resume` replaces the customer's own: ours is `other`, and public.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from adapters.auth import OAuth, bearer, token_address
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import at, document, document_or_none, list_at, number_at, number_field, rows, text_at
from adapters.calls import deleting, reading, unless_hidden, writing
from adapters.findings import finding_of, job_finding, listed_source, standing
from adapters.naming import clipped, field_names, file_name, require_pdf, require_placed, required_email, whole_number
from adapters.paging import NEXT, Some, query_of, through_pages
from adapters.status import error_of, require_success, unless_fresh
from schemas.delivery import SOURCE, Attribution, Delivery, Receipt
from schemas.errors import ConfigError, JobClosed, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_BASE: Final = "https://harvest.greenhouse.io/v3"
_TOKENS: Final = "https://auth.greenhouse.io/token"
_PAGE: Final = "500"
_MAX_PAGES: Final = 20
_CLOSED: Final = ("closed", "not open", "no longer")
_LINK: Final = re.compile(r"<([^>]*)>([^<]*)")
_IS_NEXT: Final = re.compile(r';\s*rel\s*=\s*"?[^";]*\bnext\b', re.IGNORECASE)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = _BASE
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    source_id: str = ""
    access_token: str = field(default="", repr=False)
    token_url: str = ""

    facts: ClassVar = VendorFacts(
        title="Greenhouse (Harvest v3)",
        capability="lookup",
        dedupe_key="candidate by e-mail, application by candidate and job, attachment by our key in its name",
        max_pdf_bytes=20_000_000,
        attach_level="application",
        update="add_pdf",
        erase="delete",
        source="source_id of the application: configured, or looked up by the name FactoryFix",
        silent="creating and attaching mail nobody; only a rejection or a stage move can",
        read_back=True,
        rate_per_s=1.3,
        burst=20.0,
        settle_s=60.0,
        session_idle_s=86_400.0,
        sources=(
            "Greenhouse OpenAPI 3.1 (135 paths) in github.com/simonzhangzp/people-analytics-ai@6530d404, 2026",
            "harvestdocs.greenhouse.io/docs/write-endpoint-migration-guide, 2026",
            "harvestdocs.greenhouse.io/docs/harvest-partner-oauth, 2026",
            "github.com/w6w-io/w6w-apps apps/greenhouse, 2026-08-11",
            "support.greenhouse.io articles/360052218132, uploads of up to 100 MB, read 2026-11",
        ),
    )

    def __post_init__(self) -> None:
        if not self.access_token and not (self.client_id and self.client_secret):
            raise ConfigError("greenhouse: credentials need client_id and client_secret, or access_token")
        for name in ("user_id", "source_id"):
            value = getattr(self, name)
            if value and not value.isdecimal():
                raise ConfigError(f"greenhouse: credentials.{name} must be a number")

    def auth(self) -> Auth:
        if self.access_token:
            return bearer(self.access_token)
        return OAuth(
            token_url=token_address(self.token_url, self.base_url, vendors=_TOKENS, path="/token"),
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token or None,
            form={"sub": self.user_id} if self.user_id and not self.refresh_token else {},
        )

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return (yield from self._erase(delivery))
        if delivery.kind == "update":
            return (yield from self._attached(delivery, require_placed(delivery, "application_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        if step == "attach profile":
            application = delivery.placed and delivery.placed.application_id
            if not application:
                application = (yield from self._placed(delivery)).get("application_id")
            if application is None:
                raise Unknown(f"{step}: its application cannot be seen")
            found = yield from _attachment(application, file_name(delivery))
            return found or (yield _see_anything(delivery)) or None
        placed = yield from self._placed(delivery)
        if step == "create application" and not placed:
            raise Unknown(f"{step}: its candidate cannot be seen")
        wanted = "candidate_id" if step == "create candidate" else "application_id"
        return placed if wanted in placed else (yield _see_anything(delivery)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read candidates", "/candidates", _shown, per_page="1")
        source = yield from _source()
        found = (
            _people_finding(people),
            listed_source(source.get("source_id"), configured=self.source_id, where="Greenhouse"),
        )
        if ats_job_id is None:
            return found
        job = yield from _job(whole_number(ats_job_id, what="job_id"))
        return (*found, job_finding(job.get("state"), is_open=job.get("state") == "open"))

    def _create(self, delivery: Delivery) -> Push:
        job_id = whole_number(delivery.ats_job_id, what="job_id")
        job = yield from _job(job_id)
        if job.get("state") == "closed":
            raise JobClosed("the job is closed in Greenhouse")
        source = {"source_id": self.source_id} if self.source_id else (yield from _source())
        before = yield from self._placed(delivery)
        placed = dict(before)
        if not placed:
            placed |= yield self._create_candidate(delivery, job_id, source)
        if "application_id" not in placed:
            placed |= yield self._create_application(int(placed["candidate_id"]), job_id, source)
        attribution: Attribution = "set" if source else "unsupported"
        return (
            yield from self._attached(
                delivery,
                Receipt(
                    candidate_id=placed["candidate_id"],
                    application_id=placed["application_id"],
                    attribution="kept_existing" if "application_id" in before else attribution,
                    adopted=bool(before),
                ),
            )
        )

    def _erase(self, delivery: Delivery) -> Push:
        """Ours goes whole. Of a person the employer had before, only our PDF: the rest is the employer's to decide."""
        placed = delivery.placed or Receipt()
        if placed.candidate_id and not placed.adopted:
            yield deleting("delete candidate", f"/candidates/{placed.candidate_id}")
            return replace(placed, note=None)
        if placed.attachment_id:
            yield deleting("delete attachment", f"/attachments/{placed.attachment_id}")
        return replace(placed, note="erase_by_employer")

    def _placed(self, delivery: Delivery) -> Some:
        """Who and what is there: candidate_id, and application_id of this job. {} where the person is not."""
        email = required_email(delivery)
        people = yield from _search("find candidate", "/candidates", partial(_of_email, email), email=email)
        if not people:
            return {}
        found = yield from _search(
            "find application",
            "/applications",
            partial(_of_job, people["candidate_ids"].split(","), delivery.ats_job_id),
            candidate_ids=people["candidate_ids"],
            job_ids=delivery.ats_job_id,
        )
        return found or {"candidate_id": people["candidate_ids"].split(",")[0]}

    def _attached(self, delivery: Delivery, placed: Receipt) -> Push:
        application = placed.application_id or ""
        there: Kept = {}
        if placed.adopted or delivery.kind == "update":
            there = yield from _attachment(application, file_name(delivery))
        if not there:
            there = yield _attach(delivery, application)
        return replace(placed, attachment_id=there["attachment_id"])

    def _create_candidate(self, delivery: Delivery, job_id: int, source: Kept) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        body: Row = {
            "first_name": clipped(person.first_name, limit),
            "last_name": clipped(person.last_name, limit),
            "email_addresses": [{"value": required_email(delivery), "type": "personal"}],
            "application": {"job_id": job_id} | _numbers(source),
        }
        if person.phone:
            body["phone_numbers"] = [{"value": person.phone, "type": "mobile"}]
        return writing("create candidate", "/candidates", body, _created)

    def _create_application(self, candidate_id: int, job_id: int, source: Kept) -> Call:
        body = {"candidate_id": candidate_id, "job_id": job_id} | _numbers(source)
        return writing("create application", "/applications", body, _applied)


def _see_anything(delivery: Delivery) -> Call:
    """Keeps nothing. Raises Unknown where not even the linked job is shown: what is not shown may be there."""
    job_id = whole_number(delivery.ats_job_id, what="job_id")
    return reading("see job", "/jobs", unless_hidden(_something), ids=str(job_id))


def _something(reply: Reply) -> Kept:
    if not rows(require_success(reply)):
        raise Unknown(f"{reply.step}: reads show nothing: user_id must be a site admin's")
    return {}


def _shown(reply: Reply) -> Kept:
    return {**standing(reply), "shown": "yes" if document_or_none(reply) else ""}


def _people_finding(kept: Kept) -> Finding:
    remedy = "grant harvest:candidates:list; use a site admin's user_id"
    if kept["status"].startswith("2") and not kept["shown"]:
        detail = "allowed, and none is shown: if there are any, user_id must be a site admin's"
        return Finding(what="read candidates", ok=True, detail=detail)
    return finding_of(kept, "read candidates", remedy=remedy)


def _attach(delivery: Delivery, application_id: str) -> Call:
    body = {
        "application_id": whole_number(application_id, what="application_id"),
        "filename": file_name(delivery),
        "type": "other",  # `resume` would push the customer's own resume aside
        "content": base64.b64encode(require_pdf(delivery).content).decode(),
        "visibility": "public",  # otherwise hiring managers do not see it
    }
    return writing("attach profile", "/attachments", body, _attached_id)


def _search(step: str, path: str, pick: Callable[[list[Row]], Kept], **query: str) -> Some:
    """What `pick` finds on the first page that has it; {} where no page has. Raises Unknown beyond 20 pages."""
    read = partial(_page, pick)
    first = reading(step, path, unless_hidden(read) if path == "/sources" else read, **query, per_page=_PAGE)
    return (yield from through_pages(first, _from_cursor, most=_MAX_PAGES))


def _from_cursor(first: Call, cursor: str) -> Call:
    """A cursor travels alone: whatever stands beside it is a 422."""
    return replace(first, query=(("cursor", cursor),))


def _page(pick: Callable[[list[Row]], Kept], reply: Reply) -> Kept:
    picked = pick(rows(require_success(reply)))
    cursor = _next_cursor(reply.headers.get("link", ""))
    return picked if picked or cursor is None else {NEXT: cursor}


def _next_cursor(link: str) -> str | None:
    """Of a Link header (RFC 8288): addresses may hold commas, relations need no quotes. v3 gives only `next`."""
    for address, parameters in _LINK.findall(link):
        if _IS_NEXT.search(parameters):
            return parse_qs(query_of(address)).get("cursor", [None])[0]
    return None


def _job(job_id: int) -> Some:
    return (yield reading("see job", "/jobs", unless_hidden(partial(_state_of, job_id)), ids=str(job_id)))


def _state_of(job_id: int, reply: Reply) -> Kept:
    states = [text_at(row, "status") for row in rows(require_success(reply)) if number_at(row, "id") == job_id]
    return {"state": states[0]} if states and states[0] else {}


def _source() -> Some:
    return (yield from _search("find source", "/sources", _named_source))


def _named_source(found: list[Row]) -> Kept:
    named = [row for row in found if str(row.get("name", "")).strip().casefold() == SOURCE.casefold()]
    number = number_at(named[0], "id") if named else None
    return {} if number is None else {"source_id": str(number)}


def _of_email(email: str, found: list[Row]) -> Kept:
    """All profiles with exactly this address, the oldest first: the employer may have several of one person."""
    same = [number_at(row, "id") for row in found if email.casefold() in _emails(row)]
    ids = sorted(number for number in same if number is not None)
    return {"candidate_ids": ",".join(map(str, ids[:50]))} if ids else {}


def _emails(row: Row) -> set[str]:
    return {(text_at(entry, "value") or "").strip().casefold() for entry in list_at(row, "email_addresses")}


def _of_job(candidate_ids: list[str], job_id: str, found: list[Row]) -> Kept:
    """Their application on this job; one in process before an ended one, the oldest first (A14)."""
    ranked = []
    for row in found:
        number, candidate = number_at(row, "id"), text_at(row, "candidate_id")
        if number is None or candidate not in candidate_ids or row.get("prospect") is True:
            continue
        if text_at(row, "job_id") == job_id:
            ranked.append((row.get("status") != "in_process", number, candidate))
    return {"application_id": str(min(ranked)[1]), "candidate_id": min(ranked)[2]} if ranked else {}


def _attachment(application_id: str, name: str) -> Some:
    pick = partial(_of_name, application_id, name)
    return (yield from _search("find attachment", "/attachments", pick, application_ids=application_id))


def _of_name(application_id: str, name: str, found: list[Row]) -> Kept:
    same = [row for row in found if row.get("filename") == name and text_at(row, "application_id") == application_id]
    number = number_at(same[0], "id") if same else None
    return {} if number is None else {"attachment_id": str(number)}


def _created(reply: Reply) -> Kept:
    """v3 answers {candidate, application}, as two connectors read it; an application left out is made next."""
    whose = ("candidate", "id") if at(document(_accepted(reply)), "candidate") is not None else ("id",)
    kept = {"candidate_id": number_field(reply, *whose)}
    application = number_at(document(reply), "application", "id")
    return kept if application is None else {**kept, "application_id": str(application)}


def _applied(reply: Reply) -> Kept:
    return {"application_id": number_field(_accepted(reply), "id")}


def _attached_id(reply: Reply) -> Kept:
    return {"attachment_id": number_field(_accepted(unless_fresh(reply)), "id")}


def _accepted(reply: Reply) -> Reply:
    """Errors come as {message, errors: [text or {field: text}]}; the texts steer, and are never passed on."""
    if reply.status not in (400, 422):
        return require_success(reply)
    refused = [pair for entry in list_at(document_or_none(reply), "errors") for pair in _pairs(entry)]
    for name, text in refused:
        if "job" in f"{name} {text}" and any(word in text for word in _CLOSED):
            raise JobClosed(f"{reply.step}: HTTP {reply.status}, the job is closed")
        if "already" in text:
            raise Unknown(f"{reply.step}: HTTP {reply.status}, it seems to be there already")
    raise error_of(reply, fields=field_names(name for name, _ in refused))


def _pairs(entry: object) -> list[tuple[str, str]]:
    if isinstance(entry, dict):
        return [(str(name), str(text).casefold()) for name, text in entry.items()]
    return [("", str(entry).casefold())]


def _numbers(source: Kept) -> dict[str, int]:
    return {name: int(value) for name, value in source.items()}
