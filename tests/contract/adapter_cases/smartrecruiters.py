from adapters.base import Reply
from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply


def refused(status: int, code: str) -> Reply:
    return reply(status, {"message": "Augusta", "errors": [{"code": code, "message": "Augusta"}]})


_PERSON = {
    "id": "c-1",
    "email": "Augusta@Example.com",
    "primaryAssignment": {"job": {"id": "70"}, "status": "NEW"},
    "secondaryAssignments": [{"job": {"id": "77"}}],
}
_STRANGER = {"id": "c-9", "email": "grace@example.com", "primaryAssignment": {"job": {"id": "77"}}}
_FILE = {"id": "f-1", "name": f"FactoryFix {KEY}.pdf", "type": "GENERIC_FILE"}
_JOB = {"see job": reply(200, {"id": "77", "status": "SOURCING"})}
_SOURCE = {
    "list source types": reply(200, {"content": [{"id": "JOB_BOARD"}, {"id": "CUSTOM"}], "totalFound": 2}),
    "list sources of JOB_BOARD": reply(200, {"content": [{"id": "s-1", "label": "LinkedIn"}]}),
    "list sources of CUSTOM": reply(200, {"content": [{"id": "s-2", "label": "FactoryFix"}]}),
}
_REFUSED = (400, 403, 404)
_ATTACH = {"attach profile": reply(201, _FILE)}
_NOBODY = {"find candidate": reply(200, {"content": [_STRANGER], "totalFound": 1})}
_THERE = {
    "find candidate": reply(200, {"content": [_STRANGER], "nextPageId": "p2", "totalFound": 101}),
    "find candidate, page 2": reply(200, {"content": [_PERSON], "totalFound": 101}),
}
_ELSEWHERE = {"find candidate": reply(200, {"content": [{**_PERSON, "secondaryAssignments": []}]})}
_NO_FILE = {"find attachment": reply(200, {"content": [{"id": "f-0", "name": "cv.pdf"}], "totalFound": 1})}
_HAS_FILE = {"find attachment": reply(200, {"content": [{"id": "f-0", "name": "cv.pdf"}, _FILE]})}

CASE = Case(
    vendor="smartrecruiters",
    credentials={"api_key": "k-s3cr3t-canary"},
    create=_JOB | _SOURCE | _NOBODY | _ATTACH | {"create candidate": reply(201, {"id": "c-1"})},
    sources={"create candidate": '"sourceId":"s-2"'},
    receipt=Receipt(candidate_id="c-1", application_id="77", attachment_id="f-1", attribution="set"),
    adopt=_JOB | _SOURCE | _THERE | _NO_FILE | _ATTACH,
    adopted=Receipt(
        candidate_id="c-1", application_id="77", attachment_id="f-1", attribution="kept_existing", adopted=True
    ),
    update=_NO_FILE | _ATTACH,
    erase={"delete candidate": reply(204), "delete attachment": reply(204)},
    check=_JOB | _SOURCE | {"read candidates": reply(200, {"content": []})},
    looks={
        "create candidate": Look(found=_THERE, absent=_ELSEWHERE),
        "attach profile": Look(found=_THERE | _HAS_FILE, absent=_THERE | _NO_FILE),
    },
    soft=(
        Soft(step="see job", reply=reply(200, {"id": "77", "status": "CANCELLED"}), means=JobClosed),
        Soft(step="see job", reply=reply(200, {"id": "77", "status": "FILLED"}), means=JobClosed),
        Soft(step="see job", reply=reply(403), means=None),
        Soft(step="see job", reply=reply(404), means=None),
        *(Soft(step=step, reply=reply(status), means=None) for step in _SOURCE for status in _REFUSED),
        Soft(step="attach profile", reply=reply(400, {"errors": [{"code": "FILE_ALREADY_EXIST"}]}), means=Unknown),
        Soft(step="attach profile", reply=reply(400, {"errors": [{"code": "INVALID_FILE"}]}), means=Permanent),
        Soft(
            step="create candidate",
            reply=reply(422, {"errors": [{"code": "X", "message": "Augusta"}]}),
            means=Permanent,
        ),
        Soft(step="see job", reply=refused(401, "PERMISSION_DENIED"), means=None),
        Soft(step="create candidate", reply=refused(401, "PERMISSION_DENIED"), means=Permanent),
        Soft(step="create candidate", reply=refused(401, "UNAUTHORIZED"), means=Unauthorized),
        Soft(step="create candidate", reply=refused(404, "SOURCE_TYPE_NOT_FOUND"), means=Permanent),
        Soft(step="create candidate", reply=refused(409, "X"), means=Unknown),
        Soft(step="attach profile", reply=refused(400, "FILE_ALREADY_EXIST"), means=Unknown),
        Soft(step="attach profile", reply=refused(409, "X"), means=Unknown),
        Soft(step="attach profile", reply=refused(400, "INVALID_FILE"), means=Permanent),
        Soft(step="attach profile", reply=refused(404, "JOB_NOT_FOUND"), means=Transient),
    ),
    own_statuses=frozenset((step, status) for step in _SOURCE for status in _REFUSED)
    | {("see job", status) for status in (401, 403, 404)}
    | {("create candidate", 409), ("attach profile", 404), ("attach profile", 409)},
)
