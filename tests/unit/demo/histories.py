"""One history for many tests, and the connections it is decided by."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import msgspec

from app.demo.employers import connection_entries
from app.demo.history import History, history
from schemas.connection import Connection, as_connection, parse_specs

NOW = datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC)


class NoAts:
    """Addresses and credentials that lead nowhere."""

    def base_url(self, vendor: str, account: str, /) -> str:
        return f"http://127.0.0.1:9/{vendor}/{account}"

    def credentials(self, vendor: str, /) -> dict[str, str]:
        return {"vendor": vendor}


@cache
def told(seed: int = 7, applications: int = 240) -> History:
    return history(seed, NOW, applications)


def connections(written: History) -> list[Connection]:
    entries = connection_entries(written.employers, NoAts())
    return [as_connection(spec) for spec in parse_specs(msgspec.json.encode(entries))]
