"""Workable SPI v3: a candidate belongs to one job; the create brings the PDF, a comment brings it to one who is there.

Sources: workable.readme.io, pages job-candidates-create, job-candidates-index, comment-on-candidate,
candidate-activities, jobs (stored copies, 2026); w6w-io/w6w-apps@f92c0431 apps/workable (reads the vendor's OpenAPI
v3.16.2, 2026-09-05); replies recorded in NangoHQ/integration-templates@3196dff2 (2026-07). Traps: `sourced: false`
mails the candidate, so it is always true; a job that is `closed` is one used internally and takes candidates, an
`archived` one does not; /candidates is account-wide unless told a shortcode; a file can be added later only with a
comment, which needs a member as its author; there is no source field, so the tag says it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

from adapters.auth import bearer
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import at, document, document_or_none, rows, text_at, text_field
from adapters.calls import reading, writing
from adapters.findings import finding_of, job_finding, standing
from adapters.naming import clipped, field_names, file_name, require_pdf, require_placed, required_email, segment
from adapters.paging import NEXT, Some, query_of, through_pages
from adapters.refusals import told
from adapters.status import error_of, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import JobClosed, Permanent, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_PAGE: Final = "100"
_MAX_PAGES: Final = 10
_SHUT: Final = frozenset({"archived", "draft"})
_THERE: Final = ("already", "taken")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str  # https://<account>.workable.com/spi/v3: every account has its own host
    access_token: str = field(repr=False)
    member_id: str = field(default="", repr=False)

    facts: ClassVar = VendorFacts(
        title="Workable",
        capability="lookup",
        dedupe_key="candidate by e-mail and job; comment with the PDF by our key in its text",
        max_pdf_bytes=10_000_000,
        attach_level="application",
        update="add_pdf",
        erase="ask_a_person",
        source='none can be set: outlet is "SPI"; the tag "FactoryFix" says it',
        silent="sourced: true, always",
        read_back=True,
        rate_per_s=1.0,
        burst=8.0,
        settle_s=60.0,
        sources=(
            "workable.readme.io/reference/job-candidates-create, 2026",
            "workable.readme.io/reference/comment-on-candidate, 2026",
            "github.com/w6w-io/w6w-apps@f92c0431 apps/workable, 2026-09-05",
            "help.workable.com articles/115013034447, files of up to 20 MB, read 2026-11",
            "Workable OpenAPI 3.8 in github.com/konfig-dev/konfig@bec3d36b, 2024-12-24: tried as a mock",
        ),
    )

    def auth(self) -> Auth:
        return bearer(self.access_token)

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return (yield from self._commented(delivery, require_placed(delivery, "candidate_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        placed = delivery.placed and delivery.placed.candidate_id
        there = {"candidate_id": placed} if placed else (yield from _candidate(delivery))
        if step == "create candidate":
            return there or None
        if not there:
            raise Unknown(f"{step}: its candidate cannot be seen")
        return (yield from _comment(there["candidate_id"], delivery.key)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read candidates", "/candidates", standing, limit="1")
        author = {"member_id": self.member_id} if self.member_id else (yield from _admin("see members"))
        found = (
            finding_of(people, "read candidates", remedy="make a token with r_jobs, r_candidates and w_candidates"),
            Finding(what=f"source {SOURCE}", ok=True, detail=f"Workable has no source to set: the tag {SOURCE} is"),
            _author_finding(author, configured=bool(self.member_id)),
        )
        if ats_job_id is None:
            return found
        job = yield reading("see job", f"/jobs/{segment(ats_job_id)}", _state_or_absent)
        state = job.get("state")
        return (*found, job_finding(state, is_open=state is not None and state not in _SHUT))

    def _create(self, delivery: Delivery) -> Push:
        job = yield reading("see job", f"/jobs/{segment(delivery.ats_job_id)}", _state)
        if job["state"] in _SHUT:
            raise JobClosed("the job is archived, or still a draft, in Workable")
        there = yield from _candidate(delivery)
        if there:
            candidate = there["candidate_id"]
            placed = Receipt(
                candidate_id=candidate, application_id=candidate, attribution="kept_existing", adopted=True
            )
            return (yield from self._commented(delivery, placed))
        candidate = (yield self._create_candidate(delivery))["candidate_id"]
        return Receipt(candidate_id=candidate, application_id=candidate, attribution="unsupported")

    def _create_candidate(self, delivery: Delivery) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        candidate: Row = {
            "firstname": clipped(person.first_name, limit),
            "lastname": clipped(person.last_name, limit),
            "email": required_email(delivery),
            "tags": [SOURCE],
            "resume": _file(delivery),
        }
        if person.phone:
            candidate["phone"] = person.phone
        body = {"sourced": True, "candidate": candidate}
        return writing("create candidate", f"/jobs/{segment(delivery.ats_job_id)}/candidates", body, _created)

    def _commented(self, delivery: Delivery, placed: Receipt) -> Push:
        """The PDF with a comment, unless one with our key is there."""
        candidate = placed.candidate_id or ""
        there = yield from _comment(candidate, delivery.key)
        if not there:
            author = {"member_id": self.member_id} if self.member_id else (yield from _admin("find author"))
            if not author:
                raise Permanent("no member to comment as: configure member_id", code="no_member")
            body = {
                "member_id": author["member_id"],
                "comment": {"body": f"{SOURCE} profile {delivery.key}", "attachment": _file(delivery)},
            }
            there = yield writing("attach profile", f"/candidates/{segment(candidate)}/comments", body, _commented_id)
        return replace(placed, attachment_id=there.get("attachment_id"))


def _file(delivery: Delivery) -> Row:
    return {"name": file_name(delivery), "data": base64.b64encode(require_pdf(delivery).content).decode()}


def _author_finding(author: Kept, *, configured: bool) -> Finding:
    what = "author of comments"
    if configured:
        return Finding(what=what, ok=True, detail="the configured member")
    if author:
        return Finding(what=what, ok=True, detail="the first administrator; configure member_id to choose another")
    return Finding(what=what, ok=False, detail="no member can be seen", remedy="configure member_id, or grant r_jobs")


def _candidate(delivery: Delivery) -> Some:
    """{candidate_id} of this address on this job; {} where it is not."""
    email = required_email(delivery)
    read = partial(_of_email, email, delivery.ats_job_id)
    first = reading("find candidate", "/candidates", read, email=email, shortcode=delivery.ats_job_id, limit=_PAGE)
    return (yield from through_pages(first, _asked_as_told, most=_MAX_PAGES))


def _comment(candidate_id: str, key: str) -> Some:
    path = f"/candidates/{segment(candidate_id)}/activities"
    first = reading("find comment", path, partial(_with_key, key), actions="comment", limit=_PAGE)
    return (yield from through_pages(first, _asked_as_told, most=_MAX_PAGES))


def _asked_as_told(first: Call, query: str) -> Call:
    return replace(first, query=tuple(parse_qsl(query)))


def _admin(step: str) -> Some:
    first = reading(step, "/members", _first_admin, limit=_PAGE)
    return (yield from through_pages(first, _asked_as_told, most=_MAX_PAGES))


def _first_admin(reply: Reply) -> Kept:
    """{} where members may not be read, or none is an administrator."""
    if reply.status == HTTPStatus.FORBIDDEN:
        return {}
    found = rows(require_success(reply), "members")
    for row in found:
        member = text_at(row, "id")
        if member and row.get("role") == "admin" and row.get("active", True) is True:
            return {"member_id": member}
    return _next_page(reply)


def _state(reply: Reply) -> Kept:
    return {"state": text_at(document(require_success(reply)), "state") or "published"}


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _of_email(email: str, shortcode: str, reply: Reply) -> Kept:
    """Filtered again: a filter the vendor overlooks would show strangers."""
    for row in rows(require_success(reply), "candidates"):
        same = (text_at(row, "email") or "").casefold() == email.casefold()
        candidate = text_at(row, "id")
        if same and candidate and text_at(row, "job", "shortcode") == shortcode:
            return {"candidate_id": candidate}
    return _next_page(reply)


def _with_key(key: str, reply: Reply) -> Kept:
    """Documented without ids, recorded with them."""
    for row in rows(require_success(reply), "activities"):
        if row.get("action") == "comment" and key in str(row.get("body")):
            activity = text_at(row, "id")
            return {"attachment_id": activity} if activity else {"seen": "yes"}
    return _next_page(reply)


def _next_page(reply: Reply) -> Kept:
    """The query of paging.next, a whole address."""
    query = query_of(text_at(at(document(reply), "paging"), "next"))
    return {NEXT: query} if query else {}


def _created(reply: Reply) -> Kept:
    return {"candidate_id": text_field(_accepted(reply), "candidate", "id")}


def _commented_id(reply: Reply) -> Kept:
    """Documented without a body, recorded with {id}."""
    comment = text_at(document_or_none(_accepted(reply)), "id")
    return {"attachment_id": comment} if comment else {}


def _accepted(reply: Reply) -> Reply:
    """A 422 names the refused fields in validation_errors; its texts are never passed on."""
    if reply.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return require_success(reply)
    refused = at(document_or_none(reply), "validation_errors")
    names = field_names(refused) if isinstance(refused, dict) else ()
    if "job" in names:
        raise JobClosed(f"{reply.step}: HTTP {reply.status}, the job takes no candidates")
    if any(word in text for text in told(refused) for word in _THERE):
        raise Unknown(f"{reply.step}: HTTP {reply.status}, it seems to be there already")
    raise error_of(reply, fields=names)
