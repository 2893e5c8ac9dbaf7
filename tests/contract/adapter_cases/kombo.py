from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply


def ok(data: object) -> object:
    return {"status": "success", "data": data, "warnings": []}


def error(code: str) -> object:
    return {"status": "error", "error": {"code": code, "title": "Augusta", "message": "Augusta", "log_url": "x"}}


def page(*rows: object) -> object:
    return ok({"next": None, "results": list(rows)})


_MADE = {"id": "a1", "remote_id": "9", "job_id": "77", "candidate_id": "c1", "candidate": {"id": "c1", "source": None}}
_PERSON = {
    "id": "c1",
    "source": None,
    "email_addresses": [{"email_address": "Augusta@example.com", "type": "PRIVATE"}],
    "applications": [{"id": "a0", "job": {"id": "76"}}, {"id": "a1", "job": {"id": "77"}}],
}
_STRANGER = {
    "id": "c9",
    "email_addresses": [{"email_address": "g@example.com"}],
    "applications": [{"id": "x", "job": {"id": "77"}}],
}
_SHOWN = {"find application": reply(200, page(_STRANGER, _PERSON))}
_HIDDEN = {"find application": reply(200, page(_STRANGER))}
_NO_FILE = {"find attachment": reply(200, page({"id": "f0", "file_name": "cv.pdf"}))}
_HAS_FILE = {"find attachment": reply(200, page({"id": "f1", "file_name": f"FactoryFix {KEY}.pdf"}))}
_ATTACH = {"attach profile": reply(200, ok({}))}

CASE = Case(
    vendor="kombo",
    credentials={"api_key": "k-s3cr3t-canary", "integration_id": "greenhouse:s3cr3t-canary"},
    create=_HIDDEN | {"create application": reply(200, ok(_MADE))},
    sources={"create application": '"source":{"name":"FactoryFix"}'},
    receipt=Receipt(candidate_id="c1", application_id="a1", attribution="unverified"),
    adopt=_SHOWN | _NO_FILE | _ATTACH | {"find application again": _SHOWN["find application"]},
    adopted=Receipt(candidate_id="c1", application_id="a1", attribution="kept_existing", adopted=True),
    update=_NO_FILE | _ATTACH,
    check={
        "read candidates": reply(200, page()),
        "see job": reply(200, page({"id": "76", "status": "CLOSED"}, {"id": "77", "status": "OPEN"})),
    },
    looks={
        "create application": Look(found=_SHOWN, absent=_HIDDEN, proves=False),
        "attach profile": Look(found=_SHOWN | _HAS_FILE, absent=_SHOWN | _NO_FILE),
    },
    soft=(
        Soft(step="create application", reply=reply(400, error("ATS.APPLICATION_ALREADY_EXISTS")), means=None),
        Soft(step="create application", reply=reply(503, error("ATS.JOB_CLOSED")), means=JobClosed),
        Soft(step="create application", reply=reply(200, error("PLATFORM.RATE_LIMIT_EXCEEDED")), means=Transient),
        Soft(step="create application", reply=reply(400, error("PLATFORM.TASK_TIMED_OUT")), means=Unknown),
        Soft(step="create application", reply=reply(400, error("REMOTE.UNKNOWN_HTTP_ERROR")), means=Unknown),
        Soft(step="create application", reply=reply(400, error("REMOTE.SERVICE_UNAVAILABLE")), means=Transient),
        Soft(step="create application", reply=reply(400, error("REMOTE.RATE_LIMIT_EXCEEDED")), means=Transient),
        Soft(step="create application", reply=reply(503), means=Transient),
        Soft(step="find application", reply=reply(403, error("INTEGRATION.MODEL_DISABLED")), means=None),
        Soft(step="create application", reply=reply(400, error("REMOTE.INPUT_INVALID")), means=Permanent),
        Soft(step="create application", reply=reply(400, error("INTEGRATION.INACTIVE")), means=Unauthorized),
        Soft(step="create application", reply=reply(400, error("INTEGRATION.SETUP_SYNC_PENDING")), means=Transient),
        Soft(step="create application", reply=reply(422, error("Augusta Lovelace")), means=Permanent),
    ),
    own_statuses=frozenset({("create application", 503)}),
)
