"""What the pool needs of a browser: somebody who starts it, the running process, and its warm pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class SlotBroken(Exception):  # noqa: N818 - a state, not a fault of the caller
    """A slot that can print no more, or a browser that does not start.

    `reason` is crash, disconnect, print or (the pool's own) timeout; at the start sandbox, launch or online.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Slot(Protocol):
    """A warm page. Not shared: one print at a time."""

    @property
    def broken(self) -> bool:
        """It crashed while it was free: not to be used."""

    async def pdf(self, html: str) -> bytes:
        """The printed document. Raises SlotBroken; may never return (the caller holds the deadline)."""

    async def close(self) -> None:
        """Frees the renderer, also in the middle of a print. Never raises."""


class Process(Protocol):
    """One running browser."""

    @property
    def mark(self) -> str:
        """An argument that only this browser's processes carry."""

    @property
    def version(self) -> str: ...

    async def open(self) -> Slot:
        """A new warm page. Raises SlotBroken; may never return (the caller holds the deadline)."""

    async def close(self) -> None:
        """Asks the browser to end. Never raises; returns when nothing is left of it, or never."""

    def kill(self) -> None:
        """Ends all its processes, also one that stands still and so outlives the one that started it. Never raises."""


class Engine(Protocol):
    """Starts browsers; what the pool's tests replace."""

    async def launch(self, gone: Callable[[], None]) -> Process:
        """A running browser; `gone` is called once when it has hung up, whoever ended it. Raises SlotBroken."""

    async def close(self) -> None: ...
