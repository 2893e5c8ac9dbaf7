"""How a sandbox is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """`port` 0 takes a free one. Without bodies and attachments kept, only digests and sizes remain of them."""

    host: str = "127.0.0.1"
    port: int = 0
    keep_bodies: bool = True
    keep_attachments: bool = True
    max_body_bytes: int = 64 * 1024 * 1024
    fetch_s: float = 10.0  # how long an ATS waits for a file it fetches by itself
    clock: Callable[[], datetime] = utc_now
