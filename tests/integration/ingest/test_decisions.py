"""Records in, decisions and intents in the ledger: one application at a time."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable

import pytest

from app.intake.intake import Intake
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log, person

pytestmark = pytest.mark.service

CREATE = ("CREATE", None)


async def test_r01_engaged_makes_exactly_one_create(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "new", 0)])
    assert await ledger.decision("a-1") == ("HOLD", "awaiting_engaged")
    assert await ledger.deliveries("a-1") == []

    engaged = log.status("a-1", "engaged", 10)
    await intake.apply([engaged])
    await intake.apply([engaged])

    assert await ledger.decision("a-1") == CREATE
    assert await ledger.deliveries("a-1") == [("create", "new")]


async def test_a03_any_order_ends_in_one_create(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    for number, order in enumerate(itertools.permutations(range(4))):
        name, job = f"a-{number}", f"job-{number}"
        records = [
            log.job(job),
            log.application(name, job={"id": job, "title": "CNC"}),
            log.status(name, "new", 0),
            log.status(name, "engaged", 10),
        ]
        for place in order:
            await intake.apply([records[place]])
            await intake.apply([records[place]])
        await intake.redecide([name])
        assert await ledger.decision(name) == CREATE, order
        assert await ledger.deliveries(name) == [("create", "new")], order


async def test_a03_an_older_snapshot_replaces_neither_facts_nor_content(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    newest = log.application("a-1", version=7)
    await intake.apply([newest])
    content = await ledger.value("select content from snapshot where application_id = 'a-1'")

    await intake.apply([log.application("a-1", version=6, profile_url="https://app.example/older")])

    assert await ledger.value("select content from snapshot where application_id = 'a-1'") == content
    assert await ledger.value("select version from snapshot where application_id = 'a-1'") == 7


async def test_a04_engaged_before_the_application_waits_for_it(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.status("a-1", "engaged", 10)])
    assert await ledger.decision("a-1") == ("HOLD", "facts_incomplete")

    await intake.apply([log.application("a-1")])

    assert await ledger.decision("a-1") == CREATE


async def test_r18_engaged_after_a_delivered_new_makes_one_update(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect(trigger="new")
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "new", 0)])
    await ledger.deliver("a-1")
    await intake.redecide(["a-1"])
    assert await ledger.decision("a-1") == ("NOOP", "already_delivered")

    engaged = log.status("a-1", "engaged", 10)
    await intake.apply([engaged])
    await intake.apply([engaged])
    assert await ledger.deliveries("a-1") == [("create", "delivered"), ("update", "new")]

    await ledger.deliver("a-1", "update")
    await intake.apply([log.status("a-1", "reviewed", 20)])
    assert await ledger.decision("a-1") == ("NOOP", "already_delivered")
    assert await ledger.deliveries("a-1") == [("create", "delivered"), ("update", "delivered")]


async def test_r18_a_create_not_rendered_yet_carries_engaged_itself(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect(trigger="new")
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "new", 0)])
    assert await ledger.value("select engaged from delivery where application_id = 'a-1'") is False

    await intake.apply([log.status("a-1", "engaged", 10)])
    assert await ledger.value("select engaged from delivery where application_id = 'a-1'") is True

    await ledger.deliver("a-1")
    await intake.redecide(["a-1"])
    assert await ledger.deliveries("a-1") == [("create", "delivered")]


async def test_a34_withdrawing_takes_back_what_was_not_sent(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    assert await ledger.deliveries("a-1") == [("create", "new")]

    await intake.apply([log.status("a-1", "withdrawn", 10)])
    assert await ledger.decision("a-1") == ("SKIP", "withdrawn")
    assert await ledger.deliveries("a-1") == [("create", "cancelled")]

    await intake.apply([log.status("a-1", "engaged", 20)])
    assert await ledger.decision("a-1") == CREATE
    assert await ledger.deliveries("a-1") == [("create", "new")]


async def test_a17_a_relink_moves_what_is_pending_and_leaves_what_is_delivered(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    names = ("a-1", "a-2")
    await intake.apply([log.job("job-1"), *(log.application(n) for n in names)])
    await intake.apply([log.status(n, "engaged", 0) for n in names])
    await ledger.deliver("a-1")

    await intake.apply([log.job("job-1", 30, ats_job_id="9000")])
    await intake.redecide(names)

    rows = await ledger.rows("select application_id, ats_job_id from delivery order by 1")
    assert [tuple(row) for row in rows] == [("a-1", "4711"), ("a-2", "9000")]
    assert await ledger.decision("a-2") == CREATE


async def test_a45_an_erasure_outlives_a_replay(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    history = [
        log.job("job-1"),
        log.application("a-1"),
        log.status("a-1", "engaged", 0),
        log.application("a-1", version=2, assessment={"rating": 9}),
    ]
    await intake.apply(history)
    assert await ledger.value("select value from dead_letter") is not None

    await intake.apply([log.erasure("c-a-1")])
    for _ in range(2):
        assert await ledger.decision("a-1") == ("SKIP", "erased")
        assert await ledger.deliveries("a-1") == [("create", "cancelled")]
        assert await ledger.value("select content from snapshot") is None
        assert await ledger.value("select contact_key from application") is None
        assert await ledger.value("select count(*) from contact_claim") == 0
        assert await ledger.value("select value from dead_letter") is None
        assert await ledger.value("select facts::text like '%contact_key%' from application") is False
        await intake.reapply([*history, log.application("a-1", version=9), log.status("a-1", "engaged", 30)])


async def test_a45_what_was_delivered_is_erased_in_the_ats(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    await intake.apply([log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)])
    await ledger.deliver("a-1")

    await intake.apply([log.erasure("c-a-1")])

    assert await ledger.decision("a-1") == ("ERASE", "erased")
    assert await ledger.deliveries("a-1") == [("create", "delivered"), ("erase", "ready")]
    await ledger.deliver("a-1", "erase")
    await intake.redecide(["a-1"])
    assert await ledger.decision("a-1") == ("NOOP", "erased")


async def test_a45_an_erasure_before_the_application_holds_too(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    await intake.apply([log.erasure("c-a-1"), log.job("job-1")])
    await intake.apply([log.application("a-1"), log.status("a-1", "engaged", 0)])
    assert await ledger.decision("a-1") == ("SKIP", "erased")
    assert await ledger.value("select count(*) from snapshot") == 0


async def test_a50_an_unknown_word_is_held_and_copied_to_the_dead_letters(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    records = [log.job("job-1"), log.application("a-1", source="carrier_pigeon"), log.status("a-1", "engaged", 0)]
    applied = await intake.apply(records)

    assert await ledger.decision("a-1") == ("HOLD", "unknown_source")
    assert applied.refused == {"unknown_source": 1}
    rows = await ledger.rows(
        "select d.code, o.topic, o.key from dead_letter d join outbox o on o.dead_letter_id = d.id"
    )
    assert [tuple(row) for row in rows] == [("unknown_source", "ats-sync-dead-letters", b"a-1")]


async def test_a11_the_second_of_two_candidates_with_one_address_is_held(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    same = {"email": "ada@mail.example"}
    await intake.apply(
        [
            log.job("job-1"),
            log.application("a-2", candidate=person("c-2", **same)),
            log.application("a-1", candidate=person("c-1", **same)),
            log.status("a-2", "engaged", 5),
            log.status("a-1", "engaged", 3),
        ]
    )
    assert await ledger.decision("a-1") == CREATE
    assert await ledger.decision("a-2") == ("HOLD", "ambiguous_delivery")

    await intake.apply([log.status("a-1", "withdrawn", 9)])
    await intake.redecide(await _due(ledger))

    assert await ledger.decision("a-2") == CREATE
    assert await ledger.deliveries("a-1") == [("create", "cancelled")]


async def _due(ledger: Ledger) -> list[str]:
    return [row[0] for row in await ledger.rows("select application_id from application where again_at <= now()")]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("preview", ("HOLD", "backfill_approval")), ("never", ("HOLD", "backfill_approval")), ("auto", CREATE)],
)
async def test_a16_a_late_link_wakes_those_who_waited_as_the_policy_says(
    intake: Intake, ledger: Ledger, log: Log, policy: str, expected: tuple[str, str | None]
) -> None:
    await ledger.connect(policy={"backfill_on_link": policy})
    now = await ledger.value("select extract(epoch from now() - timestamptz '2026-03-02 09:00+00')::int / 60")
    await intake.apply([log.application("a-1"), log.status("a-1", "engaged", now - 60)])
    assert await ledger.decision("a-1") == ("HOLD", "job_not_linked")

    await intake.apply([log.job("job-1", now - 30)])
    await intake.redecide(await _due(ledger))

    assert await ledger.decision("a-1") == expected


async def _one_by_one(intake: Intake, names: list[str]) -> None:
    for name in reversed(names):
        await intake.redecide([name])


async def _at_once(intake: Intake, names: list[str]) -> None:
    await intake.redecide(names)


@pytest.mark.parametrize("decide", [_one_by_one, _at_once])
async def test_a16_auto_goes_no_further_than_its_budget(
    ledger: Ledger, log: Log, small_budget: Intake, decide: Callable[[Intake, list[str]], Awaitable[None]]
) -> None:
    await ledger.connect(policy={"backfill_on_link": "auto"})
    now = await ledger.value("select extract(epoch from now() - timestamptz '2026-03-02 09:00+00')::int / 60")
    names = [f"a-{n}" for n in range(7)]
    await small_budget.apply([log.application(n) for n in names])
    await small_budget.apply([log.status(n, "engaged", now - 90 + i) for i, n in enumerate(names)])
    await small_budget.apply([log.job("job-1", now - 30)])

    await decide(small_budget, names)
    await decide(small_budget, names)

    assert await ledger.value("select count(*) from delivery") == 3
    assert await ledger.value("select count(*) from application where reason = 'backfill_approval'") == 4


async def test_the_surge_brake_holds_what_is_above_the_hourly_limit(
    small_surge: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    names = [f"a-{n}" for n in range(6)]
    await small_surge.apply([log.job("job-1"), *(log.application(n) for n in names)])
    await small_surge.apply([log.status(n, "engaged", i) for i, n in enumerate(names)])
    held = await ledger.rows("select application_id from application where reason = 'surge_brake' order by 1")
    assert [row[0] for row in held] == ["a-4", "a-5"]
    assert await ledger.value("select min(again_at) > now() from application where reason = 'surge_brake'") is True

    await small_surge.redecide(names)
    assert await ledger.value("select count(*) from delivery where state = 'new'") == 4


async def test_a_tombstone_stands_for_a_delivery_that_was_cleaned_away(
    intake: Intake, ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    history = [log.job("job-1"), log.application("a-1"), log.status("a-1", "engaged", 0)]
    await intake.apply(history)
    await ledger.deliver("a-1")
    await ledger.pool.execute(
        "insert into tombstone (delivery_key, delivered_at, receipt) select key, delivered_at, '{}' from delivery"
    )
    await ledger.pool.execute("delete from delivery")

    await intake.reapply([*history, log.status("a-1", "engaged", 1)])

    assert await ledger.decision("a-1") == ("NOOP", "already_delivered")
    assert await ledger.deliveries("a-1") == []
