"""Every kind of record that must not be folded, each with the code it must be refused with."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schemas.codec import encode
from schemas.events import APPLICATIONS, STATUS
from schemas.record import Record
from tests.storm.load import POISON, Account

HUGE_BYTES: Final = 10_000_000  # more than a broker takes, unless it is told to
_LARGE_BYTES: Final = 2_500_000  # the broker takes it, the contract does not


class Poison:
    """The same seed, the same records. Their keys are nobody's."""

    def __init__(self, seed: int, account: Account) -> None:
        self._rng = random.Random(f"poison {seed}")
        self._account = account
        self._number = 0
        self._now = datetime.now(UTC)

    def one_of_each(self) -> list[tuple[str, Record]]:
        """(code, record)."""
        return [
            ("not_json", self._record(APPLICATIONS, POISON + self._rng.randbytes(200))),
            ("not_json", self._record(STATUS, POISON + self._rng.randbytes(20))),
            ("null_value", self._record(STATUS, None)),
            ("null_key", self._keyless(self._status())),
            ("key_mismatch", self._record(STATUS, encode(self._status(application_id="another")))),
            ("invalid", self._record(STATUS, encode({"application_id": "x", "status": 7}))),
            ("invalid", self._record(APPLICATIONS, encode(self._application(assessment={"rating": 7})))),
            ("unknown_schema_version", self._record(STATUS, encode(self._status(schema_version=99)))),
            ("future_time", self._record(STATUS, encode(self._status(occurred_at=self._in_hours(3))))),
            ("too_large", self._record(APPLICATIONS, POISON + b"x" * _LARGE_BYTES)),
        ]

    def huge(self) -> Record:
        return self._record(APPLICATIONS, POISON + b"x" * HUGE_BYTES)

    def talkative(self, turns: int) -> tuple[str, list[Record]]:
        """(application id, records): good in every way, but for more to say than the service is set to take."""
        name = self._name()
        said = [{"speaker": "candidate", "at": self._in_hours(-2), "text": "yes"}] * turns
        value = self._application(application_id=name, screening={"transcript": said})
        records = [self._keyed(APPLICATIONS, name, encode(value))]
        return name, [*records, self._keyed(STATUS, name, encode(self._status(application_id=name)))]

    def profile(self, summary: str) -> list[Record]:
        """A whole application that decides to CREATE, and whose profile is the trouble."""
        name = self._name()
        status = self._status(application_id=name)
        value = self._application(application_id=name, assessment={"rating": 4, "summary": summary})
        return [self._keyed(APPLICATIONS, name, encode(value)), self._keyed(STATUS, name, encode(status))]

    def _name(self) -> str:
        self._number += 1
        return f"poison-{self._number}"

    def _record(self, topic: str, value: bytes | None) -> Record:
        name = self._name()
        if value is not None and b'"application_id":"own"' in value:
            value = value.replace(b'"application_id":"own"', f'"application_id":"{name}"'.encode())
        return self._keyed(topic, name, value)

    def _keyed(self, topic: str, key: str, value: bytes | None) -> Record:
        return Record(topic=topic, key=key.encode(), value=value, timestamp_ms=int(self._now.timestamp() * 1000))

    def _keyless(self, value: dict[str, Any]) -> Record:
        return Record(topic=STATUS, key=None, value=encode(value), timestamp_ms=int(self._now.timestamp() * 1000))

    def _status(self, **changes: Any) -> dict[str, Any]:
        value = {"application_id": "own", "status": "engaged", "occurred_at": self._in_hours(-2)}
        return {**value, **changes}

    def _application(self, **changes: Any) -> dict[str, Any]:
        value = {
            "application_id": "own",
            "employer_id": self._account.employer_id,
            "version": 1,
            "job": {"id": f"{self._account.name}-job-1", "title": "Welder"},
            "source": "direct",
            "candidate": {
                "id": f"c-{self._number}",
                "first_name": "Ana",
                "last_name": "Kovač",
                "email": f"c-{self._number}@example.com",  # one address for two would be held for review (A11)
            },
        }
        return {**value, **changes}

    def _in_hours(self, hours: float) -> str:
        return (self._now + timedelta(hours=hours)).isoformat()
