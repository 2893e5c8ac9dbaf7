"""Any HTTP endpoint: one signed POST with the person, the job and the PDF; the receiver drops repeats by webhook-id.

Standard Webhooks 1.0 (spec/standard-webhooks.md in standard-webhooks/standard-webhooks@b2fa7b8, 2026-08-17):
`webhook-id` is the same on every attempt and the consumer's idempotency key; any 2xx is success; 410 means that the
endpoint wants no more; what is not 2xx, a 404 among it, is to be tried again for days. Ours: a receiver remembers the
ids it has taken for good (the specification's own example forgets after five minutes, we may repeat after days); one
that answers 422 with {"error": "job_closed"} says that the job takes no more applications; other refusals of the
content (400, 413, 415, 422, ...) go to a person at once, for the same bytes would be refused again. The
recommended `timestamp` of the event is not sent: a delivery knows no time, and its bytes are the same on every attempt.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import StandardWebhooks
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import document_or_none, json_bytes, text_at
from adapters.naming import file_name
from adapters.status import require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import JobClosed, Transient, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_TYPES: Final = {"create": "application.created", "update": "application.updated", "erase": "application.erased"}
_IDS: Final = {"candidate_id": "candidate_id", "application_id": "id", "attachment_id": "attachment_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = field(repr=False)  # the endpoint itself; its query may hold a token
    secret: str = field(repr=False)

    facts: ClassVar = VendorFacts(
        title="Webhook",
        capability="key",
        dedupe_key="header webhook-id, the delivery's key: the receiver remembers the ids it has taken, for good",
        max_pdf_bytes=20_000_000,
        attach_level="application",
        update="replace_pdf",
        erase="delete",
        source='data.source is always "FactoryFix"',
        silent="nothing is mailed by us; the receiver decides",
        read_back=False,
        rate_per_s=20.0,
        burst=40.0,
        email_required=False,
        max_name_chars=10_000,
        sources=("github.com/standard-webhooks/standard-webhooks@b2fa7b8, specification 1.0, 2026-08-17",),
    )

    def __post_init__(self) -> None:
        StandardWebhooks(secret=self.secret)

    def auth(self) -> Auth:
        return StandardWebhooks(secret=self.secret)

    def push(self, delivery: Delivery, /) -> Push:
        kept = yield self._event(delivery)
        return Receipt(
            candidate_id=kept.get("candidate_id"),
            application_id=kept.get("application_id"),
            attachment_id=kept.get("attachment_id"),
            attribution="set",
        )

    def find(self, delivery: Delivery, step: str, /) -> Find:  # noqa: ARG002 - the protocol's shape
        """A webhook cannot be asked. Its one step is safe to repeat, so nothing needs to be."""
        yield from ()
        raise Unknown(f"{step}: a webhook cannot be asked what it took")

    def check(self, ats_job_id: str | None, /) -> Check:  # noqa: ARG002 - the protocol's shape
        """Reads nothing: every POST to the endpoint is an event. Only `--write` shows that it is there."""
        yield from ()
        return (
            _secret_finding(StandardWebhooks(secret=self.secret)),
            Finding(what="endpoint", ok=True, detail="not called: only a synthetic delivery can show that it answers"),
        )

    def _event(self, delivery: Delivery) -> Call:
        return Call(
            step="deliver",
            method="POST",
            path="",
            headers={"Content-Type": "application/json", "webhook-id": delivery.key},
            body=json_bytes({"type": _TYPES[delivery.kind], "data": _data(delivery)}),
            read=_taken,
            repeat="safe",  # webhook-id is the receiver's idempotency key (specification 1.0, "Idempotency")
        )


def _secret_finding(signing: StandardWebhooks) -> Finding:
    if signing.is_long_enough:
        return Finding(what="signing secret", ok=True, detail="well-formed")
    remedy = "make a new secret of 24 random bytes or more"
    return Finding(what="signing secret", ok=False, detail="shorter than Standard Webhooks asks for", remedy=remedy)


def _data(delivery: Delivery) -> dict[str, Any]:
    return {
        "key": delivery.key,
        "application_id": delivery.application_id,
        "source": SOURCE,
        "profile_url": None if delivery.kind == "erase" else delivery.profile_url,
        "candidate": _candidate(delivery),
        "job": {"id": delivery.job_id, "title": delivery.job_title, "ats_job_id": delivery.ats_job_id},
        "attachment": _attachment(delivery),
    }


def _candidate(delivery: Delivery) -> dict[str, str | None]:
    """An erasure names them by our id alone."""
    person = delivery.person
    if delivery.kind == "erase":
        return {"id": person.candidate_id}
    return {
        "id": person.candidate_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
    }


def _attachment(delivery: Delivery) -> dict[str, str] | None:
    if delivery.pdf is None:
        return None
    return {
        "file_name": file_name(delivery),
        "content_type": "application/pdf",
        "sha256": delivery.pdf.sha256,
        "content_base64": base64.b64encode(delivery.pdf.content).decode(),
    }


def _taken(reply: Reply) -> Kept:
    """Any 2xx is success, whatever its body says; ids in it are kept where they can be read."""
    answer = document_or_none(reply)
    if reply.status == HTTPStatus.GONE:
        raise Unauthorized(f"{reply.step}: HTTP 410, the endpoint wants no more events")
    if reply.status == HTTPStatus.NOT_FOUND:
        raise Transient(f"{reply.step}: HTTP 404, the endpoint is not there at present")
    if reply.status == HTTPStatus.UNPROCESSABLE_ENTITY and text_at(answer, "error") == "job_closed":
        raise JobClosed(f"{reply.step}: HTTP 422, the job is closed")
    require_success(reply)
    ids = {ours: text_at(answer, theirs) for ours, theirs in _IDS.items()}
    return {name: value for name, value in ids.items() if value is not None}
