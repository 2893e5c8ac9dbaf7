"""Ashby: every call is a POST, refusals come as HTTP 200; candidate, application, then a file on the candidate.

Sources: Ashby's OpenAPI 3.1 as split in api-evangelist/ashby@10804529; developers.ashbyhq.com, each endpoint's own
document, as read by w6w-io/w6w-apps@87e06c56 apps/ashby (2026-08-18). Traps: nothing is deduplicated, so a person may
have several profiles; `success` decides, not the status; a key may not see confidential jobs, nor the applications on
them; files belong to the candidate, not to the application, and come by an upload address that lives ten minutes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders, basic
from adapters.base import Auth, Call, Check, Find, Push, Read, Reply
from adapters.body import at, document, json_bytes, list_at, text_at, text_field
from adapters.findings import finding_of, job_finding, listed_source
from adapters.multipart import Part, multipart
from adapters.naming import clipped, file_name_with_job, require_pdf, require_placed, required_email
from adapters.paging import NEXT, Some, through_pages
from adapters.refusals import says_job_closed
from adapters.status import error_of, is_throttled, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json; version=1"}
_CLOSED: Final = frozenset({"closed", "archived"})
_OF_A_JOB: Final = frozenset({"see job", "create application"})
_LOCKED_OUT: Final = ("permission", "unauthorized", "forbidden", "invalid_api_key", "api_key")
_MAX_PAGES: Final = 20
_MAX_SEEN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.ashbyhq.com"
    api_key: str = field(repr=False)
    source_id: str = ""

    facts: ClassVar = VendorFacts(
        title="Ashby",
        capability="lookup",
        dedupe_key="candidate by e-mail; application by candidate and job; file by our key in its name",
        max_pdf_bytes=20_000_000,
        attach_level="candidate",
        update="add_pdf",
        erase="ask_a_person",
        source="sourceId of candidate and application: configured, or looked up by the title FactoryFix",
        silent="creating a candidate or an application by the API mails nobody",
        read_back=True,
        rate_per_s=5.0,
        burst=10.0,
        settle_s=60.0,
        sources=(
            "Ashby OpenAPI 3.1 in github.com/api-evangelist/ashby@10804529, 2026",
            "Ashby OpenAPI 3.1 (164 paths) in github.com/api-evangelist/ashby-hq@2e9efb9, 2026-08-22: tried as a mock",
            "developers.ashbyhq.com by github.com/w6w-io/w6w-apps apps/ashby, 2026-08-18",
        ),
    )

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": basic(self.api_key)})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return (yield from _attached(delivery, require_placed(delivery, "candidate_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        people = yield from _people(delivery)
        if step == "create candidate":
            return people or None
        if not people:
            raise Unknown(f"{step}: its candidate cannot be seen")
        applied = yield from _application(people, delivery.ats_job_id)
        if step == "create application":
            return applied or None
        placed = delivery.placed and delivery.placed.candidate_id
        candidate = placed or (applied or people)["candidate_id"]
        return (yield _file(candidate, file_name_with_job(delivery))) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        nobody = {"email": "preflight@factoryfix.invalid"}
        people = yield _rpc("read candidates", "candidate.search", nobody, _standing, reads=True)
        source = yield from _source()
        found = (
            finding_of(
                people,
                "read candidates",
                remedy="compare the API key; give it candidatesRead and candidatesWrite, jobsRead, "
                "hiringProcessMetadataRead, and confidential jobs if you link them",
            ),
            listed_source(source.get("source_id"), configured=self.source_id, where="Ashby"),
        )
        if ats_job_id is None:
            return found
        job = yield _rpc("see job", "job.info", {"id": ats_job_id}, _state_or_absent, reads=True)
        return (*found, job_finding(job.get("state"), is_open=job.get("state") == "open"))

    def _create(self, delivery: Delivery) -> Push:
        job = yield _rpc("see job", "job.info", {"id": delivery.ats_job_id}, _state, reads=True)
        if job.get("state") in _CLOSED:
            raise JobClosed("the job is closed in Ashby")
        source = {"source_id": self.source_id} if self.source_id else (yield from _source())
        people = yield from _people(delivery)
        applied = (yield from _application(people, delivery.ats_job_id)) if people else {}
        candidate = applied or people or (yield self._create_candidate(delivery, source))
        application = applied or (yield _create_application(candidate["candidate_id"], delivery.ats_job_id, source))
        receipt = Receipt(
            candidate_id=candidate["candidate_id"],
            application_id=application["application_id"],
            attach_level="candidate",
            attribution="kept_existing" if applied else "set" if source else "unsupported",
            adopted=bool(people),
        )
        return (yield from _attached(delivery, receipt))

    def _create_candidate(self, delivery: Delivery, source: Kept) -> Call:
        person = delivery.person
        body: dict[str, Any] = {
            "name": clipped(f"{person.first_name} {person.last_name}", self.facts.max_name_chars),
            "email": required_email(delivery),
        }
        if person.phone:
            body["phoneNumber"] = person.phone
        if source:
            body["sourceId"] = source["source_id"]
        return _rpc("create candidate", "candidate.create", body, partial(_id, "candidate_id"))


def _rpc(step: str, method: str, body: dict[str, Any], read: Read, *, reads: bool = False) -> Call:
    """One call of Ashby's: everything is a POST, questions too."""
    return Call(
        step=step,
        method="POST",
        path=f"/{method}",
        headers=_HEADERS,
        body=json_bytes(body),
        read=read,
        repeat="safe" if reads else "look_first",
        reads=reads,
    )


