"""Any HTTP endpoint that takes signed webhooks: five minutes of tolerance, one effect per id.

Facts: the Standard Webhooks specification (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md,
read 2026-11): headers webhook-id, webhook-timestamp and webhook-signature; HMAC-SHA256 over `id.timestamp.body`;
the signature header is a space-separated list; the id is the idempotency key; any 2xx is success. The body is ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, choice, nullable, record, text
from adapters.sandbox.store import Account, Application, Candidate, Upload, sha256_of
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep
from adapters.sandbox.wire import Answer, Refused, as_json

TOLERANCE_S: Final = 300
SECRET: Final = "whsec_" + base64.b64encode(b"ats-sync sandbox: not a secret at all").decode("ascii")
KINDS: Final = ("application.created", "application.updated", "application.erased")

_CANDIDATE: Final = record(
    {"id": text(), "first_name": text(), "last_name": text()},
    {"email": nullable(text()), "phone": nullable(text())},
    open_ended=True,
)
_JOB: Final = record({"id": text(), "ats_job_id": text()}, {"title": text(empty=True)}, open_ended=True)
_FILE: Final = record({"file_name": text(), "content_base64": text()}, {"sha256": text()}, open_ended=True)
_DATA: Final = record(
    {"key": text(), "application_id": text(), "source": text(), "candidate": _CANDIDATE, "job": _JOB},
    {"attachment": nullable(_FILE), "profile_url": nullable(text())},
    open_ended=True,
)
_MESSAGE: Final = record({"type": choice(*KINDS), "data": _DATA}, {"timestamp": text()}, open_ended=True)
_ERASED: Final = record(
    {"key": text(), "application_id": text(), "candidate": record({"id": text()}, {}, open_ended=True)},
    {},
    open_ended=True,
)
_ERASURE: Final = record({"type": choice(*KINDS), "data": _ERASED}, {}, open_ended=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    body_sha256: str
    answer: Answer


def _authenticate(call: Call) -> None:
    headers, account = call.request.headers, call.account
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if account.rules.revoked or not message_id or not timestamp.isdecimal():
        raise call.refuse(401, "missing or malformed webhook headers")
    if abs(call.at.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise call.refuse(401, "the timestamp is outside the tolerance")
    expected = _signature(call.credential("secret"), message_id, timestamp, call.request.body)
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected, one.encode()) for one in given):
        raise call.refuse(401, "no signature matches")


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _deliver(call: Call) -> Answer:
    message_id, digest = call.request.headers["webhook-id"], sha256_of(call.request.body)
    seen: dict[str, _Seen] = call.account.memory.setdefault("webhooks", {})
    before = seen.get(message_id)
    if before is not None:
        call.account.incidents["repeated_id"] += 1
        if before.body_sha256 != digest:
            call.account.incidents["repeated_id_with_another_body"] += 1
        return before.answer
    given = _apply(call, call.checked(_ERASURE if _is_erasure(call.json()) else _MESSAGE, _invalid))
    seen[message_id] = _Seen(body_sha256=digest, answer=given)
    return given


def _is_erasure(message: Any) -> bool:
    return isinstance(message, dict) and message.get("type") == "application.erased"


def _apply(call: Call, message: dict[str, Any]) -> Answer:
    data = message["data"]
    if data["key"] != call.request.headers["webhook-id"]:
        raise Refused(_invalid([Problem(path="data.key", fault="choice", text="is not the webhook-id")]))
    if _is_erasure(message):
        return _erase(call, data)
    upload = _upload(data)
    job_id = data["job"]["ats_job_id"]
    if job_id in call.account.rules.closed_jobs or not call.account.rules.job_exists(job_id):
        raise call.refuse(422, "job_closed" if job_id in call.account.rules.closed_jobs else "job_unknown")
    candidate = _candidate(call, data)
    application = _application(call, candidate, data)
    attachment = keep(call, upload, application, "profile")
    return as_json({"id": application.id, "candidate_id": candidate.id, "attachment_id": attachment.id})


def _upload(data: dict[str, Any]) -> Upload:
    given = data.get("attachment")
    if given is None:
        raise Refused(_invalid([Problem(path="data.attachment", fault="missing", text="is missing")]))
    try:
        content = base64_of(given["content_base64"])
    except ValueError:
        fault = Problem(path="data.attachment.content_base64", fault="type", text="is not base64")
        raise Refused(_invalid([fault])) from None
    if given.get("sha256", "") not in ("", sha256_of(content)):
        raise Refused(_invalid([Problem(path="data.attachment.sha256", fault="choice", text="is not its digest")]))
    return Upload(name=given["file_name"], content_type=given.get("content_type", ""), content=content)


def _candidate(call: Call, data: dict[str, Any]) -> Candidate:
    given, account = data["candidate"], call.account
    known: dict[str, str] = account.memory.setdefault("candidate_ids", {})
    found = account.person(known.get(given["id"]))
    if found is not None:
        return found
    candidate = Candidate(
        id=account.new_id(),
        first_name=given["first_name"],
        last_name=given["last_name"],
        emails=[given["email"]] if given.get("email") else [],
        phones=[given["phone"]] if given.get("phone") else [],
        source=data["source"],
        created_at=call.at,
    )
    known[given["id"]] = candidate.id
    return account.add_candidate(candidate)


def _application(call: Call, candidate: Candidate, data: dict[str, Any]) -> Application:
    """An update finds the application the create left; a second create with another id is a second application."""
    account = call.account
    found = _known_application(account, data["application_id"])
    if found is not None and call.json()["type"] == "application.updated":
        return found
    application = Application(
        id=account.new_id(),
        candidate_id=candidate.id,
        job_id=data["job"]["ats_job_id"],
        source=data["source"],
        key=data["key"],
        created_at=call.at,
        extra={"application_id": data["application_id"], "profile_url": data.get("profile_url")},
    )
    account.memory.setdefault("application_ids", {})[data["application_id"]] = application.id
    return account.add_application(application, who=data["application_id"])


def _known_application(account: Account, application_id: str) -> Application | None:
    return account.applications.get(account.memory.setdefault("application_ids", {}).get(application_id, ""))


def _erase(call: Call, data: dict[str, Any]) -> Answer:
    known: dict[str, str] = call.account.memory.setdefault("candidate_ids", {})
    candidate = call.account.person(known.get(data["candidate"]["id"]))
    if candidate is not None:
        call.account.erase(candidate, call.at)
    return as_json({"erased": candidate is not None})


def _invalid(problems: list[Problem]) -> Answer:
    return as_json({"error": "invalid", "fields": [{"field": one.path, "message": one.text} for one in problems]}, 400)


def _error(status: int, words: str) -> Answer:
    return as_json({"error": words or f"status {status}"}, status)


VENDOR: Final = Vendor(
    name="webhook",
    title="Signed webhook",
    prefix="",
    credentials=MappingProxyType({"secret": SECRET}),
    routes=(Route(step="deliver", method="POST", pattern="", handle=_deliver),),
    authenticate=_authenticate,
    error=_error,
    sources=("Standard Webhooks specification, read 2026-11",),
)
