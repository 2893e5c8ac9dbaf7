from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply


def ok(results: object, **more: object) -> object:
    return {"success": True, "results": results, **more}


def refused(code: str, message: str = "Augusta") -> object:
    return {"success": False, "errors": [code], "errorInfo": {"code": code, "message": message, "requestId": "r"}}


_NAME = f"FactoryFix CNC Machinist {KEY}.pdf"
_PERSON = {"id": "c1", "primaryEmailAddress": {"value": "Augusta@example.com"}, "applicationIds": ["a0", "a1"]}
_STRANGER = {"id": "c9", "primaryEmailAddress": {"value": "g@example.com"}, "applicationIds": ["a9"]}
_JOB = {"see job": reply(200, ok({"id": "77", "status": "Open"}))}
_SOURCE = {
    "find source": reply(200, ok([{"id": "s0", "title": "LinkedIn"}], moreDataAvailable=True, nextCursor="n")),
    "find source, page 2": reply(
        200,
        ok(
            [{"id": "s9", "title": "FactoryFix", "isArchived": True}, {"id": "s1", "title": "FactoryFix"}],
            moreDataAvailable=False,
        ),
    ),
}
_NOBODY = {"find candidate": reply(200, ok([_STRANGER]))}
_KNOWN = {"find candidate": reply(200, ok([_STRANGER, _PERSON]))}
_APPLIED = _KNOWN | {
    "see application 1": reply(200, ok({"id": "a0", "job": {"id": "76"}})),
    "see application 2": reply(200, ok({"id": "a1", "job": {"id": "77"}, "candidate": {"id": "c1"}})),
}
_NOT_APPLIED = _APPLIED | {"see application 2": reply(200, ok({"id": "a1", "job": {"id": "75"}}))}
_NO_FILE = {"find file": reply(200, ok({"id": "c1", "fileHandles": [{"id": "f0", "name": "cv.pdf"}]}))}
_HAS_FILE = {"find file": reply(200, ok({"id": "c1", "fileHandles": [{"id": "f1", "name": _NAME}]}))}
_ATTACH = {
    "get upload handle": reply(200, ok({"handle": "h1", "url": "https://store.example/u", "fields": {"key": "k"}})),
    "upload file": reply(204),
    "attach profile": reply(200, ok({"id": "c1"})),
}

CASE = Case(
    vendor="ashby",
    credentials={"api_key": "k-s3cr3t-canary"},
    create=_JOB
    | _SOURCE
    | _NOBODY
    | _ATTACH
    | {
        "create candidate": reply(200, ok({"id": "c1"})),
        "create application": reply(200, ok({"id": "a1"})),
    },
    sources={"create candidate": '"sourceId":"s1"', "create application": '"sourceId":"s1"'},
    receipt=Receipt(candidate_id="c1", application_id="a1", attach_level="candidate", attribution="set"),
    adopt=_JOB | _SOURCE | _APPLIED | _NO_FILE | _ATTACH,
    adopted=Receipt(
        candidate_id="c1", application_id="a1", attach_level="candidate", attribution="kept_existing", adopted=True
    ),
    update=_NO_FILE | _ATTACH,
    check=_JOB | _SOURCE | {"read candidates": reply(200, ok([]))},
    looks={
        "create candidate": Look(found=_KNOWN, absent=_NOBODY),
        "create application": Look(found=_APPLIED, absent=_NOT_APPLIED),
        "attach profile": Look(found=_APPLIED | _HAS_FILE, absent=_APPLIED | _NO_FILE),
    },
    soft=(
        Soft(step="see job", reply=reply(200, ok({"id": "77", "status": "Closed"})), means=JobClosed),
        Soft(step="create application", reply=reply(200, refused("job_closed", "the job is closed")), means=JobClosed),
        Soft(step="create candidate", reply=reply(200, refused("missing_endpoint_permission")), means=Unauthorized),
        Soft(step="create candidate", reply=reply(200, refused("rate_limit_exceeded")), means=Transient),
        Soft(step="create application", reply=reply(200, refused("candidate_not_found")), means=Permanent),
        Soft(step="create application", reply=reply(200, refused("application_already_exists")), means=Unknown),
        Soft(step="create application", reply=reply(200, {"success": False, "errors": ["Augusta"]}), means=Permanent),
        Soft(step="upload file", reply=reply(403), means=Transient),
        Soft(step="get upload handle", reply=reply(404), means=None),
        Soft(step="find source", reply=reply(200, refused("missing_endpoint_permission")), means=None),
    ),
    own_statuses=frozenset(
        ("upload file", status) for status in (301, 302, 303, 307, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422)
    )
    | frozenset(("upload file", status) for status in (500, 502, 503, 504, 520))
    | {("get upload handle", 404)},
    read_posts=(
        "/job.info",
        "/candidate.search",
        "/candidate.info",
        "/candidate.list",
        "/application.info",
        "/source.list",
        "/file.createFileUploadHandle",
    ),
    prepared=("get upload handle", "upload file"),
)
