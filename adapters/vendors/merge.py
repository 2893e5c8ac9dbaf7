"""Merge, the unified API: an application with the person in it, then the PDF on the person, fetched by its address.

Sources: Merge's OpenAPI document in api-evangelist/merge@e98bb01f (2026-08-22, with its tables of what each ATS behind
it takes) and of 2025 in openintegrations/openSDKs@fc070ea9; merge-api/merge-python-client@d1b39794; docs.merge.dev,
"Writes", "Writes warnings and errors reference", "Idempotency"; help.merge.dev articles 10012366, 7061007, 6872104.
Traps: a success may hold `errors`, of which a person or an application may be there all the same, and `warnings` of
fields that were ignored; reads come from Merge's copy of the ATS, so nothing seen there proves absence; some ATS behind
it want a stage; a file can be added afterwards in 19 of them, and not in others. Its Idempotency-Key is a beta for
those who ask, and gives a repeat the first answer for a day, refusals too: not used.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import at, document, document_or_none, list_at, number_at, rows, text_at
from adapters.calls import reading, writing
from adapters.findings import finding_of, job_finding, sent_source, standing
from adapters.naming import (
    clipped,
    field_names,
    file_name_with_job,
    require_link,
    require_placed,
    required_email,
    segment,
)
from adapters.paging import NEXT, Some, asking, through_pages
from adapters.refusals import says_job_closed
from adapters.status import error_of, is_throttled, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_THERE: Final = frozenset({"MODEL_WITH_DUPLICATE_UNIQUE_FIELD_EXISTS", "DUPLICATE_MODEL_EXISTS"})
_LOCKED_OUT: Final = frozenset(
    {"RELINK_NEEDED", "CREDENTIAL_REFRESH_FAILED", "MISSING_PERMISSION", "DISABLED_MODEL_WRITE"}
)
_REFUSED: Final = frozenset({"MISSING_REQUIRED_FIELD", "INCORRECT_FIELD_TYPE", "INVALID_FIELD_CHOICE"})
_CLOSED: Final = frozenset({"CLOSED", "ARCHIVED"})
_PAGE: Final = "100"
_MAX_PAGES: Final = 10
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.merge.dev/api/ats/v1"
    api_key: str = field(repr=False)
    account_token: str = field(repr=False)
    remote_user_id: str = field(repr=False)  # Merge's own id of the user in whose name is written

    facts: ClassVar = VendorFacts(
        title="Merge",
        capability="lookup",
        dedupe_key="candidate by e-mail, application by their job, file by our key in its name: in Merge's copy",
        max_pdf_bytes=10_000_000,
        attach_level="candidate",
        update="add_pdf",
        erase="ask_a_person",
        source='source "FactoryFix" of the application; Merge warns where the ATS behind it has none',
        silent="Merge mails nobody; what the ATS behind it does is its own setting",
        read_back=True,
        rate_per_s=1.6,
        burst=10.0,
        settle_s=300.0,
        pdf_by="link",
        sources=(
            "Merge OpenAPI 3.1 in github.com/api-evangelist/merge@e98bb01f, 2026-08-22: tried as a mock",
            "Merge OpenAPI 3.0 in github.com/openintegrations/openSDKs@fc070ea9, 2025-02-28: tried as a mock",
            "github.com/merge-api/merge-python-client@d1b39794, 2026-06-11",
            "docs.merge.dev/merge-unified/writing-data and help.merge.dev/articles/10012366, 7061007, 2026",
        ),
    )

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": f"Bearer {self.api_key}", "X-Account-Token": self.account_token})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return (yield from self._attached(delivery, require_placed(delivery, "candidate_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        people = {} if delivery.placed else (yield _people(delivery))
        if step != "attach profile":
            found = people if _applied(people) else {}
        else:
            candidate = (delivery.placed and delivery.placed.candidate_id) or people.get("candidate_id")
            found = (yield from _file(candidate, delivery.key)) if candidate else {}
        if not found:
            raise Unknown(f"{step}: not in Merge's copy of the ATS, which proves nothing")
        return found

    def check(self, ats_job_id: str | None, /) -> Check:
        account = yield reading("see account", "/account-details", _account)
        people = yield reading("read candidates", "/candidates", standing, page_size="1")
        user = yield reading("see user", f"/users/{segment(self.remote_user_id)}", _user)
        files = yield reading("see file fields", "/attachments/meta/post", standing)
        found = (
            _linked(account),
            finding_of(people, "read candidates", remedy="enable Candidate, Application, Job and Attachment in Merge"),
            finding_of(user, "remote user", remedy="set remote_user_id to the id of an active user (GET /users)"),
            finding_of(files, "attach files", remedy="only an ATS whose attachments Merge can write can be connected"),
            sent_source(),
        )
        if ats_job_id is None:
            return found
        job = yield reading("see job", f"/jobs/{segment(ats_job_id)}", _state_or_absent)
        return (*found, job_finding(job.get("state"), is_open=job.get("state") == "OPEN"))

    def _create(self, delivery: Delivery) -> Push:
        job = yield reading("see job", f"/jobs/{segment(delivery.ats_job_id)}", _state)
        if job.get("state") in _CLOSED:
            raise JobClosed("the job is closed in Merge's copy of the ATS")
        there = yield _people(delivery)
        made = {} if _applied(there) else (yield from self._apply(delivery, there))
        if not made and not _applied(there):
            there = yield _people(delivery, "find candidate again")
        if there and not made and not _applied(there):
            made = yield from self._apply(delivery, there, " of the candidate found")
        if made:
            return (yield from self._attached(delivery, _placed(made, adopted=bool(there))))
        if not _applied(there):
            raise Unknown("find candidate again: they exist, but are not in Merge's copy of the ATS yet")
        placed = replace(_placed(there, adopted=True), attribution="kept_existing")
        return (yield from self._attached(delivery, placed))

    def _apply(self, delivery: Delivery, there: Kept, way: str = "") -> Some:
        """{} where the person or the application is said to exist already."""
        made = yield self._application(f"create application{way}", delivery, there)
        if "wants" not in made:
            return made
        job = delivery.ats_job_id
        stage = yield reading(f"find first stage{way}", "/job-interview-stages", _first_stage, job_id=job)
        return (yield self._application(f"create application in a stage{way}", delivery, there, stage))

    def _application(self, step: str, delivery: Delivery, there: Kept, stage: Kept | None = None) -> Call:
        candidate = there.get("candidate_id") or self._candidate(delivery)
        model = {"candidate": candidate, "job": delivery.ats_job_id, "source": SOURCE, **(stage or {})}
        read = partial(_created if stage is None else _created_in_a_stage, there.get("candidate_id"))
        return writing(step, "/applications", {"model": model, "remote_user_id": self.remote_user_id}, read)

    def _candidate(self, delivery: Delivery) -> Row:
        person, limit = delivery.person, self.facts.max_name_chars
        made: Row = {
            "first_name": clipped(person.first_name, limit),
            "last_name": clipped(person.last_name, limit),
            "email_addresses": [{"value": required_email(delivery), "email_address_type": "PERSONAL"}],
        }
        if person.phone:
            made["phone_numbers"] = [{"value": person.phone, "phone_number_type": "MOBILE"}]
        return made

    def _attached(self, delivery: Delivery, placed: Receipt) -> Push:
        candidate = placed.candidate_id or ""
        there: Kept = {}
        if placed.adopted or delivery.kind == "update":
            there = yield from _file(candidate, delivery.key)
        if not there:
            there = yield self._attach(delivery, candidate)
        return replace(placed, attachment_id=there.get("attachment_id"))

    def _attach(self, delivery: Delivery, candidate: str) -> Call:
        model = {
            "candidate": candidate,
            "file_name": file_name_with_job(delivery),
            "file_url": require_link(delivery),
            "attachment_type": "RESUME" if delivery.kind == "create" else "OTHER",
        }
        body = {"model": model, "remote_user_id": self.remote_user_id}
        return writing("attach profile", "/attachments", body, _filed)


def _placed(made: Kept, *, adopted: bool) -> Receipt:
    source = made.get("source")
    return Receipt(
        candidate_id=made["candidate_id"],
        application_id=made["application_id"],
        attach_level="candidate",
        attribution="set" if source == SOURCE else "unsupported" if source == "" else "unverified",
        adopted=adopted,
    )


def _applied(there: Kept) -> bool:
    return "application_id" in there


def _people(delivery: Delivery, step: str = "find candidate") -> Call:
    """Who has this address, and their application on this job, in Merge's copy. {} where there is nobody (yet)."""
    email = required_email(delivery)
    read = partial(_of_email, email, delivery.ats_job_id)
    return reading(step, "/candidates", read, email_addresses=email, expand="applications", page_size=_PAGE)