def _create_application(candidate_id: str, job_id: str, source: Kept) -> Call:
    body = {"candidateId": candidate_id, "jobId": job_id}
    if source:
        body["sourceId"] = source["source_id"]
    return _rpc("create application", "application.create", body, partial(_id, "application_id"))


def _people(delivery: Delivery) -> Some:
    """The candidates with this address: the first one's id, and all their applications'. {} where there is none."""
    email = required_email(delivery)
    return (yield _rpc("find candidate", "candidate.search", {"email": email}, partial(_of_email, email), reads=True))


def _application(people: Kept, job_id: str) -> Some:
    """Theirs on this job, and whose it is: of several profiles of one person, the one that applied."""
    for number, application in enumerate(filter(None, people["application_ids"].split(",")), start=1):
        read = partial(_on_job, job_id)
        body = {"applicationId": application}
        found = yield _rpc(f"see application {number}", "application.info", body, read, reads=True)
        if found:
            return {"candidate_id": people["candidate_id"], **found}
    return {}


def _source() -> Some:
    first = _rpc("find source", "source.list", {}, _titled_if_told, reads=True)
    return (yield from through_pages(first, _from_cursor, most=_MAX_PAGES))


def _from_cursor(first: Call, cursor: str) -> Call:
    return replace(first, body=json_bytes({"cursor": cursor}))


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    candidate, name = placed.candidate_id or "", file_name_with_job(delivery)
    there: Kept = {}
    if placed.adopted or delivery.kind == "update":
        there = yield _file(candidate, name)
    if not there:
        there = yield replace(
            _rpc("attach profile", "candidate.uploadFile", {"candidateId": candidate}, _uploaded),
            prepare=partial(_upload, delivery, candidate),
        )
    return replace(placed, attachment_id=there.get("attachment_id"))


def _upload(delivery: Delivery, candidate: str) -> Generator[Call, Kept, Call]:
    """Puts the file where Ashby can fetch it; what is never attached is dropped, so this is done anew each time.

    Where there is no address to put it to, it goes with the call itself: deprecated, and still documented.
    """
    pdf = require_pdf(delivery)
    asked = {
        "fileUploadContext": "CandidateFiles",
        "filename": file_name_with_job(delivery),
        "contentType": "application/pdf",
        "contentLength": len(pdf.content),
    }
    handle = yield _rpc("get upload handle", "file.createFileUploadHandle", asked, _handle, reads=True)
    file = Part(name="file", content=pdf.content, file_name=file_name_with_job(delivery), media_type="application/pdf")
    if not handle:
        return _upload_directly(candidate, file)
    fields = [Part(name=name, content=str(value).encode()) for name, value in _fields(handle).items()]
    content_type, body = multipart([*fields, file])
    yield Call(
        step="upload file",
        method="POST",
        path=handle["url"],
        headers={"Content-Type": content_type},
        body=body,
        read=_stored,
        repeat="safe",
        signed=False,
    )
    body_of_attach = {"candidateId": candidate, "fileHandle": handle["handle"]}
    return _rpc("attach profile", "candidate.uploadFile", body_of_attach, _uploaded)


def _upload_directly(candidate: str, file: Part) -> Call:
    content_type, body = multipart([Part(name="candidateId", content=candidate.encode()), file])
    return Call(
        step="attach profile",
        method="POST",
        path="/candidate.uploadFile",
        headers={**_HEADERS, "Content-Type": content_type},
        body=body,
        read=_uploaded,
    )


def _file(candidate: str, name: str) -> Call:
    return _rpc("find file", "candidate.info", {"id": candidate}, partial(_file_named, name), reads=True)


def _of_email(email: str, reply: Reply) -> Kept:
    found = _results(reply)
    if not isinstance(found, list):
        raise Unknown(f"{reply.step}: HTTP {reply.status} without a list")
    same = [row for row in found if email.casefold() in _emails(row) and text_at(row, "id")]
    if not same:
        return {}
    applications = [str(entry) for row in same for entry in list_at(row, "applicationIds")]
    if len(applications) > _MAX_SEEN:
        raise Unknown(f"{reply.step}: more than {_MAX_SEEN} applications")
    return {"candidate_id": text_at(same[0], "id") or "", "application_ids": ",".join(applications)}


