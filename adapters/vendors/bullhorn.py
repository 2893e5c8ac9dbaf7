"""Bullhorn: candidate and job submission as entities, the PDF as a file of the candidate; read back from its database.

Source: bullhorn/rest-api-docs@5fd130bd (2026-03-27), pages login, query, entity, file, errors. Traps: PUT creates and
POST changes; the log-in has two legs, a refresh token works once, the REST session names the host, and another data
centre is named by a 307 that must be followed; `search` reads an index that may never show a row, `query` reads the
database; nothing is unique, so a person may have several profiles; a field an employer calls confidential reads
"**CONFIDENTIAL**"; `name` must be set beside first and last name; a submission of status "New Lead" is a web response,
anything else a formal one; files belong to the candidate, their names end at 100 characters.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from adapters.auth import OAuth, require_grant, token_address, token_field
from adapters.base import Auth, Call, Check, Find, LogIn, Push, Reply, Session
from adapters.body import at, document, list_at, number_at, number_field, rows, text_at, text_field
from adapters.calls import deleting, reading, writing
from adapters.findings import finding_of, job_finding, sent_source, standing
from adapters.naming import (
    clipped,
    field_names,
    file_name_with_job,
    require_pdf,
    require_placed,
    required_email,
    whole_number,
)
from adapters.refusals import says_job_closed
from adapters.status import error_of, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import JobClosed, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_BASE: Final = "https://rest.bullhornstaffing.com/rest-services"
_TOKENS: Final = "https://auth.bullhornstaffing.com/oauth/token"
_MAX_EMAIL: Final = 100
_MAX_PHONE: Final = 20
_MAX_FILE_NAME: Final = 100
_MAX_PROFILES: Final = 50
_EMAILS: Final = ("email", "email2", "email3")
_HIDDEN: Final = "**confidential**"
_MOVED: Final = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
_LEAD: Final = "New Lead"  # a web response: shown to recruiters, not a formal submission


@dataclass(frozen=True, slots=True, kw_only=True)
class RestLogin:
    """Refresh-token grant, then a REST session whose token goes in the header BhRestToken."""

    oauth: OAuth
    login_url: str

    def headers(self, call: Call, session: Session | None, at: datetime) -> Mapping[str, str]:  # noqa: ARG002 - Auth's shape
        if session is None:
            raise Unauthorized("not logged in")
        return {"BhRestToken": session.token}

    def log_in(self, before: Session | None, at: datetime) -> LogIn | None:
        return _following(self._log_in(before, at))

    @property
    def fingerprint(self) -> str:
        return self.oauth.fingerprint

    def _log_in(self, before: Session | None, at: datetime) -> LogIn:
        flow = self.oauth.log_in(before, at)
        granted = yield from flow or ()
        if granted is None:
            raise Unauthorized("nothing to log in with")
        # The refresh token just used is gone: its successor is kept before anything else can fail.
        yield Session(token="", refresh_token=granted.refresh_token, expires_at=at)
        query = urlencode({"version": "*", "access_token": granted.token})
        rest = yield Call(
            step="open session", method="POST", path=f"{self.login_url}?{query}", read=_rest_session, signed=False
        )
        return Session(token=rest["token"], refresh_token=granted.refresh_token, base_url=rest["base_url"])


def _following(flow: LogIn) -> LogIn:
    """The log-in, each call of it made once more where Bullhorn sends it to the data centre of the account."""
    told: Kept | None = None
    try:
        while True:
            following = next(flow) if told is None else flow.send(told)
            if isinstance(following, Session):
                told = yield following
                continue
            told = yield replace(following, read=partial(_or_elsewhere, following))
            if "elsewhere" in told:
                told = yield replace(following, path=told["elsewhere"])
    except StopIteration as ended:
        session: Session = ended.value
        return session


def _or_elsewhere(call: Call, reply: Reply) -> Kept:
    """Where it was sent instead, if that is a host of Bullhorn's: it gets our credentials."""
    told = urlsplit(reply.headers.get("location", ""))
    if reply.status in _MOVED and told.scheme == "https" and (told.hostname or "").endswith(".bullhornstaffing.com"):
        return {"elsewhere": told.geturl()}
    return call.read(reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = _BASE
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str = ""
    login_url: str = ""

    facts: ClassVar = VendorFacts(
        title="Bullhorn",
        capability="lookup",
        dedupe_key="candidate by e-mail, submission by candidate and job (database); file by our key as externalID",
        max_pdf_bytes=15_000_000,
        attach_level="candidate",
        update="add_pdf",
        erase="ask_a_person",
        source='source of candidate and submission is the text "FactoryFix"',
        silent="entities made by REST mail nobody",
        read_back=True,
        rate_per_s=5.0,
        burst=10.0,
        settle_s=60.0,
        max_name_chars=50,
        sources=("github.com/bullhorn/rest-api-docs@5fd130bd, 2026-03-27",),
    )

    def auth(self) -> Auth:
        oauth = OAuth(
            token_url=token_address(self.token_url, self.base_url, vendors=_TOKENS, path="/oauth/token"),
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            client_in="form",
        )
        return RestLogin(oauth=oauth, login_url=self.login_url or f"{self.base_url.rstrip('/')}/login")

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return (yield from _erase(delivery))
        if delivery.kind == "update":
            return (yield from _attached(delivery, require_placed(delivery, "candidate_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        placed = delivery.placed and delivery.placed.candidate_id
        if step == "attach profile" and placed:
            return (yield _file(placed, delivery.key)) or None
        people = yield _candidate(delivery)
        if step == "create candidate":
            return people or None
        if not people:
            raise Unknown(f"{step}: its candidate cannot be seen")
        there = yield _submission(people, delivery)
        if step == "create submission":
            return there or None
        return (yield _file((there or people)["candidate_id"], delivery.key)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading(
            "read candidates", "/query/Candidate", standing, where="isDeleted=false", fields="id", count="1"
        )
        found = (
            finding_of(people, "read candidates", remedy="give the API user the right to view and add candidates"),
            sent_source(),
        )
        if ats_job_id is None:
            return found
        job = yield _job(ats_job_id, _state_or_absent)
        return (*found, job_finding(job.get("state"), is_open=job.get("state") == "open"))

    def _create(self, delivery: Delivery) -> Push:
        job = yield _job(delivery.ats_job_id, _state)
        if job.get("state") == "closed":
            raise JobClosed("the job order is closed in Bullhorn")
        before = yield _candidate(delivery)
        there = (yield _submission(before, delivery)) if before else {}
        candidate = there or before or (yield self._create_candidate(delivery))
        submission = there or (yield _create_submission(candidate["candidate_id"], delivery, job))
        receipt = Receipt(
            candidate_id=candidate["candidate_id"],
            application_id=submission["application_id"],
            attach_level="candidate",
            attribution="kept_existing" if there else "set",
            adopted=bool(before),
        )
        return (yield from _attached(delivery, receipt))

    def _create_candidate(self, delivery: Delivery) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        first, last = clipped(person.first_name, limit), clipped(person.last_name, limit)
        body = {
            "firstName": first,
            "lastName": last,
            "name": f"{first} {last}",
            "email": required_email(delivery, limit=_MAX_EMAIL),
            "source": SOURCE,
            "status": _LEAD,
            "externalID": delivery.key,
        }
        if person.phone:
            body["phone"] = clipped(person.phone, _MAX_PHONE)
        return writing("create candidate", "/entity/Candidate", body, partial(_made, "candidate_id"), method="PUT")


def _create_submission(candidate_id: str, delivery: Delivery, job: Kept) -> Call:
    body: dict[str, Any] = {
        "candidate": {"id": int(candidate_id)},
        "jobOrder": {"id": whole_number(delivery.ats_job_id, what="job_id")},
        "status": _LEAD,
        "source": SOURCE,
    }
    if "at_ms" in job:
        body["dateWebResponse"] = int(
            job["at_ms"]
        )  # must be set; by Bullhorn's own clock, so that a repeat is the same
    return writing("create submission", "/entity/JobSubmission", body, partial(_made, "application_id"), method="PUT")


def _erase(delivery: Delivery) -> Push:
    """Our file goes; deleting a candidate in Bullhorn only hides them, so the employer must have them purged."""
    placed = delivery.placed or Receipt()
    if placed.candidate_id and placed.attachment_id:
        yield deleting("delete file", f"/file/Candidate/{placed.candidate_id}/{placed.attachment_id}")
    return replace(placed, note="erase_by_employer")


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    candidate = placed.candidate_id or ""
    there: Kept = {}
    if placed.adopted or delivery.kind == "update":
        there = yield _file(candidate, delivery.key)
    if not there:
        there = yield _attach(delivery, candidate)
    return replace(placed, attachment_id=there["attachment_id"])


def _attach(delivery: Delivery, candidate_id: str) -> Call:
    body = {
        "externalID": delivery.key,
        "fileContent": base64.b64encode(require_pdf(delivery).content).decode(),
        "fileType": "SAMPLE",  # the only value there is
        "name": file_name_with_job(delivery, limit=_MAX_FILE_NAME),
        "contentType": "application/pdf",
        "description": "FactoryFix profile",
        "type": "Other",
    }
    path = f"/file/Candidate/{whole_number(candidate_id, what='candidate_id')}"
    return writing("attach profile", path, body, _attached_id, method="PUT")


def _job(job_id: str, read: Any) -> Call:
    path = f"/entity/JobOrder/{whole_number(job_id, what='job_id')}"
    return reading("see job", path, read, fields="id,isOpen,isDeleted,status")


def _candidate(delivery: Delivery) -> Call:
    """By the database, not by the index."""
    email = required_email(delivery, limit=_MAX_EMAIL)
    same = " OR ".join(f"{name}={_quoted(email)}" for name in _EMAILS)
    where, fields = f"({same}) AND isDeleted=false", ",".join(("id", *_EMAILS))
    read = partial(_of_email, email)
    return reading("find candidate", "/query/Candidate", read, where=where, fields=fields, orderBy="id", count="100")


def _submission(people: Kept, delivery: Delivery) -> Call:
    """Of any of their profiles."""
    job_id = whole_number(delivery.ats_job_id, what="job_id")
    ids = people.get("candidate_ids", people["candidate_id"])
    where = f"candidate.id IN ({ids}) AND jobOrder.id={job_id} AND isDeleted=false"
    read = partial(_of_job, ids.split(","), str(job_id))
    fields = "id,candidate(id),jobOrder(id)"
    return reading(
        "find submission", "/query/JobSubmission", read, where=where, fields=fields, orderBy="id", count="100"
    )


def _file(candidate_id: str, key: str) -> Call:
    path = f"/entity/Candidate/{whole_number(candidate_id, what='candidate_id')}/fileAttachments"
    return reading("find file", path, partial(_of_key, key), fields="id,name,externalID", count="500")


def _quoted(text: str) -> str:
    """A JPQL string."""
    return "'" + text.replace("'", "''") + "'"


def _rest_session(reply: Reply) -> Kept:
    require_grant(reply)
    return {"token": token_field(reply, "BhRestToken"), "base_url": text_field(reply, "restUrl")}


def _state(reply: Reply) -> Kept:
    answer = document(_accepted(reply))
    job = at(answer, "data") or answer  # documented without the envelope it comes in
    state = {"state": "closed" if at(job, "isOpen") is False or at(job, "isDeleted") is True else "open"}
    at_ms = _date_ms(reply)
    return state if at_ms is None else {**state, "at_ms": str(at_ms)}


def _date_ms(reply: Reply) -> int | None:
    try:
        return int(parsedate_to_datetime(reply.headers.get("date", "")).timestamp() * 1000)
    except (TypeError, ValueError):
        return None


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _of_email(email: str, reply: Reply) -> Kept:
    """The oldest of their profiles, and all of them. An address that is kept from us is as the query asked."""
    ids = []
    for row in rows(_accepted(reply), "data"):
        emails = {(text_at(row, name) or "").casefold() for name in _EMAILS}
        number = number_at(row, "id")
        if number is not None and emails & {email.casefold(), _HIDDEN}:
            ids.append(str(number))
    return {"candidate_id": ids[0], "candidate_ids": ",".join(ids[:_MAX_PROFILES])} if ids else {}


def _of_job(candidate_ids: list[str], job_id: str, reply: Reply) -> Kept:
    for row in rows(_accepted(reply), "data"):
        candidate, number = text_at(row, "candidate", "id"), number_at(row, "id")
        if number is not None and candidate in candidate_ids and text_at(row, "jobOrder", "id") == job_id:
            return {"application_id": str(number), "candidate_id": candidate}
    return {}


def _of_key(key: str, reply: Reply) -> Kept:
    for row in rows(_accepted(reply), "data"):
        number = number_at(row, "id")
        if number is not None and (text_at(row, "externalID") == key or key in (text_at(row, "name") or "")):
            return {"attachment_id": str(number)}
    return {}


def _made(name: str, reply: Reply) -> Kept:
    return {name: number_field(_accepted(reply), "changedEntityId")}


def _attached_id(reply: Reply) -> Kept:
    return {"attachment_id": number_field(_accepted(reply), "fileId")}


def _accepted(reply: Reply) -> Reply:
    """412: a call without a session. Refusals name the fields in errors[].propertyName; their texts may quote."""
    if reply.status == HTTPStatus.PRECONDITION_FAILED:
        raise Unauthorized(f"{reply.step}: HTTP 412, no REST session")
    if reply.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return require_success(reply)
    if says_job_closed(reply):
        raise JobClosed(f"{reply.step}: HTTP {reply.status}, the job is closed")
    try:
        errors = list_at(document(reply), "errors")
    except Unknown:
        errors = []
    raise error_of(reply, fields=field_names(text_at(error, "propertyName") for error in errors))