def _file(candidate: str, key: str) -> Some:
    first = reading("find file", "/attachments", partial(_named, key), candidate_id=candidate, page_size=_PAGE)
    return (yield from through_pages(first, asking("cursor"), most=_MAX_PAGES))


def _account(reply: Reply) -> Kept:
    return {**standing(reply), "state": text_at(document_or_none(reply), "status") or ""}


def _linked(account: Kept) -> Finding:
    remedy = "compare the API key and the account token; send the employer through Merge Link again"
    found = finding_of(account, "linked account", remedy=remedy)
    if found.ok and account["state"] == "RELINK_NEEDED":
        said = "Merge no longer gets into the ATS behind it"
        return Finding(what=found.what, ok=False, detail=said, remedy="send the employer through Merge Link again")
    return found


def _user(reply: Reply) -> Kept:
    disabled = reply.ok and at(document_or_none(reply), "disabled") is True
    return {"status": "the user is disabled in the ATS"} if disabled else standing(reply)


def _state(reply: Reply) -> Kept:
    """{} where Merge has no state: what the ATS says to an application decides then."""
    state = text_at(document(require_success(reply)), "status")
    return {} if state is None else {"state": state}


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _of_email(email: str, job_id: str, reply: Reply) -> Kept:
    same = [row for row in rows(require_success(reply), "results") if email.casefold() in _emails(row)]
    people = [row for row in same if text_at(row, "id")]
    for row in people:
        for entry in list_at(row, "applications"):
            if _id_of(entry, "job") == job_id and text_at(entry, "id"):
                source = text_at(entry, "source")
                found = {"candidate_id": text_at(row, "id") or "", "application_id": text_at(entry, "id") or ""}
                return found if source is None else {**found, "source": source}
    return {"candidate_id": text_at(people[0], "id") or ""} if people else {}


