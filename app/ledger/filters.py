"""Which deliveries are meant, by an operator or a listing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """None: any. Times are of creation, `until` excluded."""

    connection: str | None = None
    state: str | None = None
    reason: str | None = None
    last_class: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    keys: tuple[UUID, ...] | None = None
    application_id: str | None = None
    limit: int = 100

    def values(self) -> tuple[Any, ...]:
        """The first eight parameters of every query that filters."""
        keys = None if self.keys is None else list(self.keys)
        times = (self.since, self.until)
        return (self.connection, self.state, self.reason, self.last_class, *times, keys, self.application_id)

    def described(self) -> dict[str, Any]:
        """What was given, as JSON."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return given | ({"keys": [str(key) for key in self.keys]} if self.keys else {})
