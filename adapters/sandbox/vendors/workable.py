"""Workable (SPI v3): a candidate belongs to one job, the PDF rides in the create, `sourced: false` mails people.

Facts, read 2026-11: the recorded reply in NangoHQ/integration-templates integrations/workable (July 2026) for the row;
w6w-io/w6w-apps apps/workable quoting the vendor's OpenAPI v3.16.2 (September 2026): filters, paging.next, rate headers,
nested 401, the mail sent when `sourced` is false. Third-party: the body of a 422. Inferred: the refusal of closed jobs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from adapters.sandbox.shape import Problem, anything, boolean, many, nullable, record, text
from adapters.sandbox.store import Application, Candidate, Upload
from adapters.sandbox.vendor import Call, Route, Vendor, base64_of, keep, stored_file
from adapters.sandbox.wire import Answer, Refused, as_json
from adapters.sandbox.world import window_left_s

ACCESS_TOKEN: Final = "sandbox-token-workable"  # noqa: S105 - accepted by the sandbox only
_MAX_FILE_BYTES: Final = 12_000_000
_LARGEST_PAGE: Final = 100
_SHOWN_LIMIT: Final = 10_000

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
                "resume": record({"name": text(), "data": text()}, {}),
                "resume_url": text(),
            },
        )
    },
    {"sourced": boolean()},
)


def _create(call: Call) -> Answer:
    given, job = call.checked(_NEW_CANDIDATE, _invalid), call.args["shortcode"]
    rules, person = call.account.rules, given["candidate"]
    if not rules.job_exists(job):
        raise call.refuse(404, "Not found")
    if job in rules.closed_jobs:
        raise Refused(_invalid([Problem(path="job", fault="choice", text="is not published")]))
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
    return as_json({"status": "created", "candidate": _row(call, application)}, 201)


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
    if "resume" not in given:
        return None
    try:
        content = base64_of(given["resume"]["data"])
    except ValueError:
        raise Refused(_invalid([Problem(path="resume.data", fault="type", text="is not Base64")])) from None
    limit = call.account.rules.max_attachment_bytes
    if len(content) > (_MAX_FILE_BYTES if limit is None else limit):
        raise Refused(_invalid([Problem(path="resume", fault="length", text="is too big")]))
    pdf = content.startswith(b"%PDF")
    kind = "application/pdf" if pdf else "application/octet-stream"
    return Upload(name=given["resume"]["name"], content_type=kind, content=content)


def _list(call: Call) -> Answer:
    """The e-mail filter is exact; without `shortcode` it is answered for the whole account."""
    email, job = call.request.ask("email"), call.args.get("shortcode") or call.request.ask("shortcode")
    people: Iterable[Candidate] = call.account.candidates.values() if email is None else call.account.with_email(email)
    rows = [
        row
        for person in people
        for row in call.account.visible(call.account.applications_of(person.id), call.at)
        if job in (None, row.job_id)
    ]
    asked = call.request.ask("limit") or str(_LARGEST_PAGE)
    if not asked.isdigit() or not 1 <= int(asked) <= _LARGEST_PAGE:
        raise call.refuse(400, "limit is not valid")
    since = int(call.request.ask("since_id") or "0", 16)
    rest = sorted((row for row in rows if int(row.id) >= since), key=lambda row: int(row.id))
    size = min(int(asked), call.account.rules.page_size or _LARGEST_PAGE)
    paging = {}
    if len(rest) > size:
        filters = "".join(f"&{name}={value}" for name, value in call.request.query if name in ("email", "shortcode"))
        start = f"since_id={int(rest[size].id):x}"
        paging = {"next": f"{call.request.base_url}/candidates?limit={asked}&{start}{filters}"}
    return as_json({"candidates": [_row(call, row) for row in rest[:size]], "paging": paging})


def _show(call: Call) -> Answer:
    return as_json({"candidate": _row(call, _one(call))})


def _list_files(call: Call) -> Answer:
    rows = call.account.files_of(_one(call).id)
    url = f"{call.request.base_url}/files"
    return as_json({"files": [{"id": one.id, "name": one.name, "url": f"{url}/{one.sha256}"} for one in rows]})


def _show_job(call: Call) -> Answer:
    job, rules = call.args["shortcode"], call.account.rules
    if not rules.job_exists(job):
        raise call.refuse(404, "Not found")
    state = "closed" if job in rules.closed_jobs else "published"
    return as_json({"id": job, "shortcode": job, "title": f"Job {job}", "state": state})


def _list_members(_call: Call) -> Answer:
    return as_json({"members": [{"id": "5e3b", "name": "Sandbox Member", "role": "admin"}], "paging": {}})


def _one(call: Call) -> Application:
    """Candidate ids are hexadecimal; there is no id of an application."""
    try:
        found = call.account.applications.get(str(int(call.args["id"], 16)))
    except ValueError:
        found = None
    if found is None or call.account.is_fresh(found, call.at) or call.account.person(found.candidate_id) is None:
        raise call.refuse(404, "Not found")
    return found


def _row(call: Call, row: Application) -> dict[str, Any]:
    person = call.account.candidates[row.candidate_id]
    number = f"{int(row.id):x}"
    return {
        "id": number,
        "name": f"{person.first_name} {person.last_name}",
        "firstname": person.first_name,
        "lastname": person.last_name,
        "email": person.emails[0] if person.emails else None,
        "phone": person.phones[0] if person.phones else None,
        "job": {"shortcode": row.job_id, "title": f"Job {row.job_id}"},
        "stage": row.status,
        "stage_kind": row.status.lower(),
        "sourced": row.extra["sourced"],
        "tags": row.extra["tags"],
        "disqualified": False,
        "outlet": "SPI",
        "common_source": "Unknown",
        "profile_url": f"{call.request.base_url}/backend/candidates/{number}",
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "originating_candidate_id": None,
    }


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
        Route(step="find_candidates", method="GET", pattern="spi/v3/jobs/{shortcode}/candidates", handle=_list),
        Route(step="find_candidates", method="GET", pattern="spi/v3/candidates", handle=_list),
        Route(step="find_candidate", method="GET", pattern="spi/v3/candidates/{id}", handle=_show),
        Route(step="find_files", method="GET", pattern="spi/v3/candidates/{id}/files", handle=_list_files),
        Route(step="find_job", method="GET", pattern="spi/v3/jobs/{shortcode}", handle=_show_job),
        Route(step="find_members", method="GET", pattern="spi/v3/members", handle=_list_members),
        Route(step="download", method="GET", pattern="spi/v3/files/{sha}", handle=stored_file, open=True),
    ),
    authenticate=_authenticate,
    error=_error,
    finish=_finish,
    sources=("w6w-io/w6w-apps apps/workable, September 2026", "NangoHQ/integration-templates, July 2026"),
)
