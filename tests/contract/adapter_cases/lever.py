from schemas.delivery import Receipt
from schemas.errors import JobClosed
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

_JOB = {"see posting": reply(200, {"data": {"id": "77", "state": "published"}})}
_STRANGER = {"id": "o9", "contact": "c9", "emails": ["g@example.com"], "applications": [{"id": "x", "posting": "77"}]}
_OTHER_JOB = {"id": "o8", "contact": "c1", "emails": ["augusta@example.com"], "applications": [{"posting": "78"}]}
_OURS = {
    "id": "o1",
    "contact": "c1",
    "emails": ["Augusta@example.com"],
    "applications": [{"id": "a1", "posting": "77"}],
}
_NONE = {"find opportunity": reply(200, {"data": [_STRANGER, _OTHER_JOB], "hasNext": False})}
_THERE = {
    "find opportunity": reply(200, {"data": [_STRANGER, _OTHER_JOB], "hasNext": True, "next": "t1"}),
    "find opportunity, page 2": reply(200, {"data": [_OURS], "hasNext": False}),
}
_NO_FILE = {"find file": reply(200, {"data": [{"id": "f0", "name": "cv.pdf"}], "hasNext": False})}
_HAS_FILE = {"find file": reply(200, {"data": [{"id": "f1", "name": f"FactoryFix {KEY}.pdf"}], "hasNext": False})}
_ATTACH = {"attach profile": reply(201, {"data": {"id": "f1"}})}

CASE = Case(
    vendor="lever",
    credentials={"api_key": "k-s3cr3t-canary", "perform_as": "user-1"},
    create=_JOB
    | _NONE
    | _ATTACH
    | {"create opportunity": reply(201, {"data": {"id": "o1", "contact": "c1", "applications": ["a1"]}})},
    sources={"create opportunity": '"sources":["FactoryFix"]'},
    receipt=Receipt(candidate_id="c1", application_id="o1", attachment_id="f1", attribution="set"),
    adopt=_JOB | _THERE | _NO_FILE | _ATTACH,
    adopted=Receipt(
        candidate_id="c1", application_id="o1", attachment_id="f1", attribution="kept_existing", adopted=True
    ),
    update=_NO_FILE | _ATTACH,
    erase={"delete file": reply(204)},
    check=_JOB | {"read opportunities": reply(200, {"data": []}), "read perform_as": reply(200, {"data": {}})},
    looks={
        "create opportunity": Look(found=_THERE, absent=_NONE),
        "attach profile": Look(found=_THERE | _HAS_FILE, absent=_THERE | _NO_FILE),
    },
    soft=(
        Soft(step="see posting", reply=reply(200, {"data": {"state": "closed"}}), means=JobClosed),
        Soft(
            step="create opportunity",
            reply=reply(400, {"code": "BadRequestError", "message": "Posting is closed"}),
            means=JobClosed,
        ),
        Soft(
            step="create opportunity",
            reply=reply(201, {"deduped": True, "data": {"id": "o1", "contact": "c1"}}),
            means=None,
        ),
    ),
)
