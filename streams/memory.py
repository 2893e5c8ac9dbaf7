"""The joined facts of the partitions we own: a Faust table, whose changelog is acknowledged before a batch is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from faust.types import TableT

from streams.changelog import ChangelogWriter

Tell = Callable[[str, Mapping[str, Any]], None]
MOST_KEPT: Final = 200_000  # some 200 MB


class FactsMemory:
    """Facts by application id. What is missing or stale here costs the ledger a read, never a candidate.

    Those that were written longest ago are let go of, so that a process holds no more however long its history is.
    """

    def __init__(
        self, table: TableT[bytes, bytes], changelog: ChangelogWriter, tell: Tell, *, most: int = MOST_KEPT
    ) -> None:
        self._table = table
        self._changelog = changelog
        self._tell = tell
        self._most = most

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
        facts, places = store.data, store._key_partition  # noqa: SLF001
        for key, value in rows.items():
            facts.pop(key, None)  # what is written anew is the newest
            facts[key] = value
            places[key] = partition
        for key in [*islice(facts, max(0, len(facts) - self._most))]:
            del facts[key]
            places.pop(key, None)


class NoMemory:
    """For topics whose events carry no facts of applications."""

    def get(self, _application_id: str, /) -> bytes | None:
        return None

    async def put(self, _facts: Mapping[str, bytes], _partitions: Mapping[str, int], /) -> None:
        return
