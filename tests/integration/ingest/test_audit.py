"""What keeps the promise when something else has broken it: the auditor, the sweeper and the relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

from app.embedded.broker import Broker, running_broker
from app.failpoints import Failpoints
from app.intake.auditor import Auditor
from app.intake.intake import Intake
from app.intake.log_reader import LogReader
from app.intake.sweeper import Sweeper
from app.ledger.audit import AuditLedger
from app.ledger.outbox import Outbox
from app.ledger.pool import Pool
from app.relay import Publisher, Relay
from schemas.codec import decode
from schemas.events import APPLICATIONS, DEAD_LETTERS, RESULTS, STATUS
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import SOURCES, commit, make_topics, publish, read_all

pytestmark = pytest.mark.service


class Told:
    """What was told to the operators."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def __call__(self, event: str, _fields: Mapping[str, Any]) -> None:
        self.events.append(event)


@pytest.fixture
async def own_broker() -> AsyncIterator[Broker]:
    async with running_broker() as started:
        await make_topics(started.bootstrap)
        yield started


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def auditor(own_broker: Broker, intake: Intake, pool: Pool, told: Told) -> Auditor:
    return Auditor(intake, AuditLedger(pool), lambda: LogReader(own_broker.bootstrap, group="g"), SOURCES, told)


@pytest.fixture
def sweeper(intake: Intake, pool: Pool, told: Told) -> Sweeper:
    return Sweeper(intake, AuditLedger(pool), told)


async def test_what_was_committed_and_never_reached_the_ledger_is_read_again(
    own_broker: Broker, auditor: Auditor, sweeper: Sweeper, ledger: Ledger, told: Told
) -> None:
    await ledger.connect()
    log = Log()
    await publish(
        own_broker.bootstrap,
        [log.job("job-1"), log.application("a-1"), *(log.status("a-1", "engaged", n) for n in range(9))],
    )
    await commit(own_broker.bootstrap, "g", {("jobs", 0): 1, (APPLICATIONS, 0): 1, (STATUS, 0): 9})

    await auditor.round()
    await sweeper.brief()

    assert await ledger.decision("a-1") == ("CREATE", None)
    assert (auditor.health.gaps_found, auditor.health.records_recovered, auditor.health.gaps_open) == (3, 11, 0)
    assert "gaps_found" in told.events
    assert set(auditor.health.lag.values()) == {0}

    await auditor.round()
    assert (auditor.health.gaps_found, auditor.health.records_recovered) == (0, 0)


async def test_a_gap_that_intake_noticed_is_filled(
    own_broker: Broker, auditor: Auditor, intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    records = [
        log.job("job-1"),
        log.application("a-1"),
        log.status("a-1", "engaged", 0),
        log.status("a-1", "reviewed", 5),
    ]
    await publish(own_broker.bootstrap, records)
    await intake.apply([*records[:2], records[3]])
    assert await ledger.decision("a-1") == ("HOLD", "gate_skipped")

    await auditor.round()

    assert await ledger.decision("a-1") == ("CREATE", None)


async def test_a_ledger_restored_from_an_older_copy_catches_up_by_itself(
    own_broker: Broker, auditor: Auditor, sweeper: Sweeper, intake: Intake, ledger: Ledger
) -> None:
    await ledger.connect()
    log = Log()
    records = [log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)]
    await publish(own_broker.bootstrap, records)
    await intake.apply(records)
    await commit(own_broker.bootstrap, "g", {("jobs", 0): 1, (APPLICATIONS, 0): 1, (STATUS, 0): 1})
    await ledger.pool.execute("truncate application, snapshot, delivery, job_link, ingest_offset, contact_claim")

    await auditor.round()
    await sweeper.brief()

    assert await ledger.decision("a-1") == ("CREATE", None)
    assert await ledger.deliveries("a-1") == [("create", "new")]


async def test_a_topic_made_anew_is_read_from_its_start(
    own_broker: Broker, auditor: Auditor, intake: Intake, ledger: Ledger, told: Told
) -> None:
    log = Log()
    log.skip(STATUS, 500)
    await intake.apply([log.status("a-0", "new")])
    await publish(own_broker.bootstrap, [log.status("a-1", "new"), log.status("a-2", "new")])
    await commit(own_broker.bootstrap, "g", {(STATUS, 0): 2})

    await auditor.round()

    assert "topic_made_anew" in told.events
    assert await ledger.decision("a-2") is not None
    assert auditor.health.gaps_open == 0


async def test_a_broker_that_is_away_is_said_and_survived(own_broker: Broker, auditor: Auditor, told: Told) -> None:
    own_broker.kill()
    await auditor.round()
    assert auditor.health.unreachable
    assert told.events == ["audit_log_unreachable"]


