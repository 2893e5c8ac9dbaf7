from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

_HOST = "https://acme.workable.com/spi/v3"
_JOB = {"see job": reply(200, {"shortcode": "GROOV005", "state": "published"})}
_PERSON = {"id": "ce4da98", "email": "Augusta@example.com", "job": {"shortcode": "GROOV005"}}
_ELSEWHERE = {"id": "ce4da97", "email": "augusta@example.com", "job": {"shortcode": "GROOV006"}}
_STRANGER = {"id": "ce4da96", "email": "grace@example.com", "job": {"shortcode": "GROOV005"}}
_NOBODY = {"find candidate": reply(200, {"candidates": [_STRANGER, _ELSEWHERE], "paging": {}})}
_THERE = {
    "find candidate": reply(
        200,
        {"candidates": [_STRANGER], "paging": {"next": f"{_HOST}/candidates?limit=100&since_id=2"}},
    ),
    "find candidate, page 2": reply(200, {"candidates": [_PERSON]}),
}
_QUIET = {"find comment": reply(200, {"activities": [{"id": "a0", "action": "comment", "body": "Good"}]})}
_TOLD = {
    "find comment": reply(200, {"activities": [{"id": "a1", "action": "comment", "body": f"FactoryFix profile {KEY}"}]})
}
_ATTACH = {"attach profile": reply(201, {"id": "a1"})}

CASE = Case(
    vendor="workable",
    credentials={"access_token": "t-s3cr3t-canary", "member_id": "3247e8c7"},
    base_url=_HOST,
    ats_job_id="GROOV005",
    create=_JOB
    | _NOBODY
    | {"create candidate": reply(201, {"status": "created", "candidate": {"id": "ce4da98", "outlet": "SPI"}})},
    sources={"create candidate": '"tags":["FactoryFix"]'},
    receipt=Receipt(candidate_id="ce4da98", application_id="ce4da98", attribution="unsupported"),
    adopt=_JOB | _THERE | _QUIET | _ATTACH,
    adopted=Receipt(
        candidate_id="ce4da98",
        application_id="ce4da98",
        attachment_id="a1",
        attribution="kept_existing",
        adopted=True,
    ),
    update=_QUIET | _ATTACH,
    check=_JOB | {"read candidates": reply(200, {"candidates": []})},
    looks={
        "create candidate": Look(found=_THERE, absent=_NOBODY),
        "attach profile": Look(found=_THERE | _TOLD, absent=_THERE | _QUIET),
    },
    soft=(
        Soft(step="see job", reply=reply(200, {"shortcode": "GROOV005", "state": "archived"}), means=JobClosed),
        Soft(step="see job", reply=reply(200, {"shortcode": "GROOV005", "state": "draft"}), means=JobClosed),
        Soft(step="see job", reply=reply(200, {"shortcode": "GROOV005", "state": "closed"}), means=None),
        Soft(
            step="create candidate",
            reply=reply(422, {"error": "Validation failed", "validation_errors": {"job": ["Augusta"]}}),
            means=JobClosed,
        ),
        Soft(
            step="create candidate",
            reply=reply(422, {"error": "Validation failed", "validation_errors": {"email": ["Augusta"]}}),
            means=Permanent,
        ),
        Soft(
            step="create candidate",
            reply=reply(
                422, {"error": "Validation failed", "validation_errors": {"email": ["has already been taken"]}}
            ),
            means=Unknown,
        ),
        Soft(step="attach profile", reply=reply(200), means=None),
    ),
)
