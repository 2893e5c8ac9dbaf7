"""What the world is told when a delivery ends outside an attempt: the shape is that of every result."""

from __future__ import annotations

from app.ledger.pool import Connection, Row
from app.ledger.queries import query
from schemas.codec import encode
from schemas.events import RESULTS


async def tell(connection: Connection, row: Row) -> None:
    """Through the outbox, in the transaction that ended it. `row`: the delivery's key, kind, state and so on."""
    told = {"outcome": row["state"], "reason": row["reason"], "connection": row["connection"], "at": row["updated_at"]}
    ids = {"application_id": row["application_id"], "delivery_key": str(row["key"]), "kind": row["kind"]}
    payload = encode(ids | told | {"remote": None, "attribution": None})
    await connection.execute(query("delivery", "result"), RESULTS, row["application_id"].encode(), payload)
