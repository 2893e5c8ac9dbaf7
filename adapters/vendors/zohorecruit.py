"""Zoho Recruit v2: a candidate merged by e-mail, associated with the job opening, the PDF as a file of the candidate.

Source: zoho.com/recruit/developer-guide/apiv2, pages search-records, upsert-records, update-records, delete-records,
associate-candidate, get-associated-records, upload-attachment, get-attachments, insert-records, limits;
help.zoho.com/portal/en/kb/recruit, pages candidate-standard-fields, checking-duplicate-records, job-status-categories;
zoho.com/accounts/protocol/oauth; data centres, Canada's zohocloud.ca among them, as w6w-io/w6w-apps probed them on
2026-09-05; error bodies as the client of dereekb (dereekb-components, packages/zoho) meets them;
all as stored 2026-11.
Traps: refusals come inside a 2xx, one per record; a search shows neither converted nor unapproved people unless asked;
an upsert by e-mail also compares every field the employer made unique, so the telephone number, which two people may
share, is set afterwards; workflows may mail the candidate and are switched off call by call; job openings are called
Job_Openings in one account and JobOpenings in another; a grant is refused with HTTP 200. Inferred: the names of closed
states, which employers may change; `action` in the reply of an upsert; the body of a blocked grant.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import OAuth
from adapters.base import Auth, Call, Check, Find, Push, Reply
from adapters.body import ACCEPT, at, document_or_none, rows, text_at
from adapters.calls import reading, writing
from adapters.findings import finding_of, job_finding, source_finding, standing
from adapters.multipart import Part, multipart
from adapters.naming import clipped, field_names, file_name_with_job, require_pdf, required_email, segment
from adapters.refusals import says_job_closed
from adapters.status import error_of, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_BASE: Final = "https://recruit.zoho.com/recruit/v2"
_MAX_PAGES: Final = 10
_MAX_FIRST_NAME: Final = 40
_MAX_EMAIL: Final = 100
_MODULES: Final = "connect again with the scopes ZohoRecruit.modules.ALL and ZohoRecruit.modules.attachments.ALL"
_SEARCH: Final = "connect again with the scope ZohoSearch.securesearch.READ, in some accounts ZohoRecruit.search.READ"
_RECRUIT: Final = re.compile(r"https://recruit\.(zoho\.|zohocloud\.ca)")
_CLOSED: Final = frozenset({"filled", "cancelled", "canceled", "declined", "inactive", "closed"})
_NOT_OURS: Final = frozenset({"INVALID_TOKEN", "AUTHENTICATION_FAILURE", "OAUTH_SCOPE_MISMATCH", "NO_PERMISSION"})
_LATER: Final = frozenset({"TOO_MANY_REQUESTS", "LIMIT_EXCEEDED"})
_CODES: Final = {
    "DUPLICATE_DATA": "conflict",
    "INVALID_DATA": "invalid",
    "MANDATORY_NOT_FOUND": "invalid",
    "RECORD_LOCKED": "blocked",  # by an approval or a review
    "BLOCKED_RECORD": "conflict",  # restricted, or opted out
    "ID_ALREADY_DELETED": "gone",
}
Some = Generator[Call, Kept, Kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = _BASE  # of the employer's data centre: recruit.zoho.eu, .in, .com.au, ...
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str = ""

    facts: ClassVar = VendorFacts(
        title="Zoho Recruit",
        capability="native",
        dedupe_key="upsert by e-mail; ALREADY_ASSOCIATED on (candidate, job opening); file by our key in its name",
        max_pdf_bytes=20_000_000,
        attach_level="candidate",
        update="add_pdf",
        erase="delete",
        source='Source of the candidate is "FactoryFix"; the picklist takes a value it does not have yet',
        silent="workflows, approvals and blueprints are switched off with every write (trigger [], wf_trigger false)",
        read_back=True,
        rate_per_s=1.5,
        burst=4.0,
        settle_s=60.0,
        max_name_chars=80,
        sources=(
            "zoho.com/recruit/developer-guide/apiv2, 2026-11",
            "help.zoho.com/portal/en/kb/recruit, candidate-standard-fields and checking-duplicate-records, 2026-11",
        ),
    )

    def auth(self) -> Auth:
        return OAuth(
            token_url=self.token_url or _token_url(self.base_url.rstrip("/")),
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            client_in="form",
            scheme="Zoho-oauthtoken",
            busy={"Access Denied": 600.0},  # ten access tokens in ten minutes, then none for the rest of them
        )

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return (yield from _erase(delivery))
        if delivery.kind == "update":
            if delivery.placed is None or delivery.placed.candidate_id is None:
                raise Permanent("an update of something never placed", code="not_placed")
            return (yield from _attached(delivery, delivery.placed))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        """Asked of the file alone after a crash: Zoho merges or refuses the repeat of every other write."""
        found = yield _candidate(delivery)
        if step == "create candidate":
            return found or None
        candidate = (delivery.placed and delivery.placed.candidate_id) or found.get("candidate_id")
        if candidate and step == "associate":
            path = f"/Candidates/{segment(candidate)}/associate"
            return (yield reading("find associated", path, partial(_associated, delivery.ats_job_id)))
        if not candidate or step != "attach profile":
            raise Unknown(f"{step}: it cannot be seen")
        return (yield from _file(candidate, delivery.key)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read candidates", "/Candidates", standing, page="1", per_page="1")
        search = yield _search("search candidates", "preflight@factoryfix.invalid", standing)
        found = (
            finding_of(people, "read candidates", remedy=_MODULES),
            finding_of(search, "search candidates", remedy=_SEARCH),
            source_finding(present=True, where="Zoho Recruit"),
        )
        if ats_job_id is None:
            return found
        job = yield from _job(ats_job_id, _state_or_absent)
        state = job.get("state")
        return (*found, job_finding(state, is_open=state is not None and not _is_closed(job)))

    def _create(self, delivery: Delivery) -> Push:
        if _is_closed((yield from _job(delivery.ats_job_id, _state))):
            raise JobClosed("the job opening is closed in Zoho Recruit")
        before = yield _candidate(delivery)
        candidate = before or (yield from self._created(delivery))
        ours = candidate.get("source", SOURCE) == SOURCE
        placed = Receipt(
            candidate_id=candidate["candidate_id"],
            attach_level="candidate",
            attribution="set" if ours else "kept_existing",
            adopted=not ours or "merged" in candidate,
        )
        yield _associate(candidate["candidate_id"], delivery.ats_job_id)
        return (yield from _attached(delivery, placed))

    def _created(self, delivery: Delivery) -> Some:
        """Without the telephone number at first: of all we send, only the e-mail address may decide who it is."""
        person = delivery.person
        row = {
            "First_Name": clipped(person.first_name, _MAX_FIRST_NAME),
            "Last_Name": clipped(person.last_name, self.facts.max_name_chars),
            "Email": required_email(delivery, limit=_MAX_EMAIL),
            "Source": SOURCE,
        }
        body = {"data": [row], "duplicate_check_fields": ["Email"], "trigger": []}
        upsert = writing("create candidate", "/Candidates/upsert", body, _upserted, repeat="safe")
        candidate = yield replace(upsert, read_again=_upserted_by_us)
        if person.phone and "merged" not in candidate:
            yield _add_phone(candidate["candidate_id"], person.phone)
        return candidate


def _add_phone(candidate_id: str, phone: str) -> Call:
    """Left away where another candidate has it and the employer made it unique."""
    body = {"data": [{"Mobile": phone}], "trigger": []}
    path = f"/Candidates/{segment(candidate_id)}"
    return writing("add phone", path, body, partial(_unless, "DUPLICATE_DATA"), method="PUT", repeat="safe")


def _associate(candidate_id: str, job_id: str) -> Call:
    """Refused as ALREADY_ASSOCIATED where it is repeated (page associate-candidate)."""
    body = {"data": [{"jobids": [job_id], "ids": [candidate_id], "comments": SOURCE}]}
    read = partial(_unless, "ALREADY_ASSOCIATED")
    return writing("associate", "/Candidates/actions/associate", body, read, method="PUT", repeat="safe")


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    candidate = placed.candidate_id or ""
    there: Kept = {}
    if placed.adopted or delivery.kind == "update":
        there = yield from _file(candidate, delivery.key)
    if not there:
        there = yield _attach(delivery, candidate)
    return replace(placed, attachment_id=there["attachment_id"])


def _attach(delivery: Delivery, candidate_id: str) -> Call:
    """As Others: a Resume would stand beside, or push aside, the one the employer has."""
    content, name = require_pdf(delivery).content, file_name_with_job(delivery)
    part = Part(name="file", content=content, file_name=name, media_type="application/pdf")
    content_type, body = multipart([part])
    return Call(
        step="attach profile",
        method="POST",
        path=f"/Candidates/{segment(candidate_id)}/Attachments",
        query=(("attachments_category", "Others"),),
        headers={"Content-Type": content_type, **ACCEPT},
        body=body,
        read=lambda reply: {"attachment_id": _id_of(reply)},
    )


def _erase(delivery: Delivery) -> Push:
    """Zoho moves what is deleted into its recycle bin: the employer has to empty it."""
    placed = delivery.placed or Receipt()
    if placed.candidate_id and not placed.adopted:
        yield _deleting("delete candidate", "/Candidates", ids=placed.candidate_id, wf_trigger="false")
    elif placed.candidate_id and placed.attachment_id:
        path = f"/Candidates/{segment(placed.candidate_id)}/Attachments/{segment(placed.attachment_id)}"
        yield _deleting("delete file", path)
    return replace(placed, note="erase_by_employer")


def _deleting(step: str, path: str, **query: str) -> Call:
    """Twice has the effect of once (RFC 9110 section 9.2.2)."""
    asked = tuple(query.items())
    return Call(step=step, method="DELETE", path=path, query=asked, headers=ACCEPT, read=_gone, repeat="safe")


def _job(job_id: str, read: Any) -> Some:
    """Asked under one name of the module, then under the other."""
    job = yield reading("see job", f"/Job_Openings/{segment(job_id)}", partial(_or_elsewhere, read))
    if "elsewhere" in job:
        job = yield reading("see job opening", f"/JobOpenings/{segment(job_id)}", read)
    return job


def _candidate(delivery: Delivery) -> Call:
    email = required_email(delivery, limit=_MAX_EMAIL)
    return _search("find candidate", email, partial(_of_email, email))


def _search(step: str, email: str, read: Any) -> Call:
    """By criteria, with what Zoho otherwise hides. Parentheses, commas and backslashes are escaped."""
    quoted = "".join(f"\\{letter}" if letter in "\\()," else letter for letter in email)
    return reading(
        step, "/Candidates/search", read, criteria=f"(Email:equals:{quoted})", converted="both", approved="both"
    )


def _file(candidate_id: str, key: str) -> Some:
    path = f"/Candidates/{segment(candidate_id)}/Attachments"
    for page in range(1, _MAX_PAGES + 1):
        step = "find file" if page == 1 else f"find file, page {page}"
        kept = yield reading(step, path, partial(_of_key, key), page=str(page))
        if "more" not in kept:
            return kept
    raise Unknown(f"find file: more than {_MAX_PAGES} pages")


def _token_url(base: str) -> str:
    """The accounts server of the same data centre; of a stand-in, below its own address."""
    host, _, _ = base.partition("/recruit/v2")
    if _RECRUIT.match(host):
        return f"{host.replace('//recruit.', '//accounts.', 1)}/oauth/v2/token"
    return f"{base}/oauth/v2/token"


def _or_elsewhere(read: Any, reply: Reply) -> Kept:
    told = document_or_none(reply)
    if reply.status == HTTPStatus.BAD_REQUEST and text_at(told, "code") == "INVALID_MODULE":
        return {"elsewhere": "yes"}
    found: Kept = read(reply)
    return found


def _state(reply: Reply) -> Kept:
    """204: there is no such job opening, or this user may not see it."""
    found = _rows(reply)
    if not found:
        raise Permanent(f"{reply.step}: not found", code="not_found")
    return {"state": text_at(found[0], "Job_Opening_Status") or "open"}


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.status == HTTPStatus.OK else {}


def _is_closed(job: Kept) -> bool:
    words = set(job.get("state", "").casefold().replace("-", " ").split())
    return not words.isdisjoint(_CLOSED)


def _of_email(email: str, reply: Reply) -> Kept:
    """The oldest one; compared again, for a search that overlooks its criteria shows everybody."""
    found = _rows(reply)
    same = [row for row in found if (text_at(row, "Email") or "").casefold() == email.casefold() and text_at(row, "id")]
    if same:
        oldest = min(same, key=lambda row: (len(str(row["id"])), str(row["id"])))
        return {"candidate_id": str(oldest["id"]), "source": text_at(oldest, "Source") or ""}
    if _has_more(reply):
        raise Unknown(f"{reply.step}: HTTP {reply.status} shows other people, page after page")
    return {}


def _of_key(key: str, reply: Reply) -> Kept:
    for row in _rows(reply):
        number = text_at(row, "id")
        if number and key in (text_at(row, "File_Name") or ""):
            return {"attachment_id": number}
    return {"more": "yes"} if _has_more(reply) else {}


def _associated(job_id: str, reply: Reply) -> Kept:
    """No proof where it is not among them: the page's own example shows people instead of job openings."""
    if not any(text_at(row, "id") == job_id for row in _rows(reply)):
        raise Unknown(f"{reply.step}: the job opening is not among those shown")
    return {}


