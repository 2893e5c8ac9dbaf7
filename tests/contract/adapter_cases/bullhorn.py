from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Unauthorized
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

_OPEN = {"data": {"id": 77, "isOpen": True, "isDeleted": False}}
_JOB = {"see job": reply(200, _OPEN, Date="Mon, 23 Nov 2026 12:00:00 GMT")}
_STRANGER = {"id": 9, "email": "g@example.com"}
_PERSON = {"id": 501, "email": "old@example.com", "email2": "Augusta@example.com"}
_NOBODY = {"find candidate": reply(200, {"data": [_STRANGER]})}
_KNOWN = {"find candidate": reply(200, {"data": [_STRANGER, _PERSON]})}
_ON_JOB = {"id": 601, "candidate": {"id": 501}, "jobOrder": {"id": 77}}
_THERE = _KNOWN | {"find submission": reply(200, {"data": [_ON_JOB]})}
_NOT_ON_JOB = _KNOWN | {"find submission": reply(200, {"data": [{**_ON_JOB, "jobOrder": {"id": 78}}]})}
_NO_FILE = {"find file": reply(200, {"data": [{"id": 1, "name": "cv.pdf", "externalID": "portfolio"}]})}
_HAS_FILE = {"find file": reply(200, {"data": [{"id": 701, "name": "x.pdf", "externalID": KEY}]})}
_ATTACH = {"attach profile": reply(200, {"fileId": 701})}

CASE = Case(
    vendor="bullhorn",
    credentials={
        "client_id": "i-s3cr3t-canary",
        "client_secret": "s-s3cr3t-canary",
        "refresh_token": "r-s3cr3t-canary",
    },
    create=_JOB
    | _NOBODY
    | _ATTACH
    | {
        "create candidate": reply(200, {"changedEntityId": 501, "changeType": "INSERT"}),
        "create submission": reply(200, {"changedEntityId": 601, "changeType": "INSERT"}),
    },
    sources={"create candidate": '"source":"FactoryFix"', "create submission": '"source":"FactoryFix"'},
    receipt=Receipt(
        candidate_id="501", application_id="601", attachment_id="701", attach_level="candidate", attribution="set"
    ),
    adopt=_JOB | _THERE | _NO_FILE | _ATTACH,
    adopted=Receipt(
        candidate_id="501",
        application_id="601",
        attachment_id="701",
        attach_level="candidate",
        attribution="kept_existing",
        adopted=True,
    ),
    update=_NO_FILE | _ATTACH,
    erase={"delete file": reply(200, {"fileId": 701, "changeType": "DELETE"})},
    check=_JOB | {"read candidates": reply(200, {"data": []})},
    looks={
        "create candidate": Look(found=_KNOWN, absent=_NOBODY),
        "create submission": Look(found=_THERE, absent=_NOT_ON_JOB),
        "attach profile": Look(found=_THERE | _HAS_FILE, absent=_THERE | _NO_FILE),
    },
    soft=(
        Soft(step="see job", reply=reply(200, {"data": {"id": 77, "isOpen": False}}), means=JobClosed),
        Soft(step="create candidate", reply=reply(412), means=Unauthorized),
        Soft(
            step="create submission",
            reply=reply(400, {"errorMessage": "job order is closed", "errors": []}),
            means=JobClosed,
        ),
        Soft(
            step="create candidate",
            reply=reply(400, {"errorMessage": "Augusta", "errors": [{"propertyName": "email", "type": "x"}]}),
            means=Permanent,
        ),
    ),
)
