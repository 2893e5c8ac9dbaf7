from schemas.delivery import Receipt
from schemas.errors import JobClosed, Transient, Unauthorized
from tests.contract.adapter_case import Case, Soft, reply

_TAKEN = reply(200, {"id": "a-9", "candidate_id": "c-9", "attachment_id": "f-9", "duplicate": False})

CASE = Case(
    vendor="webhook",
    credentials={"secret": "whsec_c2VjcmV0LWNhbmFyeS1zZWNyZXQtY2FuYXJ5"},
    base_url="https://hooks.example/in?code=1",
    create={"deliver": _TAKEN},
    sources={"deliver": '"source":"FactoryFix"'},
    receipt=Receipt(candidate_id="c-9", application_id="a-9", attachment_id="f-9", attribution="set"),
    update={"deliver": _TAKEN},
    erase={"deliver": _TAKEN},
    soft=(
        Soft(step="deliver", reply=reply(410), means=Unauthorized),
        Soft(step="deliver", reply=reply(404), means=Transient),
        Soft(step="deliver", reply=reply(422, {"error": "job_closed"}), means=JobClosed),
        Soft(step="deliver", reply=reply(204), means=None),
        Soft(step="deliver", reply=reply(202, "queued"), means=None),
    ),
    own_statuses=frozenset({("deliver", 404)}),
)
