"""SmartRecruiters Candidate API: one call finds or makes the person and puts them on the job, then the PDF goes there.

Sources: RecruitiFi/smart_recruiters@bdccf379 (2024-07-17), a client generated from the vendor's own candidates-api,
configuration-api and jobs-api documents, with their texts; the same documents in konfig-dev/konfig@bec3d36b (2024-12);
help.merge.dev by ats.md: an address that is known is not made twice. Traps: `q` is a keyword search, so rows are
filtered here again; `jobId` would hide the person's other jobs; no application has an id of its own, (candidate, job)
is the key; a job kept from us answers 401, as wrong credentials do; a file that is there is a 400; without source the
ATS writes "API"; the search takes one request at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders
from adapters.base import Auth, Call, Check, Find, Push, Read, Reply
from adapters.body import at, document, document_or_none, list_at, number_at, rows, text_at, text_field
from adapters.calls import deleting, reading, unless_hidden, writing
from adapters.findings import finding_of, job_finding, listed_source, standing
from adapters.multipart import Part, multipart
from adapters.naming import clipped, field_names, file_name, require_pdf, require_placed, required_email, segment
from adapters.paging import Some
from adapters.status import error_of, require_success, unless_fresh
from schemas.delivery import SOURCE, Attribution, Delivery, Receipt
from schemas.errors import ConfigError, JobClosed, Permanent, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_PAGE: Final = 100
_MAX_PAGES: Final = 10
_MAX_SOURCE_TYPES: Final = 20
_CLOSED: Final = frozenset({"CANCELLED", "FILLED"})
_UNSAID: Final = frozenset({400, 401, 403, 404, 422})  # a source that is not taken must not hold the PDF back
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.smartrecruiters.com"
    api_key: str = field(repr=False)
    source_type_id: str = field(default="", repr=False)
    source_sub_type_id: str = field(default="", repr=False)
    source_id: str = field(default="", repr=False)

    facts: ClassVar = VendorFacts(
        title="SmartRecruiters",
        capability="lookup",
        dedupe_key="candidate by e-mail, application by (candidate, job), attachment by our key in its name",
        max_pdf_bytes=10_000_000,
        attach_level="application",
        update="add_pdf",
        erase="delete",
        source="sourceDetails of the candidate on the job: configured, or looked up by the name FactoryFix",
        silent="adding a candidate to a job by this API mails nobody",
        read_back=True,
        rate_per_s=5.0,
        burst=5.0,
        max_inflight=1,
        settle_s=300.0,
        sources=(
            "github.com/RecruitiFi/smart_recruiters@bdccf379, generated from the vendor's OpenAPI, 2024-07-17",
            "the vendor's OpenAPI documents in github.com/konfig-dev/konfig@bec3d36b, 2024-12-24: tried as a mock",
            "developers.smartrecruiters.com/docs/rate-limiting, by ats.md, 2026-11",
        ),
    )

    def __post_init__(self) -> None:
        if bool(self.source_type_id) != bool(self.source_id):
            raise ConfigError("smartrecruiters: credentials need source_type_id and source_id together, or neither")

    def auth(self) -> Auth:
        return FixedHeaders(values={"X-SmartToken": self.api_key})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return (yield from _erase(delivery))
        if delivery.kind == "update":
            return (yield from _attached(delivery, require_placed(delivery, "candidate_id", "application_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        placed = delivery.placed
        candidate = placed.candidate_id if placed else None
        if candidate is None:
            there = yield from _person(delivery)
            if step == "create candidate":
                return {"candidate_id": there["candidate_id"]} if "on_job" in there else None
            candidate = there.get("candidate_id")
        if candidate is None:
            raise Unknown(f"{step}: its candidate cannot be seen")
        job_id = (placed and placed.application_id) or delivery.ats_job_id
        return (yield _attachment(candidate, job_id, file_name(delivery))) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read candidates", "/candidates", standing, limit="1")
        source = yield from _listed_source(told=_strictly)
        found = (
            finding_of(people, "read candidates", remedy="make a new API key with the Candidate API switched on"),
            listed_source(source.get("sourceId"), configured=self.source_id, where="SmartRecruiters, Custom sources"),
        )
        if ats_job_id is None:
            return found
        job = yield reading("see job", f"/jobs/{segment(ats_job_id)}", _state_or_absent)
        state = job.get("state")
        return (*found, job_finding(state, is_open=state is not None and state not in _CLOSED))

    def _create(self, delivery: Delivery) -> Push:
        job = yield reading("see job", f"/jobs/{segment(delivery.ats_job_id)}", _state_if_shown)
        if job.get("state") in _CLOSED:
            raise JobClosed("the job is filled or cancelled in SmartRecruiters")
        source = yield from self._source()
        there = yield from _person(delivery)
        attribution: Attribution = "set" if source else "unsupported"
        if "on_job" in there:
            attribution, candidate = "kept_existing", there["candidate_id"]
        else:
            candidate = (yield self._create_candidate(delivery, source))["candidate_id"]
            if source and candidate == there.get("candidate_id"):  # they have a source of their own: say this one's too
                said = yield _set_source(candidate, delivery.ats_job_id, source)
                attribution = "set" if said else "kept_existing"
        placed = Receipt(
            candidate_id=candidate,
            application_id=delivery.ats_job_id,
            attribution=attribution,
            adopted=candidate == there.get("candidate_id"),
        )
        return (yield from _attached(delivery, placed))

    def _create_candidate(self, delivery: Delivery, source: Kept) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        body: Row = {
            "firstName": clipped(person.first_name, limit),
            "lastName": clipped(person.last_name, limit),
            "email": required_email(delivery),
        }
        if person.phone:
            body["phoneNumber"] = person.phone
        if source:
            body["sourceDetails"] = dict(source)
        return writing("create candidate", f"/jobs/{segment(delivery.ats_job_id)}/candidates", body, _created)

    def _source(self) -> Some:
        """The ids to send as sourceDetails; {} where there is no source named FactoryFix."""
        if self.source_id:
            ids = {"sourceTypeId": self.source_type_id, "sourceId": self.source_id}
            return ids | ({"sourceSubTypeId": self.source_sub_type_id} if self.source_sub_type_id else {})
        return (yield from _listed_source(told=_unless_refused))


def _listed_source(*, told: Callable[[Read], Read]) -> Some:
    """The ids of the source named FactoryFix; {} where there is none. `told`: what to make of values not shown."""
    kinds = yield reading("list source types", "/configuration/sources", _unless_refused(_source_types))
    for kind in filter(None, kinds.get("types", "").split("\n")):
        found = yield from _source_of(kind, told)
        if found:
            return found
    return {}


def _source_of(kind: str, told: Callable[[Read], Read]) -> Some:
    """A page may be shorter than was asked for; one that adds nothing is the last."""
    path, before = f"/configuration/sources/{segment(kind)}/values", 0
    for page in range(1, _MAX_PAGES + 1):
        step = f"list sources of {kind}" if page == 1 else f"list sources of {kind}, page {page}"
        read = partial(_named_source, kind, before)
        found = yield reading(step, path, told(read), limit=str(_PAGE), offset=str(before))
        if "more" not in found:
            return found
        before = int(found["more"])
    return {}


def _person(delivery: Delivery) -> Some:
    """{candidate_id, on_job if already on this job}; {} where no page of the search shows this address."""
    email = required_email(delivery)
    read = partial(_of_email, email, delivery.ats_job_id)
    call = reading("find candidate", "/candidates", read, q=email, limit=str(_PAGE))
    seen: Kept = {}
    asked: set[str] = set()
    for number in range(2, _MAX_PAGES + 2):
        kept = yield call
        if "on_job" in kept:
            return {"candidate_id": kept["candidate_id"], "on_job": "yes"}
        seen = seen or {name: value for name, value in kept.items() if name == "candidate_id"}
        following = kept.get("next_page")
        if following is None or following in asked:  # a page that names itself as the next one is the last
            return seen
        asked.add(following)
        step = f"find candidate, page {number}"
        call = reading(step, "/candidates", read, q=email, limit=str(_PAGE), pageId=following)
    raise Unknown(f"find candidate: more than {_MAX_PAGES} pages")


def _set_source(candidate_id: str, job_id: str, source: Kept) -> Call:
    """A PUT of one value; twice has the effect of once (RFC 9110 section 9.2.2)."""
    path = f"/candidates/{segment(candidate_id)}/jobs/{segment(job_id)}/source"
    return writing("set source", path, dict(source), _said, method="PUT", repeat="safe")


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    candidate, job_id = placed.candidate_id or "", placed.application_id or ""
    there: Kept = {}
    if placed.adopted or delivery.kind == "update":
        there = yield _attachment(candidate, job_id, file_name(delivery))
    if not there:
        there = yield _attach(delivery, candidate, job_id)
    return replace(placed, attachment_id=there["attachment_id"])


def _attach(delivery: Delivery, candidate_id: str, job_id: str) -> Call:
    """As a GENERIC_FILE: a RESUME would stand in for the one the employer has."""
    pdf = require_pdf(delivery)
    file = Part(name="file", content=pdf.content, file_name=file_name(delivery), media_type="application/pdf")
    content_type, body = multipart([Part(name="attachmentType", content=b"GENERIC_FILE"), file])
    return Call(
        step="attach profile",
        method="POST",
        path=_attachments(candidate_id, job_id),
        headers={"Content-Type": content_type, "Accept": "application/json"},
        body=body,
        read=_attached_to_new if delivery.kind == "create" else _attached_id,
    )


def _attachment(candidate_id: str, job_id: str, name: str) -> Call:
    return reading("find attachment", _attachments(candidate_id, job_id), partial(_named_file, name))


def _attachments(candidate_id: str, job_id: str) -> str:
    return f"/candidates/{segment(candidate_id)}/jobs/{segment(job_id)}/attachments"


def _erase(delivery: Delivery) -> Push:
    """Ours goes whole. Of a person the employer had before, only our PDF: the rest is the employer's to decide."""
    placed = delivery.placed or Receipt()
    if placed.candidate_id and not placed.adopted:
        yield deleting("delete candidate", f"/candidates/{segment(placed.candidate_id)}")
        return replace(placed, note=None)
    if placed.attachment_id:
        yield deleting("delete attachment", f"/candidates/attachments/{segment(placed.attachment_id)}")
    return replace(placed, note="erase_by_employer")


