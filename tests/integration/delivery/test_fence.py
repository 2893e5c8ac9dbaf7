"""Fence, lease and journal: a worker that lost its claim changes nothing, and what it learned is not lost."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from adapters.driver import drive
from app.delivery.work import Attempt, Claim, LedgerAway, Settled, Stopping, Tally
from app.failpoints import Failpoints
from app.ledger.journal import LedgerJournal
from schemas.errors import Fenced, Transient, Unknown
from tests.contract.adapter_case import PERSON, Scripted, reply
from tests.contract.test_adapters import CASES
from tests.integration.delivery.parts import RECEIPT, Bench, deliver_at_once, of_capability

pytestmark = pytest.mark.service


def _journal(bench: Bench, claim: Claim, *, until: float = 1e12, stopping: bool = False) -> LedgerJournal:
    return bench.store.journal(claim, until=until, stopping=lambda: stopping)


async def _taken_over(bench: Bench, claim: Claim) -> tuple[Bench, Claim]:
    """The lease ran out, the reaper came by, another worker has it now."""
    other = bench.another(failpoints=bench.failpoints)
    await bench.end_lease(claim.key)
    await other.store.reap()
    await bench.pool.execute("update delivery set next_at = clock_timestamp()")
    [second] = await other.store.claim(1)
    return other, second


async def _settle(bench: Bench, claim: Claim, settled: Settled, *, until: float = 1e12) -> bool:
    attempt = Attempt(id=uuid4(), took_s=0.0, tally=Tally())
    return await bench.store.settle(claim, settled, attempt, until=until)


async def test_a_lease_that_ended_with_nothing_started_is_ready_again_at_once(bench: Bench) -> None:
    """Starting a step is durable before the first byte leaves: without one, nothing left."""
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.store.claim(1)
    await bench.end_lease(key)
    [reaped] = await bench.store.reap()
    row = await bench.row(key)
    assert (reaped.state, row["ambiguous"], row["attempts"]) == ("ready", False, 0)


async def test_a_lease_that_ended_with_a_step_started_is_uncertain_after_wire_and_settle(bench: Bench) -> None:
    bench.pusher.facts = of_capability("lookup", settle_s=60.0)
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    await bench.pool.execute("update delivery set lease_until = clock_timestamp() - interval '1 s'")
    wire_until = (await bench.row(key))["wire_until"]
    [reaped] = await bench.store.reap()
    row = await bench.row(key)
    assert (reaped.state, row["ambiguous"], row["attempts"]) == ("uncertain", True, 1)
    assert (row["next_at"] - wire_until).total_seconds() == pytest.approx(60)
    assert await bench.pool.fetchval("select class from attempt where delivery_key = $1", key) == "lease_expired"


async def test_p2_a_lease_that_ended_in_doubt_on_an_ats_without_look_up_is_for_a_person(bench: Bench) -> None:
    bench.pusher.facts = of_capability("none")
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    await bench.end_lease(key)
    await bench.store.reap()
    assert (await bench.row(key))["reason"] == "ambiguous_delivery"
    issue = await bench.pool.fetchrow("select kind, connection, subject from issue")
    assert issue is not None
    assert tuple(issue) == ("ambiguous_delivery", "acme", str(key))
    told = json.loads(await bench.pool.fetchval("select payload from outbox where topic = 'ats-sync-results'"))
    assert (told["delivery_key"], told["outcome"], told["reason"]) == (str(key), "parked", "ambiguous_delivery")


async def test_work_that_takes_its_worker_down_comes_back_ever_later(bench: Bench) -> None:
    bench = bench.another()
    bench.schedule = replace(bench.schedule, scale=1.0)
    bench.store = replace(bench.store, schedule=bench.schedule)
    await bench.connect()
    key = await bench.ready("app-1")
    waits = []
    for _ in range(3):
        await bench.pool.execute("update delivery set next_at = clock_timestamp()")
        await bench.store.claim(1)
        await bench.end_lease(key)
        await bench.store.reap()
        row = await bench.row(key)
        waits.append(round((row["next_at"] - row["updated_at"]).total_seconds()))
    assert waits == [0, 5, 15]


@pytest.mark.parametrize(
    "settled",
    [
        Settled(to="dead", kind="permanent", reason="late"),
        Settled(to="delivered", kind="delivered", receipt=RECEIPT),
        Settled(to="retry", kind="transient", unsent=True),
        Settled(to="uncertain", kind="unknown", costs_attempt=True),
        Settled(to="cancelled", kind="unwanted", reason="late"),
    ],
    ids=lambda settled: settled.to,
)
async def test_an_outcome_that_comes_after_another_worker_took_over_changes_nothing_and_is_written_down(
    bench: Bench, settled: Settled
) -> None:
    """Also by a process that slept past its lease, by its own clock."""
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _taken_over(bench, claim)
    before = await bench.row(key)
    assert not await _settle(bench, claim, settled, until=0.0)
    assert await bench.row(key) == before
    assert await bench.pool.fetchval("select count(*) from tombstone") == 0
    assert await bench.pool.fetchval("select count(*) from attempt where not applied and class = $1", settled.kind) == 1


async def test_ablation_without_the_fence_a_stale_outcome_ends_another_workers_claim(bench: Bench) -> None:
    """What the fence is for: the predicate of many queues, "still running", would let this through."""
    bench = bench.another(failpoints=Failpoints(without=frozenset({"fence"})))
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _taken_over(bench, claim)
    assert await _settle(bench, claim, Settled(to="dead", kind="permanent", reason="late"))
    assert await bench.state(key) == "dead"


@pytest.mark.parametrize("name", ["done", "started", "start", "refused", "absent"])
async def test_every_method_of_the_journal_raises_fenced_once_another_owns_it(bench: Bench, name: str) -> None:
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _taken_over(bench, claim)
    with pytest.raises(Fenced):
        await getattr(_journal(bench, claim), name)("create")


async def test_no_step_is_started_once_the_lease_has_run_out_even_before_the_reaper_comes(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await bench.end_lease(key)
    with pytest.raises(Fenced):
        await _journal(bench, claim).start("create")
    assert (await bench.row(key))["first_sent_at"] is None


@pytest.mark.parametrize("until", [1e12, 0.0], ids=["lost its claim", "slept past its lease"])
async def test_a_finish_that_comes_late_is_kept_while_nobody_has_started_the_step_again(
    bench: Bench, until: float
) -> None:
    """So the next worker need neither look nor send: it reads what the late one learned."""
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    other, second = await _taken_over(bench, claim)
    with pytest.raises(Fenced):
        await _journal(bench, claim, until=until).finish("create", {"id": "7"})
    assert await _journal(other, second).done("create") == {"id": "7"}


async def test_a12_what_a_read_answers_when_it_is_asked_again_is_what_is_kept(bench: Bench) -> None:
    """Else a run resumes on what was true before: found by a storm, a step that was done was begun anew for ever.

    The first create is throttled; meanwhile another delivery of the same person makes the candidate, who is found by
    the second try; that one dies while it attaches.
    """
    case = CASES["zohorecruit"]
    somebody = {"data": [{"id": case.receipt.candidate_id, "Email": PERSON.email, "Source": "FactoryFix"}]}
    found = {**case.create, **case.looks["attach profile"].found, "find candidate": reply(200, somebody)}
    await bench.connect()
    await bench.ready("app-1")
    [first] = await bench.store.claim(1)
    throttled = Scripted(case.create, {"create candidate": reply(429)})
    with pytest.raises(Transient):
        await drive(case.adapter(), case.delivery(), throttled.send, _journal(bench, first))
    other, second = await _taken_over(bench, first)
    crashed = Scripted(found, {"attach profile": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        await drive(case.adapter(), case.delivery(), crashed.send, _journal(other, second))
    third, claim = await _taken_over(other, second)
    resumed = Scripted(found)
    assert await drive(case.adapter(), case.delivery(), resumed.send, _journal(third, claim)) == case.receipt
    assert not [call.step for call in resumed.calls if not call.only_reads]


async def test_a_finish_that_comes_after_the_step_was_started_again_is_evidence_only(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    other, second = await _taken_over(bench, claim)
    await _journal(other, second).start("create")
    with pytest.raises(Fenced):
        await _journal(bench, claim).finish("create", {"id": "7"})
    assert await _journal(other, second).done("create") is None
    assert await bench.pool.fetchval("select remote_id from attempt where class = 'late' and not applied") == "7"


async def test_a_refusal_that_comes_late_does_not_hide_that_another_worker_sent_again(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    other, second = await _taken_over(bench, claim)
    await _journal(other, second).start("create")
    with pytest.raises(Fenced):
        await _journal(bench, claim).refused("create")
    assert (await bench.row(key))["ambiguous"]
    assert await _journal(other, second).started("create")


async def test_the_delivery_is_in_doubt_exactly_while_a_step_is_open(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    journal = _journal(bench, claim)
    seen = []
    await journal.start("create")
    seen.append((await bench.row(key))["ambiguous"])
    await journal.finish("create", {"id": "7"})
    seen.append((await bench.row(key))["ambiguous"])
    await journal.start("attach")
    seen.append((await bench.row(key))["ambiguous"])
    await journal.refused("attach")
    seen.append((await bench.row(key))["ambiguous"])
    assert seen == [True, False, True, False]
    assert await journal.done("create") == {"id": "7"}
    assert not await journal.started("attach")


async def _look(bench: Bench, claim: Claim) -> int:
    return await _journal(bench, claim).absent("create")


async def _doubtful(bench: Bench, **facts: Any) -> tuple[Bench, Claim]:
    bench.pusher.facts = of_capability("lookup", **facts)
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    return await _taken_over(bench, claim)


async def test_p2_a_look_before_the_settle_time_is_over_does_not_count(bench: Bench) -> None:
    other, claim = await _doubtful(bench, settle_s=60.0)
    assert [await _look(other, claim) for _ in range(3)] == [0, 0, 0]
    await bench.pool.execute("update step set wire_until = clock_timestamp() - interval '61 s'")
    assert await _look(other, claim) == 1


async def test_p2_two_looks_must_be_far_enough_apart(bench: Bench) -> None:
    other, claim = await _doubtful(bench)
    other.store = replace(other.store, schedule=replace(other.schedule, look_interval_s=5.0))
    assert [await _look(other, claim) for _ in range(3)] == [1, 1, 1]
    await bench.pool.execute("update step set last_look_at = last_look_at - interval '5 s'")
    assert await _look(other, claim) == 2


async def test_ablation_without_settle_the_first_not_found_is_believed(bench: Bench) -> None:
    """What settle is for: with it taken out, one early look is enough to send again."""
    bench = bench.another(failpoints=Failpoints(without=frozenset({"settle"})))
    other, claim = await _doubtful(bench, settle_s=60.0)
    assert await _look(other, claim) == 2


async def test_ablation_without_write_ahead_a_crash_after_sending_looks_unsent(bench: Bench) -> None:
    """What the mark before the first byte is for: with it taken out, the reaper believes that nothing left."""
    bench = bench.another(failpoints=Failpoints(without=frozenset({"write_ahead"})))
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    await _journal(bench, claim).start("create")
    await bench.end_lease(key)
    await bench.store.reap()
    assert await bench.state(key) == "ready"


async def test_after_two_looks_the_step_is_sent_again_and_a_new_doubt_starts_from_zero(bench: Bench) -> None:
    other, claim = await _doubtful(bench)
    assert [await _look(other, claim) for _ in range(2)] == [1, 2]
    journal = _journal(other, claim)
    await journal.refused("create")
    await journal.start("create")
    assert await bench.pool.fetchval("select looks from step") == 0


async def test_a_restored_ledger_looks_before_it_sends_what_it_never_heard_of(bench: Bench) -> None:
    await bench.connect()
    before = await bench.ready("app-1")
    assert await bench.pool.fetchval("select distrust(interval '1 h')") == 1
    after = await bench.ready("app-2")
    claims = {claim.key: claim for claim in await bench.store.claim(10)}
    for key in (before, after):
        journal = _journal(bench, claims[key])
        assert await journal.started("create")
        assert [await journal.absent("create") for _ in range(3)] == [0, 1, 2]
        await journal.refused("create")
        assert not await journal.started("create")


async def test_a_restored_ledger_does_not_believe_that_a_step_was_refused(bench: Bench) -> None:
    """It was, when the copy was made; it may have been sent since. Who held the claim then is not believed either."""
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    before = _journal(bench, claim)
    await before.start("create")
    await before.refused("create")
    assert not await before.started("create")
    await bench.pool.execute("select distrust(interval '1 h')")
    with pytest.raises(Fenced):
        await before.start("create")
    other, second = await _taken_over(bench, claim)
    assert await _journal(other, second).started("create")


async def test_a_stopping_process_begins_no_further_step_and_leaves_no_doubt(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)

    async def act(delivery: Any, journal: Any) -> Any:
        await journal.start("create")
        await journal.finish("create", {"id": "7"})
        stopping.append(True)
        await journal.start("attach")

    stopping: list[bool] = []
    bench.pusher.act = act
    settled = await bench.engine.deliver(claim, until=1e12, stopping=lambda: bool(stopping))
    row = await bench.row(key)
    assert settled is not None
    assert (settled.kind, row["state"], row["attempts"], row["unsent"]) == ("stopping", "ready", 0, 0)
    assert (await bench.gate())["consec_fail"] == 0


async def test_a_stopping_process_gives_back_what_it_has_not_begun(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    assert await bench.engine.deliver(claim, until=1e12, stopping=lambda: True) is None
    assert await bench.state(key) == "ready"
    with pytest.raises(Stopping):
        await _journal(bench, claim, stopping=True).start("create")


async def test_a_database_that_is_away_ends_the_claim_at_its_lease_and_not_before(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    with pytest.raises(LedgerAway):
        await _journal(bench, claim, until=time.monotonic()).start("create")


async def test_settling_twice_after_a_lost_reply_leaves_one_attempt(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    [claim] = await bench.store.claim(1)
    attempt = Attempt(id=uuid4(), took_s=0.0, tally=Tally())
    settled = Settled(to="delivered", kind="delivered", receipt=RECEIPT)
    assert await bench.store.settle(claim, settled, attempt, until=1e12)
    assert not await bench.store.settle(claim, settled, attempt, until=1e12)
    assert await bench.pool.fetchval("select count(*) from attempt where delivery_key = $1", key) == 1


async def test_p2_a_replay_after_the_rows_are_gone_emits_nothing(bench: Bench) -> None:
    told: list[bool] = []
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.deliver()
    await bench.pool.execute("delete from delivery where key = $1", key)
    await bench.emit("app-1", told=told)
    assert told == [False]


async def test_the_whole_flow_again_from_its_journal_makes_no_call(bench: Bench) -> None:
    calls: list[str] = []

    async def act(delivery: Any, journal: Any) -> Any:
        if await journal.done("create") is None:
            calls.append("create")
            await journal.start("create")
            await journal.finish("create", {"id": "7"})
        if len(calls) == 1 and len(bench.pusher.pushed) == 1:
            raise Unknown("cut after the last step")
        return RECEIPT

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    bench.pusher.act = deliver_at_once
    await bench.deliver()
    assert (await bench.state(key), calls) == ("delivered", ["create"])