def _rows(reply: Reply) -> list[dict[str, Any]]:
    """204 without a body is how Zoho says "none"."""
    require_success(reply)
    return [] if reply.status == HTTPStatus.NO_CONTENT else rows(reply, "data")


def _has_more(reply: Reply) -> bool:
    return at(document_or_none(reply), "info", "more_records") is True


def _upserted(reply: Reply) -> Kept:
    """`merged`: they were there already, and the search did not show it."""
    entry = _accepted(reply)
    merged = {"merged": "yes"} if text_at(entry, "action") == "update" else {}
    return {"candidate_id": _id_of(reply), **merged}


def _upserted_by_us(reply: Reply) -> Kept:
    """The answer to a repeat: an update is what the first request, whose end was not seen, leads to."""
    return {"candidate_id": _id_of(reply)}


def _unless(as_good: str, reply: Reply) -> Kept:
    """Nothing is kept of a success, nor of a refusal that is as good."""
    if text_at(_told(reply), "code") != as_good:
        _accepted(reply)
    return {}


def _gone(reply: Reply) -> Kept:
    """INVALID_DATA, "record not deleted": it is not there any more."""
    is_gone = reply.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.NO_CONTENT)
    return {} if is_gone else _unless("INVALID_DATA", reply)


def _id_of(reply: Reply) -> str:
    found = text_at(_accepted(reply), "details", "id")
    if found is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'details.id'")
    return found


