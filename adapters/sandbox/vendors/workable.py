"""Workable (SPI v3): a candidate belongs to one job, the PDF rides in the create, `sourced: false` mails people.

Facts, read 2026-11: the recorded reply in NangoHQ/integration-templates integrations/workable (July 2026) for the row;
w6w-io/w6w-apps apps/workable quoting the vendor's OpenAPI v3.16.2 (September 2026): filters, paging.next, rate headers,
nested 401, the mail sent when `sourced` is false; job states, of which only `archived` takes nobody (a create on a
`closed` job is on record). Third-party: the body of a 422, comments with a file. Inferred: how an archived job refuses.
"""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, anything, boolean, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep, stored_file
from adapters.sandbox.vendors import workable_reads as reads
from adapters.sandbox.wire import Answer, Refused, as_json
from adapters.sandbox.world import window_left_s

ACCESS_TOKEN: Final = "sandbox-token-workable"  # noqa: S105 - accepted by the sandbox only
_MAX_FILE_BYTES: Final = 12_000_000
_SHOWN_LIMIT: Final = 10_000

_FILE: Final = record({"name": text(), "data": text()}, {})
_NEW_CANDIDATE: Final = record(
    {
        "candidate": record(
            {"firstname": text(), "lastname": text(), "email": text()},
            {
                "headline": nullable(text(empty=True)),
                "summary": nullable(text(empty=True)),
                "address": nullable(text(empty=True)),
                "phone": nullable(text(empty=True)),
                "cover_letter": nullable(text(empty=True)),
                "education_entries": many(anything()),
                "experience_entries": many(anything()),
                "answers": many(anything()),
                "skills": many(text()),
                "tags": many(text()),
                "social_profiles": many(anything()),
                "domain": text(),
                "recruiter_key": text(),
                "resume": _FILE,
                "resume_url": text(),
            },
        )
    },
    {"sourced": boolean()},
)

_COMMENT: Final = record(
    {"member_id": text(), "comment": record({"body": text()}, {"attachment": _FILE, "policy": many(text())})}, {}
)


def _create(call: Call) -> Answer:
    given, job = call.checked(_NEW_CANDIDATE, _invalid), call.args["shortcode"]
    rules, person = call.account.rules, given["candidate"]
    if not rules.job_exists(job):
        raise call.refuse(404, "Not found")
    if job in rules.closed_jobs:
        raise Refused(_invalid([Problem(path="job", fault="choice", text="is archived")]))
    upload = _resume(call, person)
    candidate = call.account.add_candidate(_person(call, person))
    sourced = given.get("sourced", True)
    application = Application(
        id=call.account.new_id(),
        candidate_id=candidate.id,
        job_id=job,
        source="SPI",
        status="Sourced" if sourced else "Applied",
        created_at=call.at,
        extra={"sourced": sourced, "tags": person.get("tags", [])},
    )
    call.account.add_application(application)
    if not sourced:
        call.account.incidents["mails_to_candidates"] += 1
    if upload is not None:
        keep(call, upload, application, "resume")
    return as_json({"status": "created", "candidate": reads.row(call, application)}, 201)


def _person(call: Call, given: dict[str, Any]) -> Candidate:
    return Candidate(
        id=call.account.new_id(),
        first_name=given["firstname"],
        last_name=given["lastname"],
        emails=[given["email"]],
        phones=[given["phone"]] if given.get("phone") else [],
        source="SPI",
        created_at=call.at,
        extra={name: given.get(name) for name in ("headline", "summary")},
    )


def _resume(call: Call, given: dict[str, Any]) -> Upload | None:
    if "resume_url" in given:
        raise Refused(_invalid([Problem(path="resume_url", fault="choice", text="could not be downloaded")]))
    return _upload(call, given["resume"], "resume") if "resume" in given else None


