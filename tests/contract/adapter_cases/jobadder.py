from schemas.delivery import Receipt
from schemas.errors import JobClosed, Transient
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

_CONFLICT = reply(409, {"message": "Candidate with this email already exists"}, X_Allow_Duplicates="code")
_PERSON = {"candidateId": 501, "email": "Augusta@example.com", "source": "Seek"}
_APPLICATION = {"applicationId": 601, "candidate": {"candidateId": 501}, "job": {"jobId": 77}, "source": "Seek"}
_FILE = {"attachmentId": 701, "fileName": f"FactoryFix {KEY}.pdf"}
_JOB = {"see job": reply(200, {"jobId": 77, "status": {"statusId": 1, "name": "Open", "active": True}})}
_ATTACH = {"attach profile": reply(201, _FILE)}
_STRANGER = {"candidateId": 9, "email": "augusta@example.com.au", "source": "FactoryFix"}
_OTHERS = [
    {"applicationId": 2, "candidate": {"candidateId": 9}, "job": {"jobId": 77}},
    {"applicationId": 3, "candidate": {"candidateId": 501}, "job": {"jobId": 78}},
]
_THERE = {
    "find candidate": reply(200, {"items": [_STRANGER, _PERSON], "totalCount": 2}),
    "find application": reply(200, {"items": [*_OTHERS, _APPLICATION], "totalCount": 3}),
}
_NO_FILE = {"find attachment": reply(200, {"items": [], "totalCount": 0})}
_HAS_FILE = {"find attachment": reply(200, {"items": [{"attachmentId": 2, "fileName": "cv.pdf"}, _FILE]})}

CASE = Case(
    vendor="jobadder",
    credentials={"client_id": "id-s3cr3t-canary", "client_secret": "s3cr3t-canary", "refresh_token": "r-s3cr3t-canary"},
    create=_JOB
    | _ATTACH
    | {
        "create candidate": reply(201, {"candidateId": 501}),
        "create application": reply(201, {"items": [_APPLICATION], "totalCount": 1}),
    },
    sources={"create candidate": '"source":"FactoryFix"', "create application": '"source":"FactoryFix"'},
    receipt=Receipt(candidate_id="501", application_id="601", attachment_id="701", attribution="set"),
    adopt=_JOB
    | _THERE
    | _NO_FILE
    | _ATTACH
    | {"create candidate": _CONFLICT, "create application": reply(409, {"message": "Candidate already exists"})},
    adopted=Receipt(
        candidate_id="501", application_id="601", attachment_id="701", attribution="kept_existing", adopted=True
    ),
    update=_NO_FILE | _ATTACH,
    erase={"remove candidate": reply(204)},
    check=_JOB | {"read the user": reply(200, {"userId": 1}), "read candidates": reply(200, {"items": []})},
    says=('name="fileData"',),
    looks={"attach profile": Look(found=_THERE | _HAS_FILE, absent=_THERE | _NO_FILE)},
    soft=(
        Soft(step="see job", reply=reply(200, {"jobId": 77, "status": {"active": False}}), means=JobClosed),
        Soft(step="create application", reply=reply(404), means=Transient),
        Soft(step="attach profile", reply=reply(404), means=Transient),
    ),
    own_statuses=frozenset(
        {("create candidate", 409), ("create application", 409), ("create application", 404), ("attach profile", 404)}
    ),
)
