"""What the ledger remembers of the steps of one delivery: how a crash in the middle is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Kept = Mapping[str, str]


class Journal(Protocol):
    """One delivery under one claim. Every method raises Fenced when another worker owns the delivery by now.

    A step is absent, started (its request may be on the wire), or finished with the fields it keeps.
    """

    async def done(self, step: str, /) -> Kept | None:
        """The kept fields of a finished step; None if it is not finished."""
        ...

    async def started(self, step: str, /) -> bool:
        """Whether the step was started and its end was never seen: it may have landed."""
        ...

    async def start(self, step: str, /) -> None:
        """Durable before the first byte leaves."""
        ...

    async def finish(self, step: str, kept: Kept, /) -> None: ...

    async def refused(self, step: str, /) -> None:
        """The step surely did not happen: as if never started."""
        ...

    async def absent(self, step: str, /) -> int:
        """A look-up proved the started step absent once more; returns how often so far. The caller spaces looks."""
        ...
