from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized
from tests.contract.adapter_case import Case, Soft, reply


def refusal(reason: str, field: str = "data") -> object:
    return {"errors": [{"field": field, "errors": [{"reason": reason, "context": {"email": "Augusta"}}]}]}


_UUID = "66121e48-2a2d-4158-a21d-f36c3453df1a"
_UPLOADED = {"uuid": _UUID, "size": 28, "mimetype": "application/pdf", "original_filename": "p.pdf", "extension": "pdf"}

CASE = Case(
    vendor="personio",
    credentials={"token": "t-s3cr3t-canary", "company_id": "12345", "recruiting_channel_id": "9"},
    create={"upload profile": reply(200, _UPLOADED), "create application": reply(201)},
    sources={"create application": '"recruiting_channel_id":9'},
    receipt=Receipt(attribution="set"),
    prepared=("upload profile",),
    check={"try the credentials": reply(400, refusal("errors.attribute-validation.required-attribute"))},
    soft=(
        Soft(
            step="create application", reply=reply(400, refusal("errors.job-position.not-published")), means=JobClosed
        ),
        Soft(step="create application", reply=reply(400, refusal("errors.applicant-already-exists")), means=Permanent),
        Soft(step="create application", reply=reply(400, refusal("errors.file-too-big", "files")), means=Permanent),
        Soft(
            step="create application",
            reply=reply(400, refusal("errors.file-validation.file-not-exists", "files")),
            means=Transient,
        ),
        Soft(
            step="create application",
            reply=reply(400, refusal("errors.posting-validation.channel-not-found", "recruiting_channel_id")),
            means=Permanent,
        ),
        Soft(step="create application", reply=reply(400, refusal("feature.recruiting.disabled")), means=Unauthorized),
        Soft(
            step="create application", reply=reply(400, {"errors": [{"status": "400", "title": "x"}]}), means=Permanent
        ),
    ),
    read_posts=("/v1/recruiting/applications",),  # the preflight's empty application, refused by design
)
