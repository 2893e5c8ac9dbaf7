"""The joined facts of the partitions we own: a Faust table, whose changelog is acknowledged before a batch is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faust.types import TableT

from streams.changelog import ChangelogWriter

Tell = Callable[[str, Mapping[str, Any]], None]


class FactsMemory:
    """Facts by application id. What is missing or stale here costs the ledger a read, never a candidate."""

    def __init__(self, table: TableT[bytes, bytes], changelog: ChangelogWriter, tell: Tell) -> None:
        self._table = table
        self._changelog = changelog
        self._tell = tell

    def get(self, application_id: str, /) -> bytes | None:
        found: bytes | None = self._table.data.get(application_id.encode())
        return found

    async def put(self, facts: Mapping[str, bytes], partitions: Mapping[str, int], /) -> None:
        """Every key goes to the partition its own events come from, not, as in `take`, to that of the last event."""
        rows: dict[int, dict[bytes, bytes]] = {}
        for application_id, data in facts.items():
            if application_id in partitions:
                rows.setdefault(partitions[application_id], {})[application_id.encode()] = data
        if not await self._changelog.write(rows):
            self._tell("changelog_not_written", {"count": len(facts)})
        for partition, part in rows.items():
            self._keep(partition, part)

    def _keep(self, partition: int, rows: Mapping[bytes, bytes]) -> None:
        """Not through the table, which would send each change again. The store drops keys whose place it knows."""
        store: Any = self._table.data
        store.data.update(rows)
        store._key_partition.update(dict.fromkeys(rows, partition))  # noqa: SLF001


class NoMemory:
    """For topics whose events carry no facts of applications."""

    def get(self, _application_id: str, /) -> bytes | None:
        return None

    async def put(self, _facts: Mapping[str, bytes], _partitions: Mapping[str, int], /) -> None:
        return
