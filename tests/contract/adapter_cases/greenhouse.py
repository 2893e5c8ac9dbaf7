from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

_PERSON = {"id": 501, "email_addresses": [{"value": "Augusta@Example.com", "type": "personal"}]}
_STRANGER = {"id": 9, "email_addresses": [{"value": "grace@example.com", "type": "work"}]}
_APPLICATION = {"id": 601, "candidate_id": 501, "job_id": 77, "status": "in_process"}
_FILE = {"id": 701, "application_id": 601, "filename": f"FactoryFix {KEY}.pdf", "type": "other"}
_JOB = {"see job": reply(200, [{"id": 77, "status": "open"}])}
_SOURCE = {"find source": reply(200, [{"id": 3, "name": "LinkedIn"}, {"id": 4, "name": "FactoryFix"}])}
_ATTACH = {"attach profile": reply(201, _FILE)}
_NOBODY = {"find candidate": reply(200, [_STRANGER])}
_OTHERS = [
    {"id": 2, "candidate_id": 9, "job_id": 77},
    {"id": 3, "candidate_id": 501, "job_id": 78},
    {"id": 4, "candidate_id": 501, "job_id": 77, "status": "converted", "prospect": True},
    {"candidate_id": 501, "job_id": 77},
]
_THERE = {
    "find candidate": reply(200, [_STRANGER, _PERSON]),
    "find application": reply(200, [*_OTHERS, _APPLICATION]),
}
_NOT_ON_JOB = _THERE | {"find application": reply(200, _OTHERS)}
_NO_FILE = {"find attachment": reply(200, [])}
_HAS_FILE = {"find attachment": reply(200, [{**_FILE, "id": 1, "filename": "other.pdf"}, _FILE])}

CASE = Case(
    vendor="greenhouse",
    credentials={"client_id": "id-s3cr3t-canary", "client_secret": "s3cr3t-canary"},
    create=_JOB
    | _SOURCE
    | _NOBODY
    | _ATTACH
    | {"create candidate": reply(201, {"candidate": {"id": 501}, "application": {"id": 601}})},
    sources={"create candidate": '"source_id":4'},
    receipt=Receipt(candidate_id="501", application_id="601", attachment_id="701", attribution="set"),
    adopt=_JOB | _SOURCE | _THERE | _NO_FILE | _ATTACH,
    adopted=Receipt(
        candidate_id="501", application_id="601", attachment_id="701", attribution="kept_existing", adopted=True
    ),
    update=_NO_FILE | _ATTACH,
    erase={"delete candidate": reply(204), "delete attachment": reply(204)},
    check=_JOB | _SOURCE | {"read candidates": reply(200, [_STRANGER])},
    looks={
        "create candidate": Look(found=_THERE, absent=_NOBODY | _JOB),
        "create application": Look(found=_THERE, absent=_NOT_ON_JOB | _JOB),
        "attach profile": Look(found=_THERE | _HAS_FILE, absent=_THERE | _NO_FILE | _JOB),
    },
    soft=(
        Soft(step="see job", reply=reply(200, [{"id": 77, "status": "closed"}]), means=JobClosed),
        Soft(step="see job", reply=reply(403), means=None),
        Soft(step="see job", reply=reply(404), means=None),
        Soft(step="find source", reply=reply(403), means=None),
        Soft(step="find source", reply=reply(404), means=None),
        Soft(step="create candidate", reply=reply(422, {"errors": [{"job_id": "is closed"}]}), means=JobClosed),
        Soft(step="create candidate", reply=reply(422, {"errors": ["Job is not open"]}), means=JobClosed),
        Soft(step="create candidate", reply=reply(422, {"errors": "Augusta"}), means=Permanent),
        Soft(step="create candidate", reply=reply(422, {"errors": ["candidate already applied"]}), means=Unknown),
        Soft(step="attach profile", reply=reply(404), means=Transient),
    ),
    own_statuses=frozenset(
        {(step, status) for step in ("see job", "find source") for status in (403, 404)} | {("attach profile", 404)}
    ),
    says=('"type":"other"', '"visibility":"public"'),
)
