"""A ledger that is an older copy of itself notices by what it has told the world, and looks before it sends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.embedded.broker import Broker, running_broker
from app.intake.auditor import Auditor
from app.intake.intake import Intake
from app.intake.log_reader import LogReader
from app.ledger.audit import AuditLedger
from app.ledger.outbox import Outbox
from app.ledger.pool import Pool
from app.relay import Publisher, Relay
from schemas.events import RESULTS, STATUS
from schemas.record import Record
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import SOURCES, make_topics, publish

pytestmark = pytest.mark.service


@pytest.fixture
async def own_broker() -> AsyncIterator[Broker]:
    async with running_broker() as started:
        await make_topics(started.bootstrap)
        yield started


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def auditor(own_broker: Broker, intake: Intake, pool: Pool, told: list[str]) -> Auditor:
    def tell(event: str, _fields: Mapping[str, Any]) -> None:
        told.append(event)

    return Auditor(intake, AuditLedger(pool), lambda: LogReader(own_broker.bootstrap, group="g"), SOURCES, tell)


async def _publish_results(broker: Broker, intake: Intake, pool: Pool, *names: str) -> None:
    await intake.apply([Log().application(name) for name in names])
    async with Publisher(broker.bootstrap, lambda _event, _fields: None) as publisher:
        await Relay(Outbox(pool), broker.bootstrap, lambda _event, _fields: None).publish(publisher)


async def test_p2_a_ledger_older_than_what_it_told_distrusts_itself_once(
    own_broker: Broker, intake: Intake, auditor: Auditor, ledger: Ledger, told: list[str]
) -> None:
    await _publish_results(own_broker, intake, ledger.pool, "a-1", "a-2", "a-3")
    highest = await ledger.value("select max(id) from outbox")
    await ledger.pool.execute("delete from outbox where id > $1", highest - 2)
    await ledger.pool.execute("select setval('outbox_id_seq', $1)", highest - 2)  # as the older copy has it

    await auditor.round()
    await auditor.round()

    assert told.count("ledger_restored") == 1
    assert await ledger.value("select count(*) from restore where distrust_until > now() + interval '23 h'") == 1
    assert await ledger.value("select actor from operator_action") == "auditor"
    assert await ledger.value("select nextval('outbox_id_seq')") == highest + 1  # no number goes out twice


async def test_a_refused_record_that_brings_a_number_with_it_raises_no_doubt(
    own_broker: Broker, intake: Intake, auditor: Auditor, ledger: Ledger, told: list[str]
) -> None:
    bad = replace(Log().record(STATUS, "a-1", b"x"), headers=(("ats-sync-id", b"100000"),))
    await intake.apply([bad])
    async with Publisher(own_broker.bootstrap, lambda _event, _fields: None) as publisher:
        await Relay(Outbox(ledger.pool), own_broker.bootstrap, lambda _event, _fields: None).publish(publisher)
    await auditor.round()
    assert "ledger_restored" not in told


async def test_a_ledger_that_remembers_all_it_told_trusts_itself(
    own_broker: Broker, intake: Intake, auditor: Auditor, ledger: Ledger, told: list[str]
) -> None:
    await _publish_results(own_broker, intake, ledger.pool, "a-1")
    await auditor.round()
    await _publish_results(own_broker, intake, ledger.pool, "a-2")
    numbers = [b"not a number", b"99999999999999999", b"9" * 25, b"9" * 5_000]
    foreign = [("nobody", b"7"), *(("ats-sync-id", number) for number in numbers)]
    await publish(
        own_broker.bootstrap, [Record(topic=RESULTS, key=b"k", value=b"{}", headers=(one,)) for one in foreign]
    )
    await auditor.round()
    assert "ledger_restored" not in told
    assert await ledger.value("select count(*) from restore") == 0
