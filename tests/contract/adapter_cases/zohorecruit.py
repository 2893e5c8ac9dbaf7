from typing import Any

from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply


def told(code: str, **details: Any) -> dict[str, Any]:
    status = "success" if code == "SUCCESS" else "error"
    return {"data": [{"code": code, "details": details, "message": "Augusta Lovelace", "status": status}]}


def found(*rows: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"data": list(rows), "info": {"count": len(rows), "more_records": more}}


_ID, _JOB_ID = "5394166000000379001", "5394166000000025015"
_JOB = {"see job": reply(200, {"data": [{"id": _JOB_ID, "Job_Opening_Status": "In-progress"}]})}
_PERSON = {"id": _ID, "Email": "Augusta@example.com", "Source": "Referral"}
_STRANGER = {"id": "5394166000000000009", "Email": "augusta@example.com.au", "Source": "FactoryFix"}
_NOBODY = {"find candidate": reply(204)}
_KNOWN = {"find candidate": reply(200, found(_STRANGER, _PERSON))}
_NO_FILE = {"find file": reply(200, found({"id": "1", "File_Name": "cv.pdf"}))}
_HAS_FILE = {
    "find file": reply(200, found({"id": "1", "File_Name": "cv.pdf"}, {"id": "7001", "File_Name": f"{KEY}.pdf"}))
}
_ATTACH = {"attach profile": reply(200, told("SUCCESS", id="7001", filename="x.pdf"))}
_AGAIN = {"error": [{"code": "ALREADY_ASSOCIATED", "details": {}, "message": "Augusta", "status": "error"}]}

CASE = Case(
    vendor="zohorecruit",
    credentials={
        "client_id": "i-s3cr3t-canary",
        "client_secret": "s-s3cr3t-canary",
        "refresh_token": "r-s3cr3t-canary",
    },
    ats_job_id=_JOB_ID,
    create=_JOB
    | _NOBODY
    | _ATTACH
    | {
        "create candidate": reply(200, {"data": [{**told("SUCCESS", id=_ID)["data"][0], "action": "insert"}]}),
        "add phone": reply(200, told("SUCCESS", id=_ID)),
        "associate": reply(200, told("SUCCESS", jobid=_JOB_ID, ids=f"[{_ID}]")),
    },
    sources={"create candidate": '"Source":"FactoryFix"'},
    receipt=Receipt(candidate_id=_ID, attachment_id="7001", attach_level="candidate", attribution="set"),
    adopt=_JOB | _KNOWN | _NO_FILE | _ATTACH | {"associate": reply(200, told("FAILURE", jobid=_JOB_ID, **_AGAIN))},
    adopted=Receipt(
        candidate_id=_ID, attachment_id="7001", attach_level="candidate", attribution="kept_existing", adopted=True
    ),
    update=_NO_FILE | _ATTACH,
    erase={
        "delete candidate": reply(200, told("SUCCESS", id=_ID)),
        "delete file": reply(200, told("SUCCESS", id="7001")),
    },
    check=_JOB | {"read candidates": reply(204), "search candidates": reply(204)},
    looks={"attach profile": Look(found=_KNOWN | _HAS_FILE, absent=_KNOWN | _NO_FILE)},
    says=('"trigger":[]', '"duplicate_check_fields":["Email"]', 'name="file"'),
    soft=(
        Soft(step="see job", reply=reply(200, {"data": [{"Job_Opening_Status": "Filled"}]}), means=JobClosed),
        Soft(step="see job", reply=reply(204), means=Permanent),
        Soft(step="create candidate", reply=reply(202, told("MANDATORY_NOT_FOUND", api_name="City")), means=Permanent),
        Soft(step="create candidate", reply=reply(401, {"code": "INVALID_TOKEN"}), means=Unauthorized),
        Soft(step="create candidate", reply=reply(200, told("TOO_MANY_REQUESTS")), means=Transient),
        Soft(step="add phone", reply=reply(202, told("NO_PERMISSION")), means=Unauthorized),
        Soft(step="add phone", reply=reply(202, told("DUPLICATE_DATA", api_name="Mobile")), means=None),
        Soft(step="associate", reply=reply(200, told("ALREADY_ASSOCIATED")), means=None),
        Soft(step="associate", reply=reply(200, told("BLOCKED_RECORD")), means=Permanent),
        Soft(
            step="associate",
            reply=reply(400, {"code": "FAILURE", "message": "the job opening is closed", "status": "error"}),
            means=JobClosed,
        ),
    ),
)
