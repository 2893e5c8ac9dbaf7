"""Log-ins an ATS would forget are renewed while nothing is sent, over a real ledger and the sandbox."""

from __future__ import annotations

import asyncio

import pytest

from adapters import sandbox
from adapters.sandbox import Plan, Rules, Sandbox
from adapters.sandbox.vendors.greenhouse_token import REFRESH_TOKEN
from adapters.transport import open_transport
from app.ledger.connections import ConnectionStore
from app.ledger.pool import open_pool
from app.metrics import Metrics
from app.secrets import new_key, secrets_from
from app.wiring.logins import Logins
from app.wiring.vendors import VendorPushers
from schemas.codec import decode
from schemas.connection import ConnectionSpec
from tests.integration.delivery.parts import Bench

pytestmark = pytest.mark.service


def _spec(ats: Sandbox, name: str, vendor: str, **more: str) -> ConnectionSpec:
    return ConnectionSpec(
        name=name,
        employer_id=f"emp-{name}",
        vendor=vendor,
        base_url=sandbox.base_url(ats.url, vendor, name),
        credentials={**sandbox.credentials(vendor), **more},
        trigger="engaged",
    )


async def test_a38_an_idle_partner_connection_is_kept_logged_in(bench: Bench) -> None:
    store = ConnectionStore(pool=bench.pool, secrets=secrets_from(new_key()))
    told: list[tuple[str, str]] = []
    async with Sandbox() as ats, open_transport(None) as transport:
        partners = [
            _spec(ats, name, "greenhouse", refresh_token=REFRESH_TOKEN) for name in ("a-revoked", "b", "c-down")
        ]
        await store.apply([*partners, _spec(ats, "d", "zohorecruit")])
        ats.put_rules("a-revoked", Rules(revoked=True))
        await bench.pool.execute("update connection set state = 'paused' where name = 'c-down'")
        logins = Logins(
            connections=store,
            pushers=VendorPushers(connections=store, transport=transport, metrics=Metrics()),
            tell=lambda event, fields: told.append((event, str(fields["connection"]))),
        )
        await logins.renew()
        await logins.renew()
        called = [decode(line)["connection"] for line in ats.world.received.lines()]
    assert told == [("login_not_renewed", "a-revoked")] * 2
    assert called == ["a-revoked", "b", "a-revoked"], "once where it went well, and never where paused or not forgetful"


async def test_p3_log_ins_that_hang_use_up_none_of_the_ledgers_sessions(database_url: str) -> None:
    """Each holds a session while the ATS is silent; with the ledger's own two gone, everybody would stand still."""
    async with (
        await open_pool(database_url, size=2) as pool,
        await open_pool(database_url, size=4) as locks,
        Sandbox() as ats,
        open_transport(None) as transport,
    ):
        store = ConnectionStore(pool=pool, secrets=secrets_from(new_key()))
        ats.put_faults({"*": Plan(rates={"hang": 1.0}, steps=("token",), hold_s=60)})
        names = [f"silent-{number}" for number in range(4)]
        await store.apply([_spec(ats, name, "greenhouse", refresh_token=REFRESH_TOKEN) for name in names])
        pushers = VendorPushers(connections=store, transport=transport, metrics=Metrics(), locks=locks)
        silent = [await pushers.of(found) for found in await store.healthy()]
        trying = [asyncio.create_task(pusher.stay_logged_in()) for pusher in silent]
        async with asyncio.timeout(30):
            while len(list(ats.world.received.lines())) < len(names):  # noqa: ASYNC110 - the sandbox raises no event
                await asyncio.sleep(0.02)
            assert [await store.get(name) for name in names] == await store.healthy()
        for task in trying:
            task.cancel()
        await asyncio.gather(*trying, return_exceptions=True)
