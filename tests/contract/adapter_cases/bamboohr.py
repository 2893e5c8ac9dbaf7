from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Unknown
from tests.contract.adapter_case import Case, Look, Soft, reply


def page(*rows: object, complete: bool = True) -> object:
    return {"paginationComplete": complete, "nextPageUrl": None, "applications": list(rows)}


_JOB = {"see job": reply(200, [{"id": 76, "status": {"label": "Filled"}}, {"id": 77, "status": {"label": "Open"}}])}
_STRANGER = {"id": 1, "applicant": {"id": 2, "email": "g@example.com"}, "job": {"id": 77}}
_OTHER_JOB = {"id": 3, "applicant": {"id": 61, "email": "augusta@example.com"}, "job": {"id": 78}}
_OURS = {"id": 601, "applicant": {"id": 61, "email": "Augusta@example.com"}, "job": {"id": 77}}
_NONE = {"find application": reply(200, page(_STRANGER, _OTHER_JOB))}
_THERE = {
    "find application": reply(200, page(_STRANGER, _OTHER_JOB, complete=False)),
    "find application, page 2": reply(200, page(_OURS)),
}

CASE = Case(
    vendor="bamboohr",
    credentials={"api_key": "k-s3cr3t-canary"},
    base_url="https://acme.bamboohr.com/api/v1",
    create=_JOB | _NONE | {"create application": reply(200, {"result": "success", "candidateId": 61})},
    sources={"create application": 'name="source"\r\n\r\nFactoryFix\r\n'},
    receipt=Receipt(candidate_id="61", attribution="set"),
    check=_JOB | {"read applications": reply(200, page())},
    looks={"create application": Look(found=_THERE, absent=_NONE)},
    soft=(
        Soft(step="see job", reply=reply(200, [{"id": 77, "status": {"label": "Canceled"}}]), means=JobClosed),
        Soft(step="see job", reply=reply(403), means=None),
        Soft(step="find application", reply=reply(200, page(_OURS)), means=Permanent),
        Soft(step="create application", reply=reply(429), means=Permanent),
        Soft(step="create application", reply=reply(503), means=Unknown),
        Soft(step="create application", reply=reply(422, {"message": "Job is closed"}), means=JobClosed),
    ),
    own_statuses=frozenset({("see job", 403), ("create application", 429)}),
)
