"""Each connection's way to its ATS: adapter, log-in and transport, kept warm."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters import registry
from adapters.pusher import CallSeen, VendorPusher
from adapters.transport import Transport, TransportSettings
from app.ledger.connections import ConnectionStore
from app.ledger.gates import Toll
from app.ledger.pool import Pool
from app.ledger.tokens import LedgerTokens
from app.links import Links, require_links
from app.metrics import Metrics
from app.settings import Settings
from schemas.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPushers:
    """One warm pusher per connection and version of its settings; see app.ports.Pushers.

    `links`: without them no vendor that fetches its PDFs can be used. `locks`: the pool log-ins hold their sessions
    from, so that an ATS that hangs in one does not use up the ledger's.
    """

    connections: ConnectionStore
    transport: Transport
    metrics: Metrics
    links: Links | None = None
    locks: Pool | None = None
    _known: dict[str, tuple[int, VendorPusher]] = field(default_factory=dict)

    async def of(self, connection: Connection) -> VendorPusher:
        version, pusher = self._known.get(connection.name, (0, None))
        if pusher is None or version != connection.policy_version:
            pusher = await self._new(connection)
            self._known[connection.name] = (connection.policy_version, pusher)
        return pusher

    async def _new(self, connection: Connection) -> VendorPusher:
        credentials = await self.connections.credentials(connection.name)
        adapter = registry.build(connection.vendor, credentials, connection.base_url)
        require_links(adapter.facts, self.links)
        store = self.connections
        tokens = LedgerTokens(pool=store.pool, secrets=store.secrets, connection=connection.name, locks=self.locks)

        def watch(seen: CallSeen) -> None:
            self.metrics.observe("call_seconds", seen.took_s, vendor=connection.vendor)

        toll = Toll(pool=store.pool, connection=connection.name)
        return VendorPusher(adapter, self.transport, tokens=tokens, watch=watch, toll=toll.pay)


def transport_settings(settings: Settings) -> TransportSettings:
    return TransportSettings(
        connect_s=settings.connect_timeout_s, total_s=settings.http_timeout_s, upload_s=settings.upload_timeout_s
    )