def _emails(row: Any) -> set[str]:
    told = [text_at(row, "primaryEmailAddress", "value"), text_at(row, "email")]
    told += [text_at(entry, "value") for entry in list_at(row, "emailAddresses")]
    return {email.casefold() for email in told if email}


def _on_job(job_id: str, reply: Reply) -> Kept:
    """{} also of one that is not shown: it is on a confidential job, and ours was shown."""
    try:
        found = _results(reply)
    except Permanent as exc:
        if reply.ok and exc.code == "not_found":
            return {}
        raise
    application, candidate = text_at(found, "id"), text_at(found, "candidate", "id")
    if application is None or text_at(found, "job", "id") != job_id:
        return {}
    return {"application_id": application} | ({"candidate_id": candidate} if candidate else {})


def _titled_if_told(reply: Reply) -> Kept:
    """{} where the key may not list sources: what is only good to know must not stop a delivery."""
    try:
        return _titled(reply)
    except (Unauthorized, Permanent):
        if reply.ok:
            return {}
        raise


def _titled(reply: Reply) -> Kept:
    for row in list_at(_results(reply)):
        named = (text_at(row, "title") or "").strip().casefold() == SOURCE.casefold()
        if named and text_at(row, "id") and at(row, "isArchived") is not True:
            return {"source_id": text_at(row, "id") or ""}
    cursor = text_at(document(reply), "nextCursor")
    return {NEXT: cursor} if cursor and at(document(reply), "moreDataAvailable") is True else {}


def _state(reply: Reply) -> Kept:
    state = text_at(_results(reply), "status")
    return {} if state is None else {"state": state.casefold()}


def _state_or_absent(reply: Reply) -> Kept:
    try:
        return _state(reply)
    except DeliveryError:
        return {}


def _standing(reply: Reply) -> Kept:
    """A preflight reports a refusal that came as HTTP 200 as what it would be elsewhere."""
    if reply.ok and at(document(reply), "success") is not True:
        return {"status": "403"}
    return {"status": str(reply.status)}


def _file_named(name: str, reply: Reply) -> Kept:
    for row in list_at(_results(reply), "fileHandles"):
        if text_at(row, "name") == name and text_at(row, "id"):
            return {"attachment_id": text_at(row, "id") or ""}
    return {}


def _id(name: str, reply: Reply) -> Kept:
    _results(reply)
    return {name: text_field(reply, "results", "id")}


def _handle(reply: Reply) -> Kept:
    """{} where it has no such call, or names no address to upload to."""
    if reply.status == HTTPStatus.NOT_FOUND:
        return {}
    fields = at(_results(reply), "fields") or {}
    names = {"handle": text_field(reply, "results", "handle"), "url": text_field(reply, "results", "url")}
    if "://" not in names["url"]:
        return {}
    if not isinstance(fields, dict):
        raise Transient(f"{reply.step}: HTTP {reply.status} without the fields of the upload")
    return names | {f"field:{name}": str(value) for name, value in fields.items()}


def _fields(handle: Kept) -> dict[str, str]:
    return {name.removeprefix("field:"): value for name, value in handle.items() if name.startswith("field:")}


def _stored(reply: Reply) -> Kept:
    """The store behind the upload address; what it refuses, the next attempt tries with a new address."""
    if is_throttled(reply):
        raise error_of(reply)
    if not reply.ok:
        raise Transient(f"{reply.step}: HTTP {reply.status}")
    return {}


def _uploaded(reply: Reply) -> Kept:
    """Answers the candidate, whose files need not show the new one yet."""
    _results(reply)
    return {}


def _results(reply: Reply) -> Any:
    """What a success carries. Raises what the code of a refusal stands for."""
    answer = document(require_success(reply))
    if at(answer, "success") is True:
        return at(answer, "results")
    if at(answer, "success") is False:
        raise _refusal(answer, reply)
    raise Unknown(f"{reply.step}: HTTP {reply.status} without 'success'")


def _refusal(answer: Any, reply: Reply) -> DeliveryError:
    """Nothing was done. `errorInfo.code` says why; older endpoints only list words in `errors`."""
    code = (text_at(answer, "errorInfo", "code") or " ".join(map(str, list_at(answer, "errors")))).casefold()
    text = f"{reply.step}: refused (HTTP {reply.status})"
    if "rate_limit" in code or "too_many" in code:
        return Transient(text, throttled=True)
    if any(word in code for word in _LOCKED_OUT):
        return Unauthorized(text)
    if "already" in code:
        return Unknown(f"{text}: it seems to be there already")
    if reply.step in _OF_A_JOB and says_job_closed(reply):
        return JobClosed(text)
    return Permanent(text, code="not_found" if "not_found" in code else "invalid")