def _emails(row: Row) -> set[str]:
    return {(text_at(entry, "value") or "").casefold() for entry in list_at(row, "email_addresses")}


def _id_of(row: Any, name: str) -> str | None:
    """A relation is an id, or the whole object where it was expanded."""
    return text_at(row, name) or text_at(row, name, "id")


def _named(key: str, reply: Reply) -> Kept:
    """By the key in its name, of which the ATS behind may change the rest."""
    for row in rows(require_success(reply), "results"):
        if key in (text_at(row, "file_name") or "") and text_at(row, "id"):
            return {"attachment_id": text_at(row, "id") or ""}
    cursor = text_at(document(reply), "next")
    return {NEXT: cursor} if cursor else {}


def _first_stage(reply: Reply) -> Kept:
    """{} where there is none: the second try then says what is missing."""
    stages = [row for row in rows(require_success(reply), "results") if text_at(row, "id")]
    ordered = [(number_at(row, "stage_order"), text_at(row, "id") or "") for row in stages]
    numbered = sorted((order, stage) for order, stage in ordered if order is not None)
    first = numbered[0][1] if numbered else ordered[0][1] if ordered else ""
    return {"current_stage": first} if first else {}


def _created(known: str | None, reply: Reply) -> Kept:
    """{"wants": ...} where the ATS behind Merge wants a stage; else as in one."""
    if _kinds(reply) == {"MISSING_REQUIRED_FIELD"} and _pointed(reply, "errors") == ("current_stage",):
        return {"wants": "current_stage"}
    return _created_in_a_stage(known, reply)


def _created_in_a_stage(known: str | None, reply: Reply) -> Kept:
    """{} where it exists already. `known`: whose it is, where we said so; every field of Merge's model may be null."""
    kinds = _kinds(reply)
    if kinds & _THERE:
        return {}
    if kinds and says_job_closed(reply):
        raise JobClosed(f"{reply.step}: refused (HTTP {reply.status})")
    model = _model(reply)
    application, candidate = text_at(model, "id"), _id_of(model, "candidate") or known
    if application is None or candidate is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without the ids of the application and its candidate")
    made = {"application_id": application, "candidate_id": candidate}
    source = "" if "source" in _pointed(reply, "warnings") else text_at(model, "source")
    return made if source is None else {**made, "source": source}


def _filed(reply: Reply) -> Kept:
    """A file whose address was ignored did not arrive, whatever was made."""
    model = _model(reply)
    if {"file_url", "candidate"} & set(_pointed(reply, "warnings")):
        raise Permanent(f"{reply.step}: the file was ignored", code="file_not_fetched")
    attachment = text_at(model, "id")
    if attachment is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'id'")
    return {"attachment_id": attachment}


def _kinds(reply: Reply) -> set[str]:
    return {text_at(one, "problem_type") or "" for one in list_at(document_or_none(reply), "errors")} - {""}


def _pointed(reply: Reply, where: str) -> tuple[str, ...]:
    """The names of the fields that errors or warnings are about."""
    told = [text_at(one, "source", "pointer") for one in list_at(document_or_none(reply), where)]
    return field_names((pointer or "").rsplit("/", 1)[-1] for pointer in told)


def _model(reply: Reply) -> Any:
    """What a write made. Raises what its errors stand for, be they in a success; without any, what its status does."""
    if _kinds(reply) and not is_throttled(reply):
        raise _error_of(_kinds(reply), reply)
    return at(document(require_success(reply)), "model")


def _error_of(kinds: set[str], reply: Reply) -> DeliveryError:
    """What is not named here came from the ATS behind Merge, and may have reached it."""
    text = f"{reply.step}: refused (HTTP {reply.status})"
    if kinds & _LOCKED_OUT:
        return Unauthorized(text)
    if "CORRUPTED_FILE" in kinds:
        return Permanent(text, code="file_not_fetched", fields=("file_url",))
    if kinds <= _REFUSED:
        return Permanent(text, code="invalid", fields=_pointed(reply, "errors"))
    if kinds & _THERE:
        return Permanent(text, code="conflict")
    meant = error_of(reply)
    return Unknown(text) if reply.ok or isinstance(meant, Permanent) else meant
