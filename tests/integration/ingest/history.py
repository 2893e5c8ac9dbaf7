"""A few events as records, the way producers write them; times count from a fixed morning long past every wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.codec import encode
from schemas.events import APPLICATIONS, ERASURES, JOBS, STATUS
from schemas.record import Record

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LINK = "4711"


class Log:
    """Numbers records per topic as a broker with one partition would."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def record(self, topic: str, key: str | None, value: Any, *, at: datetime | None = None) -> Record:
        offset = self._next.get(topic, 0)
        self._next[topic] = offset + 1
        data = value if isinstance(value, bytes | None) else encode(value)
        written = at or MORNING + timedelta(days=3_650)  # late enough that no event time is in its future (A5)
        return Record(
            topic=topic,
            offset=offset,
            key=None if key is None else key.encode(),
            value=data,
            timestamp_ms=int(written.timestamp() * 1000),
        )

    def skip(self, topic: str, count: int) -> None:
        self._next[topic] = self._next.get(topic, 0) + count

    def application(self, application_id: str, **changes: Any) -> Record:
        return self.record(APPLICATIONS, application_id, application(application_id, **changes))

    def status(self, application_id: str, status: str, minute: float = 0, **changes: Any) -> Record:
        return self.record(STATUS, application_id, status_change(application_id, status, minute, **changes))

    def job(self, job_id: str, minute: float = -600, **changes: Any) -> Record:
        return self.record(JOBS, job_id, job(job_id, minute, **changes))

    def erasure(self, candidate_id: str) -> Record:
        value = {"candidate_id": candidate_id, "requested_at": moment(600), "scope": "all"}
        return self.record(ERASURES, candidate_id, value)


def moment(minute: float) -> str:
    return (MORNING + timedelta(minutes=minute)).isoformat()


def application(application_id: str, **changes: Any) -> dict[str, Any]:
    """A complete direct application of its own candidate on job-1 of acme."""
    value: dict[str, Any] = {
        "application_id": application_id,
        "employer_id": "acme",
        "version": 1,
        "job": {"id": "job-1", "title": "CNC Machinist"},
        "source": "direct",
        "candidate": person(f"c-{application_id}"),
        "resume": {"filename": "cv.txt", "media_type": "text/plain", "content_base64": "aGVsbG8="},
        "screening": {"responded_at": moment(1), "completed_at": moment(2), "transcript": [turn("Which lathes?")]},
        "assessment": {"rating": 4, "summary": "Knows Fanuc controls."},
        "profile_url": f"https://app.example/p/{application_id}",
    }
    return {**value, **changes}


def person(candidate_id: str, **changes: Any) -> dict[str, Any]:
    value = {"id": candidate_id, "first_name": "Ada", "last_name": "Quill", "email": f"{candidate_id}@mail.example"}
    return {**value, "phone": "+1 312 555 0100", **changes}


def turn(text: str) -> dict[str, Any]:
    return {"speaker": "recruiter", "at": moment(1), "text": text}


def status_change(application_id: str, status: str, minute: float = 0, **changes: Any) -> dict[str, Any]:
    return {"application_id": application_id, "status": status, "occurred_at": moment(minute), **changes}


def job(job_id: str, minute: float = -600, **changes: Any) -> dict[str, Any]:
    value = {"job_id": job_id, "employer_id": "acme", "title": "CNC Machinist", "ats_job_id": LINK, "state": "open"}
    return {**value, "occurred_at": moment(minute), **changes}


def connection(**changes: Any) -> dict[str, Any]:
    """A row of `connection`; `policy` holds only what differs from the defaults."""
    value = {"name": "acme-hook", "employer_id": "acme", "vendor": "webhook", "trigger": "engaged"}
    return {**value, "policy": {}, "credentials": b"sealed", **changes}
