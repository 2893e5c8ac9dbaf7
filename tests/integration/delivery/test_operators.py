"""What operators do: the same key again, looked for first; each action written down."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from app.ledger.delivery_views import DeliveryViews
from app.ledger.filters import DeliveryFilter
from app.ledger.operators import Operators, Order
from schemas.delivery import Delivery, Receipt
from schemas.errors import ConfigError, Permanent, Unauthorized, Unknown
from schemas.journal import Journal
from tests.integration.delivery.parts import RECEIPT, Bench, deliver_at_once, of_capability

pytestmark = pytest.mark.service

ORDER = Order(actor="kim", reason="fixed in the ATS")


async def _dead(bench: Bench, application_id: str = "app-1") -> object:
    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        raise Permanent("422", code="invalid")

    bench.pusher.act = act
    key = await bench.ready(application_id)
    await bench.deliver()
    bench.pusher.act = deliver_at_once
    return key


async def _last_told(bench: Bench) -> Any:
    return json.loads(await bench.pool.fetchval("select payload from outbox order by id desc limit 1"))


async def test_retry_of_a_dead_one_sends_the_same_key_and_bytes(bench: Bench) -> None:
    await bench.connect()
    await _dead(bench)
    assert await Operators(bench.pool).retry(DeliveryFilter(state="dead"), ORDER) == 1
    await bench.deliver()
    first, second = bench.pusher.pushed
    assert (first.key, first.pdf) == (second.key, second.pdf)
    assert await bench.pool.fetchval("select state from delivery") == "delivered"


async def test_retry_with_new_content_renders_again(bench: Bench) -> None:
    await bench.connect()
    await _dead(bench)
    await Operators(bench.pool).retry(DeliveryFilter(state="dead"), ORDER, rerender=True)
    assert await bench.render() == 1
    assert bench.renderer.rendered == 2


async def test_retry_of_one_in_doubt_waits_for_settle_and_keeps_its_bytes(bench: Bench) -> None:
    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        raise Unknown("no answer")

    bench.pusher.facts = of_capability("none", settle_s=60.0)
    bench.pusher.act = act
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.deliver()
    await Operators(bench.pool).retry(DeliveryFilter(keys=(key,)), ORDER, rerender=True)
    row = await bench.row(key)
    assert (row["state"], row["artifact_sha256"] is not None) == ("uncertain", True)
    assert row["next_at"] - row["updated_at"] > timedelta(seconds=50)


async def test_retry_spreads_what_it_lets_go(bench: Bench) -> None:
    await bench.connect()
    for n in range(4):
        await _dead(bench, f"app-{n}")
    await Operators(bench.pool).retry(DeliveryFilter(state="dead"), ORDER, rate_per_s=0.5)
    rows = await bench.pool.fetch("select next_at from delivery order by next_at")
    assert (rows[3]["next_at"] - rows[0]["next_at"]).total_seconds() == pytest.approx(6, abs=0.5)


async def test_what_an_operator_cancelled_never_comes_back_by_itself(bench: Bench) -> None:
    told: list[bool] = []
    await bench.connect()
    key = await bench.ready("app-1")
    assert await Operators(bench.pool).cancel(DeliveryFilter(keys=(key,)), ORDER) == 1
    await bench.emit("app-1", told=told)
    assert (told, await bench.state(key)) == ([False], "cancelled")
    heard = await _last_told(bench)
    assert (heard["delivery_key"], heard["outcome"], heard["reason"]) == (str(key), "cancelled", "operator")


async def test_what_a_decision_cancelled_comes_back_with_the_next(bench: Bench) -> None:
    told: list[bool] = []
    await bench.connect()
    key = await bench.ready("app-1")
    assert await bench.pool.fetchval("select cancel_pending('app-1', 'job_not_linked')") == 1
    await bench.emit("app-1", told=told, ats_job="ats-2")
    row = await bench.row(key)
    assert (told, row["state"], row["ats_job_id"], row["artifact_sha256"]) == ([True], "new", "ats-2", None)


async def test_nothing_that_was_ever_sent_is_cancelled_by_a_decision(bench: Bench) -> None:
    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        await journal.finish("create", {})
        raise Permanent("413", code="pdf_too_large")

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    await Operators(bench.pool).retry(DeliveryFilter(state="dead"), ORDER)
    assert await bench.state(key) == "ready"
    assert await bench.pool.fetchval("select cancel_pending('app-1', 'withdrawn')") == 0


async def test_a_person_who_found_it_marks_it_delivered_for_ever(bench: Bench) -> None:
    await bench.connect()
    key = await _dead(bench)
    assert await Operators(bench.pool).mark_delivered(key, RECEIPT, ORDER)  # type: ignore[arg-type]
    assert await bench.pool.fetchval("select count(*) from tombstone") == 1
    told = await _last_told(bench)
    assert (told["outcome"], told["reason"], told["attribution"]) == ("delivered", "operator", "set")
    assert told["remote"]["application_id"] == RECEIPT.application_id
    assert not await Operators(bench.pool).mark_delivered(key, RECEIPT, ORDER)  # type: ignore[arg-type]


async def _pause_with_three(bench: Bench) -> None:
    await bench.connect()
    for n in range(3):
        await bench.ready(f"app-{n}")
    await bench.pool.execute(
        "update delivery set created_at = now() - interval '20 days' where application_id = 'app-0'"
    )
    await bench.pool.execute(
        "update delivery set created_at = now() - interval '2 days' where application_id = 'app-1'"
    )

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        raise Unauthorized("401")

    bench.pusher.act = act
    await bench.deliver(slots=1)
    await bench.tending.park_paused()
    bench.pusher.act = deliver_at_once
    bench.pusher.pushed.clear()


async def test_a38_resume_drains_the_newest_first_and_keeps_the_old_for_approval(bench: Bench) -> None:
    await _pause_with_three(bench)
    resumed = await Operators(bench.pool).resume("acme", ORDER)
    assert (resumed.resumed, resumed.waiting) == (2, 1)
    await bench.deliver(slots=1)
    await bench.deliver(slots=1)
    assert [sent.application_id for sent in bench.pusher.pushed] == ["app-2", "app-1"]
    assert await bench.pool.fetchval("select count(*) from issue where closed_at is null") == 0
    resumed = await Operators(bench.pool).resume("acme", ORDER, include_old=True)
    assert (resumed.resumed, resumed.waiting) == (1, 0)


async def test_a38_the_time_spent_parked_does_not_count_towards_expiry(bench: Bench) -> None:
    await _pause_with_three(bench)
    await bench.pool.execute(
        "update delivery set parked_at = parked_at - interval '3 days', expires_at = now() - interval '2 days'"
    )
    await Operators(bench.pool).resume("acme", ORDER, include_old=True)
    assert await bench.pool.fetchval("select min(expires_at) > now() + interval '23 hours' from delivery")
    assert await bench.tending.expire() == 0


async def test_resume_has_the_held_applications_decided_again(bench: Bench) -> None:
    await _pause_with_three(bench)
    await bench.pool.execute(
        "update application set verdict = 'HOLD', reason = 'connection_down' where application_id = 'app-1'"
    )
    await Operators(bench.pool).resume("acme", ORDER)
    due = await bench.pool.fetch("select application_id from application where again_at is not null")
    assert [row["application_id"] for row in due] == ["app-1"]


async def test_a_pause_by_hand_parks_and_an_unknown_name_is_refused(bench: Bench) -> None:
    await bench.connect()
    key = await bench.emit("app-1")
    await Operators(bench.pool).pause("acme", ORDER)
    await bench.tending.park_paused()
    assert await bench.state(key) == "parked"
    with pytest.raises(ConfigError, match="nobody"):
        await Operators(bench.pool).resume("nobody", ORDER)


async def test_every_action_is_written_down_with_its_number(bench: Bench) -> None:
    await bench.connect()
    await _dead(bench)
    await Operators(bench.pool).retry(DeliveryFilter(state="dead", connection="acme"), ORDER)
    row = await bench.pool.fetchrow("select actor, action, filter, n, reason from operator_action")
    assert row is not None
    assert (row["actor"], row["action"], row["n"], row["reason"]) == ("kim", "retry", 1, "fixed in the ATS")
    assert row["filter"] == {"state": "dead", "connection": "acme", "limit": 100}


async def test_a17_relinking_moves_only_what_was_never_sent(bench: Bench) -> None:
    await bench.connect()
    sent = await bench.ready("app-1")
    await bench.deliver()
    pending = await bench.ready("app-2")
    assert await bench.pool.fetchval("select relink_pending('employer-acme', 'job-1', 'ats-2')") == 1
    assert ((await bench.row(sent))["ats_job_id"], (await bench.row(pending))["ats_job_id"]) == ("ats-1", "ats-2")


async def test_views_show_one_whole_delivery_and_counts(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.deliver()
    await bench.emit("app-2")
    views = DeliveryViews(bench.pool)
    shown = await views.show(key)
    assert shown is not None
    assert [step["step"] for step in shown["steps"]] == ["create"]
    assert [attempt["class"] for attempt in shown["attempts"]] == ["delivered"]
    assert [move["to_state"] for move in shown["moves"]] == ["new", "ready", "sending", "delivered"]
    assert (await views.count(DeliveryFilter()), len(await views.find(DeliveryFilter(state="new")))) == (2, 1)
    gauges = await views.gauges()
    assert (gauges.deliveries, gauges.gates) == ({"new": 1}, {"closed": 1})
    assert gauges.undelivered_oldest_s > 0


async def test_an_expired_delivery_behind_a_shut_gate_is_dead_and_told(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.pool.execute("update gate set mode = 'open', open_until = now() + interval '1 h'")
    await bench.pool.execute("update delivery set expires_at = now() - interval '1 s'")
    assert await bench.tending.expire() == 1
    assert (await bench.row(key))["reason"] == "expired"
    told = json.loads(await bench.pool.fetchval("select payload from outbox"))
    assert (told["outcome"], told["reason"]) == ("dead", "expired")


async def test_a_breaker_open_for_a_day_is_for_a_person(bench: Bench) -> None:
    await bench.connect()
    await bench.pool.execute("update gate set mode = 'open', open_until = now(), opened_at = now() - interval '25 h'")
    assert await bench.tending.shut_for_good() == ["acme"]
    assert await bench.pool.fetchval("select pause_reason from connection") == "breaker_open"
    assert await bench.tending.shut_for_good() == []


async def test_a38_parking_waits_for_a_resume_under_way_and_leaves_nothing_behind_its_back(bench: Bench) -> None:
    """Parked after the resume had looked, it would stay so: its connection is healthy, and nobody wakes it."""
    await bench.connect()
    key = await bench.ready("app-1")
    await Operators(bench.pool).pause("acme", ORDER)
    async with bench.pool.acquire() as session:
        async with session.transaction():  # a resume, up to its last statement
            await session.execute("update connection set state = 'healthy'")
            await session.execute("update gate set mode = 'closed'")
            parking = asyncio.create_task(bench.tending.park_paused())
            await _until_waiting_or_done(bench, parking)
        await parking
    assert await bench.state(key) == "ready"


async def _until_waiting_or_done(bench: Bench, task: asyncio.Task[int]) -> None:
    """The database raises no event here: ask until it is so."""
    waiting = "select exists (select from pg_locks where not granted)"
    while not task.done() and not await bench.pool.fetchval(waiting):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
