from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

_USER = "58166795-8d68-4b30-9bfb-bfd402479484"
_JOB = "52bf9b5e-0beb-4f6f-8a72-cd4dca7ca633"
_OTHER_JOB = "7a2f1c0e-1111-4f6f-8a72-cd4dca7ca633"


def made(model: object, *warned: str) -> object:
    warnings = [problem("UNRECOGNIZED_FIELD", field) for field in warned]
    return {"model": model, "warnings": warnings, "errors": []}


def problem(kind: str, field: str | None = None, detail: str = "Augusta") -> object:
    told = {"title": "Augusta", "detail": detail, "problem_type": kind}
    return told if field is None else {**told, "source": {"pointer": f"/model/{field}"}}


def refused(kind: str, field: str | None = None, detail: str = "Augusta") -> object:
    return {"model": {}, "warnings": [], "errors": [problem(kind, field, detail)]}


def page(*rows: object) -> object:
    return {"next": None, "previous": None, "results": list(rows)}


_MADE = {"id": "a1", "remote_id": "98796", "candidate": "c1", "job": _JOB, "source": "FactoryFix"}
_BEFORE = {"id": "a0", "candidate": {"id": "c1"}, "job": {"id": _OTHER_JOB}, "source": "Referral"}
_PERSON = {"id": "c1", "email_addresses": [{"value": "Augusta@example.com", "email_address_type": "WORK"}]}
_KNOWN = {**_PERSON, "applications": [_BEFORE]}
_APPLIED = {**_PERSON, "applications": [_BEFORE, {**_MADE, "job": {"id": _JOB}}]}
_STRANGER = {"id": "c9", "email_addresses": [{"value": "g@example.com"}], "applications": [{"id": "x", "job": _JOB}]}
_OPEN = {"see job": reply(200, {"id": _JOB, "name": "CNC", "status": "OPEN"})}
_SHOWN = {"find candidate": reply(200, page(_STRANGER, _APPLIED))}
_HIDDEN = {"find candidate": reply(200, page(_STRANGER))}
_OLD_FILE = {"id": "f0", "file_name": "cv.pdf", "candidate": "c1"}
_NO_FILE = {"find file": reply(200, page(_OLD_FILE))}
_FILE = {"id": "f1", "file_name": f"FactoryFix CNC Machinist {KEY}.pdf", "candidate": "c1"}
_HAS_FILE = {"find file": reply(200, page(_OLD_FILE, _FILE))}
_ATTACH = {"attach profile": reply(201, made({**_FILE, "attachment_type": "RESUME"}))}
_AGAIN = {"find candidate again": reply(200, page(_STRANGER, _KNOWN))}
_OF_FOUND = {"create application of the candidate found": reply(201, made(_MADE))}
_STAGED = {
    "find first stage": reply(200, page({"id": "s9", "stage_order": None}, {"id": "s2", "stage_order": 2})),
    "create application in a stage": reply(201, made(_MADE)),
}

CASE = Case(
    vendor="merge",
    credentials={"api_key": "k-s3cr3t-canary", "account_token": "t-s3cr3t-canary", "remote_user_id": _USER},
    ats_job_id=_JOB,
    create=_OPEN | _HIDDEN | {"create application": reply(201, made(_MADE))} | _ATTACH,
    sources={"create application": '"source":"FactoryFix"'},
    receipt=Receipt(
        candidate_id="c1", application_id="a1", attachment_id="f1", attach_level="candidate", attribution="set"
    ),
    adopt=_OPEN | _SHOWN | _NO_FILE | _ATTACH | _AGAIN | _OF_FOUND | _STAGED,
    adopted=Receipt(
        candidate_id="c1",
        application_id="a1",
        attachment_id="f1",
        attach_level="candidate",
        attribution="kept_existing",
        adopted=True,
    ),
    update=_NO_FILE | _ATTACH,
    check={
        "see account": reply(200, {"id": "la1", "integration": "UKG Pro Recruiting", "status": "COMPLETE"}),
        "read candidates": reply(200, page()),
        "see user": reply(200, {"id": _USER, "disabled": False, "access_role": "ADMIN"}),
        "see file fields": reply(200, {"request_schema": {}, "status": {"can_make_request": True}}),
        "see job": _OPEN["see job"],
    },
    looks={
        "create application": Look(found=_SHOWN, absent=_HIDDEN, proves=False),
        "attach profile": Look(found=_SHOWN | _HAS_FILE, absent=_SHOWN | _NO_FILE, proves=False),
    },
    soft=(
        Soft(step="see job", reply=reply(200, {"id": _JOB, "status": "CLOSED"}), means=JobClosed),
        Soft(step="see job", reply=reply(200, {"id": _JOB, "status": "ARCHIVED"}), means=JobClosed),
        Soft(step="see job", reply=reply(200, {"id": _JOB, "status": None}), means=None),
        Soft(
            step="create application",
            reply=reply(400, refused("ERROR", detail="This posting is not open")),
            means=JobClosed,
        ),
        Soft(
            step="create application",
            reply=reply(201, refused("MODEL_WITH_DUPLICATE_UNIQUE_FIELD_EXISTS")),
            means=None,
        ),
        Soft(step="create application", reply=reply(400, refused("DUPLICATE_MODEL_EXISTS")), means=None),
        Soft(
            step="create application",
            reply=reply(400, refused("MISSING_REQUIRED_FIELD", "current_stage")),
            means=None,
        ),
        Soft(step="create application", reply=reply(400, refused("MISSING_REQUIRED_FIELD", "urls")), means=Permanent),
        Soft(step="create application", reply=reply(201, refused("INCORRECT_FIELD_TYPE", "job")), means=Permanent),
        Soft(step="create application", reply=reply(201, refused("RELINK_NEEDED")), means=Unauthorized),
        Soft(step="create application", reply=reply(400, refused("MISSING_PERMISSION")), means=Unauthorized),
        Soft(step="create application", reply=reply(400, refused("CREDENTIAL_REFRESH_FAILED")), means=Unauthorized),
        Soft(step="create application", reply=reply(401, refused("ERROR")), means=Unauthorized),
        Soft(step="create application", reply=reply(429, refused("MISSING_PERMISSION")), means=Transient),
        Soft(step="create application", reply=reply(201, refused("ERROR")), means=Unknown),
        Soft(step="create application", reply=reply(400, refused("ERROR")), means=Unknown),
        Soft(step="attach profile", reply=reply(400, refused("CORRUPTED_FILE", "file_url")), means=Permanent),
        Soft(step="attach profile", reply=reply(201, refused("CORRUPTED_FILE", "file_url")), means=Permanent),
        Soft(step="attach profile", reply=reply(201, made({"id": "f1"}, "file_url")), means=Permanent),
        Soft(step="attach profile", reply=reply(201, made({"id": "f1"}, "attachment_type")), means=None),
    ),
)
