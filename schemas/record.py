"""One Kafka record as it was received, before anybody trusts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    topic: str
    partition: int = 0
    offset: int = 0
    key: bytes | None = field(default=None, repr=False)
    value: bytes | None = field(default=None, repr=False)
    timestamp_ms: int = 0
    headers: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    @property
    def received_at(self) -> datetime:
        """The broker's own timestamp: what "now" was when the record was written (A5)."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)

    @property
    def position(self) -> str:
        """`topic[partition]@offset`: how logs and `explain` name a record."""
        return f"{self.topic}[{self.partition}]@{self.offset}"