def _upload(call: Call, given: dict[str, str], name: str) -> Upload:
    try:
        content = base64_of(given["data"])
    except ValueError:
        raise Refused(_invalid([Problem(path=f"{name}.data", fault="type", text="is not Base64")])) from None
    limit = call.account.rules.max_attachment_bytes
    if len(content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise Refused(_invalid([Problem(path=name, fault="length", text="is too big")]))
    kind = "application/pdf" if content.startswith(b"%PDF") else "application/octet-stream"
    return Upload(name=given["name"], content_type=kind, content=content)


def _comment(call: Call) -> Answer:
    """A comment may carry a file: the only way to give a candidate another one."""
    application, given = reads.one(call), call.checked(_COMMENT, _invalid)
    if given["member_id"] != reads.MEMBER_ID:
        raise Refused(_invalid([Problem(path="member_id", fault="choice", text="is not an active member")]))
    comment = given["comment"]
    upload = _upload(call, comment["attachment"], "attachment") if "attachment" in comment else None
    number = call.account.new_id()
    reads.comments(application).append({"id": number, "action": "comment", "body": comment["body"]})
    if upload is not None:
        keep(call, upload, application, "comment")
    return as_json({"id": number}, 201)


def _authenticate(call: Call) -> None:
    good = call.request.headers.get("authorization") == f"Bearer {call.credential('access_token')}"
    if call.account.rules.revoked or not good:
        raise call.refuse(401, "Not authorized")


def _error(status: int, words: str) -> Answer:
    """A 401 is nested thrice; everything else has one sentence."""
    if status == 401:  # noqa: PLR2004
        inner = {"error": {"name": "unauthorized", "state": "unauthorized"}, "reason": words, "description": words}
        return as_json({"error": {"error": inner}}, status)
    return as_json({"error": words or "Something went wrong"}, status)


def _invalid(problems: list[Problem]) -> Answer:
    faults: dict[str, list[str]] = {}
    for one in problems:
        faults.setdefault(one.path.removeprefix("candidate."), []).append(one.text)
    return as_json({"error": "Validation failed", "validation_errors": faults}, 422)


def _finish(call: Call, given: Answer) -> Answer:
    """Rate headers on every reply but the 401."""
    if given.status == 401:  # noqa: PLR2004
        return given
    rate, used = call.account.rules.rate, call.account.window_used
    limit = rate.limit if rate else _SHOWN_LIMIT
    reset = math.ceil(call.at.timestamp() + window_left_s(call.account, call.at))
    told = {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(max(0, limit - used)),
        "x-rate-limit-reset": str(reset),
    }
    return replace(given, headers={**given.headers, **told})


VENDOR: Final = Vendor(
    name="workable",
    title="Workable",
    prefix="spi/v3",
    credentials=MappingProxyType({"access_token": ACCESS_TOKEN}),
    routes=(
        Route(step="create_candidate", method="POST", pattern="spi/v3/jobs/{shortcode}/candidates", handle=_create),
        Route(
            step="find_candidates",
            method="GET",
            pattern="spi/v3/jobs/{shortcode}/candidates",
            handle=reads.list_candidates,
        ),
        Route(step="find_candidates", method="GET", pattern="spi/v3/candidates", handle=reads.list_candidates),
        Route(step="find_candidate", method="GET", pattern="spi/v3/candidates/{id}", handle=reads.show_candidate),
        Route(step="find_files", method="GET", pattern="spi/v3/candidates/{id}/files", handle=reads.list_files),
        Route(
            step="find_comments",
            method="GET",
            pattern="spi/v3/candidates/{id}/activities",
            handle=reads.list_activities,
        ),
        Route(step="create_comment", method="POST", pattern="spi/v3/candidates/{id}/comments", handle=_comment),
        Route(step="find_job", method="GET", pattern="spi/v3/jobs/{shortcode}", handle=reads.show_job),
        Route(step="find_members", method="GET", pattern="spi/v3/members", handle=reads.list_members),
        Route(step="download", method="GET", pattern="spi/v3/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=_error,
    finish=_finish,
    sources=("w6w-io/w6w-apps apps/workable, September 2026", "NangoHQ/integration-templates, July 2026"),
)
