from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unknown
from tests.contract.adapter_case import Case, Look, Soft, reply


def page(*rows: object, complete: bool = True) -> object:
    return {"paginationComplete": complete, "nextPageUrl": None, "applications": list(rows)}


_JOB = {"see job": reply(200, [{"id": 76, "status": {"label": "Filled"}}, {"id": 77, "status": {"label": "Open"}}])}
_STRANGER = {"id": 1, "applicant": {"id": 2, "email": "g@example.com"}, "job": {"id": 77}}
_OTHER_JOB = {"id": 3, "applicant": {"id": 118, "email": "augusta@example.com"}, "job": {"id": 78}}
_REASON = {"X_BambooHR_Error_Message": "The job opening is not accepting applications"}
_OURS = {"id": 61, "applicant": {"id": 118, "email": "Augusta@example.com"}, "job": {"id": 77}}
_NONE = {"find application": reply(200, page(_STRANGER, _OTHER_JOB))}
_NOWHERE = _NONE | {
    "look through applications": reply(200, page(_STRANGER, complete=False)),
    "look through applications, page 2": reply(200, page(_OTHER_JOB)),
}
_THERE = {
    "find application": reply(200, page(_STRANGER, _OTHER_JOB, complete=False)),
    "find application, page 2": reply(200, page()),
    "look through applications": reply(200, page(_STRANGER, complete=False)),
    "look through applications, page 2": reply(200, page(_OURS)),
}

CASE = Case(
    vendor="bamboohr",
    credentials={"api_key": "k-s3cr3t-canary"},
    base_url="https://acme.bamboohr.com/api/v1",
    create=_JOB | _NONE | {"create application": reply(200, {"result": "success", "candidateId": 61})},
    sources={"create application": 'name="source"\r\n\r\nFactoryFix\r\n'},
    receipt=Receipt(application_id="61", attribution="set"),
    check=_JOB | {"read applications": reply(200, page())},
    looks={"create application": Look(found=_THERE, absent=_NOWHERE)},
    soft=(
        Soft(step="see job", reply=reply(200, [{"id": 77, "status": {"label": "Canceled"}}]), means=JobClosed),
        Soft(step="see job", reply=reply(403), means=None),
        Soft(step="find application", reply=reply(200, page(_OURS)), means=Permanent),
        Soft(step="create application", reply=reply(429, None, Retry_After="40"), means=Transient),
        Soft(step="create application", reply=reply(503, None, Retry_After="40"), means=Unknown),
        Soft(step="create application", reply=reply(422, None, **_REASON), means=JobClosed),
        Soft(step="create application", reply=reply(422, {"message": "Job is closed"}), means=JobClosed),
    ),
    own_statuses=frozenset({("see job", 403), ("create application", 503)}),
)