async def test_p1_a_client_that_lost_its_brokers_in_the_middle_is_survived_too(
    auditor: Auditor, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumbles(_self: AIOKafkaAdminClient) -> Any:
        return await AIOKafkaClient(bootstrap_servers="127.0.0.1:1").coordinator_lookup(0, "group")

    monkeypatch.setattr(AIOKafkaAdminClient, "describe_topics", stumbles)
    await auditor.round()
    assert (told.events, auditor.health.unreachable) == (["audit_log_unreachable"], True)


async def test_only_one_process_audits_at_a_time(
    own_broker: Broker, auditor: Auditor, pool: Pool, ledger: Ledger, log: Log
) -> None:
    await publish(own_broker.bootstrap, [log.status("a-1", "new")])
    await commit(own_broker.bootstrap, "g", {(STATUS, 0): 1})
    async with AuditLedger(pool).alone("audit") as alone:
        assert alone
        await auditor.round()
        assert auditor.health.records_recovered == 0
    await auditor.round()
    assert auditor.health.records_recovered == 1


async def test_a02_the_settle_window_ends_by_itself(sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect(policy={"settle_seconds": 1})
    now = await ledger.value("select extract(epoch from now() - timestamptz '2026-03-02 09:00+00') / 60")
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", float(now))])
    assert await ledger.decision("a-1") == ("HOLD", "awaiting_engaged")
    again_at = await ledger.value("select again_at from application")
    assert again_at is not None

    await ledger.pool.execute("select pg_sleep_until($1)", again_at)
    await sweeper.brief()

    assert await ledger.decision("a-1") == ("CREATE", None)


async def test_a_delivery_that_vanished_is_made_again_and_counted(
    sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log, told: Told
) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    await sweeper.full()
    assert sweeper.health.lost == 0
    await ledger.pool.execute("delete from delivery")

    await sweeper.full()

    assert sweeper.health.lost == 1
    assert "deliveries_were_missing" in told.events
    assert await ledger.deliveries("a-1") == [("create", "new")]
    await sweeper.full()
    assert sweeper.health.lost == 0


async def test_a_delivered_application_becomes_noop(sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    await ledger.deliver("a-1")
    await sweeper.full()
    assert await ledger.decision("a-1") == ("NOOP", "already_delivered")
    assert sweeper.health.lost == 0


async def test_a20_a_changed_trigger_decides_again_what_is_queued(
    sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect(trigger="new")
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "new", 0)])
    assert await ledger.deliveries("a-1") == [("create", "new")]
    await sweeper.full()
    await ledger.pool.execute("update connection set trigger = 'engaged', policy_version = 2, updated_at = now()")

    await sweeper.full()
    await sweeper.brief()

    assert await ledger.decision("a-1") == ("HOLD", "awaiting_engaged")
    assert await ledger.deliveries("a-1") == [("create", "cancelled")]


async def test_a_first_connection_wakes_its_employers_applications(
    sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log
) -> None:
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    assert await ledger.decision("a-1") == ("HOLD", "no_connection")
    await ledger.connect()
    await sweeper.full()
    await sweeper.brief()
    assert await ledger.decision("a-1") == ("CREATE", None)


async def test_p1_a_process_whose_clock_runs_ahead_misses_no_new_connection(
    sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AnHourAhead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(hours=1)

    monkeypatch.setattr("app.intake.sweeper.datetime", AnHourAhead)
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    await sweeper.full()
    await ledger.connect()
    await sweeper.full()
    await sweeper.brief()
    assert await ledger.decision("a-1") == ("CREATE", None)


async def test_a38_a_connection_that_works_again_lets_its_applications_go_on(
    sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    await ledger.pool.execute("update connection set state = 'paused'")
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    assert await ledger.decision("a-1") == ("HOLD", "connection_down")
    await ledger.pool.execute("update connection set state = 'healthy'")
    await sweeper.full()
    assert await ledger.decision("a-1") == ("CREATE", None)


async def test_a45_a_create_that_landed_after_the_erasure_is_erased_too(
    sweeper: Sweeper, intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    await ledger.pool.execute("update delivery set state = 'ready'")
    await ledger.pool.execute(
        "update delivery set state = 'sending', first_sent_at = now(),"
        " lease_owner = gen_random_uuid(), lease_until = now()"
    )
    await intake.apply([log.erasure("c-a-1")])
    assert await ledger.decision("a-1") == ("SKIP", "erased")
    assert await ledger.deliveries("a-1") == [("create", "sending")]
    await ledger.pool.execute(
        "update delivery set state = 'delivered', lease_owner = null, lease_until = null, delivered_at = now()"
    )

    await sweeper.full()

    assert await ledger.decision("a-1") == ("ERASE", "erased")
    assert await ledger.deliveries("a-1") == [("create", "delivered"), ("erase", "ready")]


async def test_results_and_dead_letters_leave_through_the_outbox(
    own_broker: Broker, intake: Intake, pool: Pool, log: Log, told: Told
) -> None:
    bad = log.status("a-1", "new", occurred_at="yesterday")
    await intake.apply([log.application("a-1"), bad])
    relay = Relay(Outbox(pool), own_broker.bootstrap, told)
    async with Publisher(own_broker.bootstrap, told) as publisher:
        assert await relay.publish(publisher) == 2
        assert await relay.publish(publisher) == 0

    result = (await read_all(own_broker.bootstrap, RESULTS, 1))[0]
    assert result.key == b"a-1"
    assert result.value is not None
    assert decode(result.value).items() >= {"outcome": "held", "reason": "facts_incomplete"}.items()
    letter = (await read_all(own_broker.bootstrap, DEAD_LETTERS, 1))[0]
    headers = dict(letter.headers)
    assert (letter.key, letter.value) == (b"a-1", bad.value)
    assert (headers["ats-sync-topic"], headers["ats-sync-reason"]) == (b"candidate-status", b"invalid")


async def test_a_batch_of_large_refused_records_fits_in_memory(intake: Intake, pool: Pool, log: Log) -> None:
    await intake.apply([log.record(STATUS, "a-1", b"x" * 40_000) for _ in range(5)])
    outbox = Outbox(pool)
    sizes = []
    for most_bytes in (100_000, 1, 1_000_000):
        async with outbox.take(500, most_bytes) as taken:
            sizes.append([len(message.value or b"") for message in taken.messages])
            await taken.published([message.id for message in taken.messages])
    assert [len(batch) for batch in sizes] == [2, 1, 2]


async def test_two_relays_publish_beside_each_other(intake: Intake, pool: Pool, log: Log) -> None:
    await intake.apply([log.record(STATUS, "a-1", b"x") for _ in range(3)])
    outbox = Outbox(pool)
    async with outbox.take(2, 1_000_000) as first, outbox.take(2, 1_000_000) as second:
        taken = [[message.id for message in one.messages] for one in (first, second)]
    assert [len(ids) for ids in taken] == [2, 1]
    assert max(taken[0]) < min(taken[1])


async def test_a_refused_record_with_neither_key_nor_value_is_told_too(
    own_broker: Broker, intake: Intake, pool: Pool, log: Log, told: Told
) -> None:
    """aiokafka sends no record that has neither: the copy has an empty value, and says that there was none."""
    await intake.apply([log.record(STATUS, None, None)])
    async with Publisher(own_broker.bootstrap, told) as publisher:
        assert await Relay(Outbox(pool), own_broker.bootstrap, told).publish(publisher) == 1
    letter = (await read_all(own_broker.bootstrap, DEAD_LETTERS, 1))[0]
    assert (letter.key, letter.value, dict(letter.headers)["ats-sync-value"]) == (None, b"", b"left out")


async def test_a_relay_that_dies_between_sending_and_marking_sends_again(
    own_broker: Broker, intake: Intake, pool: Pool, log: Log, told: Told
) -> None:
    await intake.apply([log.application("a-1")])

    class Dying(Failpoints):
        def passing(self, point: str) -> None:
            if point == "after_relay":
                raise KeyboardInterrupt

    async with Publisher(own_broker.bootstrap, told) as publisher:
        with pytest.raises(KeyboardInterrupt):
            await Relay(Outbox(pool), own_broker.bootstrap, told, Dying()).publish(publisher)
        assert await Relay(Outbox(pool), own_broker.bootstrap, told).publish(publisher) == 1
    sent = await read_all(own_broker.bootstrap, RESULTS, 2)
    assert len({dict(one.headers)["ats-sync-id"] for one in sent}) == 1


async def test_the_relay_waits_for_a_broker_that_is_away(
    own_broker: Broker, intake: Intake, pool: Pool, log: Log
) -> None:
    await intake.apply([log.application("a-1")])
    own_broker.kill()
    stop, waits = asyncio.Event(), asyncio.Event()
    relay = Relay(
        Outbox(pool), own_broker.bootstrap, lambda event, _fields: waits.set() if event == "relay_waits" else None
    )
    running = asyncio.create_task(relay.run(stop, every_s=0.05))
    await waits.wait()
    await own_broker.restart()
    await make_topics(own_broker.bootstrap)
    assert len(await read_all(own_broker.bootstrap, RESULTS, 1)) == 1
    stop.set()
    await running


async def test_one_result_that_nobody_takes_is_seen_by_its_age(pool: Pool) -> None:
    """A quiet service never has many that wait: their number says nothing."""
    audit = AuditLedger(pool)
    assert ((counts := await audit.counts()).unpublished, counts.unpublished_oldest_s) == (0, 0.0)
    for age_s, published in ((9_000, "now()"), (600, "null"), (60, "null")):
        await pool.execute(
            "insert into outbox (topic, created_at, published_at)"  # noqa: S608 - two words of this test
            f" values ('results', now() - make_interval(secs => $1), {published})",
            age_s,
        )
    counts = await audit.counts()
    assert counts.unpublished == 2
    assert counts.unpublished_oldest_s == pytest.approx(600, abs=30)
