"""What Apache Kafka's own tools are handed."""

from __future__ import annotations

from uuid import UUID

from app.embedded.kafka import cluster_id_of


def test_no_cluster_id_reads_like_an_option() -> None:
    """One in 64 did, and its cluster did not start."""
    ids = [cluster_id_of(UUID(bytes=bytes([first, *range(15)]))) for first in range(256)]
    assert [one for one in ids if one.startswith("-") or len(one) != 22] == []
