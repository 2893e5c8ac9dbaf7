from schemas.delivery import Receipt
from schemas.errors import JobClosed, Permanent, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, Case, Look, Soft, reply

NAME = f"FactoryFix CNC Machinist {KEY}.pdf"


def one(kind: str, row_id: str, **attributes: object) -> object:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return {"data": {"id": row_id, "type": kind, "attributes": named}}


def page(*rows: object, following: str | None = None) -> object:
    links = {"first": "https://api.teamtailor.com/v1/x?page%5Bnumber%5D=1"}
    return {"data": list(rows), "links": links | ({"next": following} if following else {})}


def person(row_id: str, email: str) -> object:
    return {"id": row_id, "type": "candidates", "attributes": {"email": email, "first-name": "Augusta"}}


def application(row_id: str, job: str, site: str | None = None) -> object:
    related = {"job": {"data": {"type": "jobs", "id": job}}}
    attributes = {"referring-site": site}
    return {"id": row_id, "type": "job-applications", "attributes": attributes, "relationships": related}


def upload(row_id: str, name: str, url: str | None) -> object:
    return {"id": row_id, "type": "uploads", "attributes": {"file-name": name, "url": url, "internal": False}}


def refused(pointer: str, detail: str, status: int = 422) -> object:
    told = {"title": "Augusta", "detail": detail, "code": "100", "status": str(status)}
    return {"errors": [{**told, "source": {"pointer": f"/data/{pointer}"}}]}


TAKEN = reply(422, refused("attributes/email", "email - has already been taken"))
_OPEN = {"see job": reply(200, one("jobs", "77", status="open", human_status="expired"))}
_STRANGER = person("c9", "g@example.com")
_HIDDEN = {"find candidate": reply(200, page(_STRANGER))}
_SHOWN = {"find candidate": reply(200, page(_STRANGER, person("c1", "Augusta@example.com")))}
_UNLINKED = {"id": "a8", "type": "job-applications", "relationships": {"job": {"links": {}}}}
_NOT_ON_JOB = {"find application": reply(200, page(application("a0", "76"), _UNLINKED))}
_ON_JOB = {"find application": reply(200, page(application("a0", "76"), application("a1", "77", "FactoryFix")))}
_OLD_FILE = upload("f0", "cv.pdf", "https://files.example/cv.pdf")
_BROKEN = upload("f8", NAME, None)
_NO_FILE = {"find file": reply(200, page(_OLD_FILE, _BROKEN))}
_HAS_FILE = {"find file": reply(200, page(_OLD_FILE, _BROKEN, upload("f1", NAME, "https://files.example/p.pdf")))}
_STORED = one("uploads", "f1", file_name=NAME, url="https://files.example/p.pdf", internal=False)
_ATTACH = {"attach profile": reply(201, _STORED)}
_APPLIED = one("job-applications", "a1", referring_site="FactoryFix", sourced=True)

CASE = Case(
    vendor="teamtailor",
    credentials={"api_key": "k-s3cr3t-canary"},
    create=_OPEN
    | _HIDDEN
    | {"create candidate": reply(201, one("candidates", "c1", email="augusta@example.com"))}
    | {"create application": reply(201, _APPLIED)}
    | _ATTACH,
    sources={
        "create candidate": '"tags":["FactoryFix"]',
        "create application": '"referring-url":"https://www.factoryfix.com/"',
    },
    says=('"unsubscribed":true', '"send-welcome-message":false', '"send-default-reply":false'),
    receipt=Receipt(
        candidate_id="c1", application_id="a1", attachment_id="f1", attach_level="candidate", attribution="set"
    ),
    adopt=_OPEN
    | _SHOWN
    | _ON_JOB
    | _NO_FILE
    | _ATTACH
    | {"find candidate again": _SHOWN["find candidate"], "find application again": _ON_JOB["find application"]},
    adopted=Receipt(
        candidate_id="c1",
        application_id="a1",
        attachment_id="f1",
        attach_level="candidate",
        attribution="kept_existing",
        adopted=True,
    ),
    update=_NO_FILE | _ATTACH,
    check={"read candidates": reply(200, page()), "see job": _OPEN["see job"]},
    looks={
        "create candidate": Look(found=_SHOWN, absent=_HIDDEN),
        "create application": Look(found=_SHOWN | _ON_JOB, absent=_SHOWN | _NOT_ON_JOB),
        "attach profile": Look(found=_SHOWN | _HAS_FILE, absent=_SHOWN | _NO_FILE),
    },
    soft=(
        Soft(step="see job", reply=reply(200, one("jobs", "77", status="archived")), means=JobClosed),
        Soft(step="see job", reply=reply(200, one("jobs", "77", status="draft")), means=JobClosed),
        Soft(step="see job", reply=reply(200, one("jobs", "77", status="unlisted")), means=None),
        Soft(step="create candidate", reply=TAKEN, means=None),
        Soft(
            step="create candidate",
            reply=reply(500, refused("attributes/email", "email - has already been taken", 500)),
            means=Unknown,
        ),
        Soft(
            step="create candidate",
            reply=reply(422, refused("attributes/email", "email - is invalid")),
            means=Permanent,
        ),
        Soft(step="create candidate", reply=reply(403, refused("", "Augusta", 403)), means=Unauthorized),
        Soft(
            step="create application",
            reply=reply(422, refused("relationships/candidate", "candidate - has already been taken")),
            means=None,
        ),
        Soft(step="attach profile", reply=reply(201, one("uploads", "f1", url=None)), means=Unknown),
        Soft(step="attach profile", reply=reply(201, one("uploads", "f1")), means=Unknown),
        Soft(step="attach profile", reply=reply(422, refused("attributes/url", "Augusta")), means=Permanent),
    ),
)
