"""What the world is told of a delivery that ended: one shape, whoever ended it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.ledger.pool import Connection, Row
from app.ledger.queries import query
from schemas.codec import encode
from schemas.events import RESULTS


async def tell(connection: Connection, row: Row, receipt: Mapping[str, Any] | None = None) -> None:
    """Through the outbox, in the transaction that ended it. `receipt`: its fields, where there is one.

    `row` names the delivery: key, application_id, kind, connection, state, reason, updated_at.
    """
    told = {
        **{name: row[name] for name in ("application_id", "kind", "reason", "connection")},
        "delivery_key": str(row["key"]),
        "outcome": row["state"],
        "remote": receipt,
        "attribution": receipt.get("attribution") if receipt else None,
        "at": row["updated_at"],
    }
    await connection.execute(query("delivery", "result"), RESULTS, row["application_id"].encode(), encode(told))