def _state(reply: Reply) -> Kept:
    return {"state": text_at(document(require_success(reply)), "status") or "OTHER"}


def _state_if_shown(reply: Reply) -> Kept:
    """{} also at a 401, "Job access denied": the next call tells whether it is the credentials."""
    return {} if reply.status == HTTPStatus.UNAUTHORIZED else unless_hidden(_state)(reply)


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _source_types(reply: Reply) -> Kept:
    """Their ids, one a line."""
    ids = [text_at(row, "id") for row in rows(require_success(reply), "content")]
    return {"types": "\n".join([kind for kind in ids if kind][:_MAX_SOURCE_TYPES])}


def _strictly(read: Read) -> Read:
    """For a preflight, which tells what is refused."""
    return read


def _unless_refused(read: Read) -> Read:
    """{} where a list of sources is refused, as for a type without values (400): it is only good to know."""
    return lambda reply: {} if reply.status == HTTPStatus.BAD_REQUEST else unless_hidden(read)(reply)


def _named_source(kind: str, before: int, reply: Reply) -> Kept:
    found = rows(require_success(reply), "content")
    for row in found:
        source_id = text_at(row, "id")
        if source_id and str(row.get("label", "")).strip().casefold() == SOURCE.casefold():
            sub_type = text_at(row, "sourceSubType", "id") or text_at(row, "sourceSubType")
            ids = {"sourceTypeId": kind, "sourceId": source_id}
            return ids | ({"sourceSubTypeId": sub_type} if sub_type else {})
    seen, total = before + len(found), number_at(document(reply), "totalFound") or 0
    return {"more": str(seen)} if found and seen < total else {}