def _accepted(reply: Reply) -> Any:
    """What was said of the one record sent. Raises what its code stands for, whatever the status."""
    told = _told(reply)
    code = text_at(told, "code")
    if reply.ok and code == "SUCCESS":
        return told
    if code is None or not (reply.ok or reply.status == HTTPStatus.BAD_REQUEST):
        require_success(reply)
        raise Unknown(f"{reply.step}: HTTP {reply.status} says nothing of the record")
    raise _refusal(reply, told, code)


def _refusal(reply: Reply, told: Any, code: str) -> DeliveryError:
    text = f"{reply.step}: refused (HTTP {reply.status})"
    if code in _NOT_OURS:
        return Unauthorized(text)
    if code in _LATER:
        return Transient(text, throttled=True)
    if code == "INTERNAL_ERROR":
        return Unknown(text)
    if says_job_closed(reply):
        return JobClosed(f"{text}, the job is closed")
    if reply.ok or code in _CODES:
        fields = field_names([at(told, "details", "api_name")])
        return Permanent(text, code=_CODES.get(code, "refused"), fields=fields)
    return error_of(reply)


def _told(reply: Reply) -> Any:
    """The entry of our one record, else the refusal of the whole request; the inner one where FAILURE wraps it."""
    found = document_or_none(reply)
    entry = at(found, "data", 0) or found
    return at(entry, "details", "error", 0) or entry
