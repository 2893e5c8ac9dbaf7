"""What delivery and intake need from the outside, as Protocols; wiring.py hands them the real things."""

from __future__ import annotations

from typing import Protocol

from schemas.connection import Connection
from schemas.delivery import Delivery, Receipt
from schemas.events import Application
from schemas.journal import Journal
from schemas.vendor import VendorFacts


class Renderer(Protocol):
    async def render(self, application: Application, *, budget_bytes: int) -> bytes:
        """One profile PDF, the same bytes for the same application. Raises RenderError."""
        ...


class Pusher(Protocol):
    """Speaks to one connection's ATS."""

    @property
    def facts(self) -> VendorFacts: ...

    async def push(self, delivery: Delivery, journal: Journal, *, deadline: float) -> Receipt:
        """Run the delivery's flow from where its journal stands. Raises a DeliveryError or Fenced.

        `deadline` is on time.monotonic(): no call is begun that could outlive it (Transient, nothing sent).
        A started look-first step is looked up, never blindly repeated: Unknown until two looks proved it absent.
        """
        ...


class Pushers(Protocol):
    async def of(self, connection: Connection) -> Pusher:
        """The pusher of a connection, kept warm. Raises ConfigError where credentials or vendor are unusable."""
        ...