def _of_email(email: str, job_id: str, reply: Reply) -> Kept:
    """Of the profiles with exactly this address, the one on this job, else the first; and where the next page is."""
    same = [row for row in rows(require_success(reply), "content") if _is_of(row, email)]
    on_job = [row for row in same if job_id in _jobs(row)]
    kept = {"candidate_id": str(text_at((on_job or same)[0], "id"))} if same else {}
    next_page = text_at(document(reply), "nextPageId")
    return kept | ({"on_job": "yes"} if on_job else {}) | ({"next_page": next_page} if next_page else {})


def _is_of(row: Row, email: str) -> bool:
    return text_at(row, "id") is not None and (text_at(row, "email") or "").casefold() == email.casefold()


def _jobs(row: Row) -> set[str | None]:
    others = {text_at(assignment, "job", "id") for assignment in list_at(row, "secondaryAssignments")}
    return others | {text_at(at(row, "primaryAssignment"), "job", "id")}


def _named_file(name: str, reply: Reply) -> Kept:
    for row in rows(require_success(reply), "content"):
        attachment = text_at(row, "id")
        if row.get("name") == name and attachment:
            return {"attachment_id": attachment}
    return {}


def _created(reply: Reply) -> Kept:
    return {"candidate_id": text_field(_accepted(reply), "id")}


def _attached_id(reply: Reply) -> Kept:
    return {"attachment_id": text_field(_accepted(reply), "id")}


def _attached_to_new(reply: Reply) -> Kept:
    return _attached_id(unless_fresh(reply))


def _said(reply: Reply) -> Kept:
    if reply.status in _UNSAID:
        return {}
    require_success(reply)
    return {"source": "said"}


def _accepted(reply: Reply) -> Reply:
    """Refusals are {errors: [{code, message}]}: the code of a document is shown, its message never."""
    if reply.ok:
        return reply
    codes = field_names(text_at(error, "code") for error in list_at(document_or_none(reply), "errors"))
    text = f"{reply.step}: HTTP {reply.status}"
    if reply.status == HTTPStatus.CONFLICT or "FILE_ALREADY_EXIST" in codes:
        raise Unknown(f"{text}, it seems to be there already")
    if reply.status == HTTPStatus.UNAUTHORIZED and "PERMISSION_DENIED" in codes:
        raise Permanent(f"{text}, the job is kept from us", code="not_found", fields=codes)
    if any("SOURCE" in code for code in codes):
        raise Permanent(f"{text}, the source is not taken", code="invalid", fields=codes)
    raise error_of(reply, fields=codes)
