"""Renews the log-ins an ATS would forget while a connection has nothing to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.registry import card, known
from app.ledger.connections import ConnectionStore
from app.rounds import Tell
from app.wiring.vendors import VendorPushers
from schemas.errors import ConfigError, DeliveryError

EVERY_S: Final = 900.0  # well within the shortest life of an unused log-in we know (Greenhouse partners: 24 h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    connections: ConnectionStore
    pushers: VendorPushers
    tell: Tell

    async def renew(self) -> None:
        """Each healthy connection of such an ATS; a refusal is told, the next delivery pauses the connection."""
        forgetful = {vendor for vendor in known() if card(vendor).session_idle_s is not None}
        for connection in await self.connections.healthy():
            if connection.vendor not in forgetful:
                continue
            try:
                await (await self.pushers.of(connection)).stay_logged_in()
            except (DeliveryError, ConfigError) as exc:
                self.tell("login_not_renewed", {"connection": connection.name, "error": type(exc).__name__})
