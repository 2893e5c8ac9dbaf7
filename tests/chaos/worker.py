"""A real `deliver` process without Chromium: vendors, transport, ledger and runner are the service's own."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import signal
import sys
from typing import Any

from adapters.transport import open_transport
from app.ledger.connections import ConnectionStore
from app.ledger.pool import open_pool
from app.metrics import Metrics
from app.secrets import secrets_from
from app.settings import load
from app.wiring.delivering import Delivering
from app.wiring.vendors import VendorPushers, transport_settings
from schemas.events import Application


class OnePage:
    """Not a profile, but a PDF as far as an ATS looks, and different for every application."""

    async def render(self, application: Application, *, budget_bytes: int) -> bytes:
        mark = hashlib.sha256(application.application_id.encode()).hexdigest().encode()
        return b"%PDF-1.7\n% " + mark + b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def tell(event: str, **fields: Any) -> None:
    """One line, for whoever reads the log of a run that went wrong."""
    print(event, *(f"{name}={value}" for name, value in fields.items() if value is not None), flush=True)  # noqa: T201


def die_with_parent() -> None:
    """A test run that is killed must not leave workers behind (Linux: PR_SET_PDEATHSIG is 1)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


async def main() -> None:
    settings = load()
    async with (
        await open_pool(settings.database_url, size=10) as pool,
        open_transport(transport_settings(settings)) as transport,
    ):
        connections = ConnectionStore(pool=pool, secrets=secrets_from(settings.secret_key))
        metrics = Metrics()
        pushers = VendorPushers(connections=connections, transport=transport, metrics=metrics)
        runner = Delivering(
            pool=pool, pushers=pushers, renderer=OnePage(), notice=tell, metrics=metrics, settings=settings
        ).runner()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runner.stop)
        tell("started")
        await runner.run()
        tell("stopped", sending=runner.state.sending)


if __name__ == "__main__":
    die_with_parent()
    asyncio.run(main())
    sys.exit(0)
