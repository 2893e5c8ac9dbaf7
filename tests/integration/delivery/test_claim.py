"""Claims under concurrency: each delivery has one owner, each gate its limits, each candidate one send at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from app.delivery.work import Claim
from app.failpoints import Failpoints
from schemas.delivery import Capability
from tests.integration.delivery.parts import FACTS, Bench

pytestmark = pytest.mark.service


async def _claim_all(benches: list[Bench], *, slots: int, rounds: int) -> list[Claim]:
    async def one(bench: Bench) -> list[Claim]:
        return [claim for _ in range(rounds) for claim in await bench.store.claim(slots)]

    found = [claim for claims in await asyncio.gather(*map(one, benches)) for claim in claims]
    # They skip each other's locks, so that something may be left when all have had their turns.
    while rest := await benches[0].store.claim(slots):
        found += rest
    return found


async def test_no_delivery_has_two_owners(bench: Bench) -> None:
    bench.pusher.facts = replace(FACTS, max_inflight=1000)
    for name in ("a", "b", "c"):
        await bench.connect(name)
    keys = {await bench.ready(f"{name}-{n}", connection=name) for name in ("a", "b", "c") for n in range(20)}
    claims = await _claim_all([bench.another() for _ in range(6)], slots=5, rounds=20)
    assert {claim.key for claim in claims} == keys
    assert len(claims) == len(keys)


async def test_p3_many_claimers_together_never_exceed_the_in_flight_cap(bench: Bench) -> None:
    await bench.connect()
    for n in range(40):
        await bench.ready(f"app-{n}")
    claims = await _claim_all([bench.another() for _ in range(8)], slots=10, rounds=5)
    assert len(claims) == FACTS.max_inflight


async def test_ablation_without_the_in_flight_cap_one_connection_takes_every_slot(bench: Bench) -> None:
    """What the cap is for: this is the same situation with the cap taken out."""
    await bench.connect()
    for n in range(40):
        await bench.ready(f"app-{n}")
    open_bench = bench.another(failpoints=Failpoints(without=frozenset({"inflight"})))
    assert len(await _claim_all([open_bench], slots=10, rounds=5)) > FACTS.max_inflight


async def test_a12_one_candidate_is_sent_once_at_a_time_per_connection(bench: Bench) -> None:
    bench.pusher.facts = replace(FACTS, max_inflight=1000)
    await bench.connect()
    for n in range(24):
        await bench.ready(f"app-{n}", candidate=f"cand-{n % 3}", job=f"job-{n}")
    claims = await _claim_all([bench.another() for _ in range(6)], slots=8, rounds=6)
    assert len(claims) == 3
    candidates = await bench.pool.fetch("select candidate_id from delivery where state = 'sending'")
    assert {row["candidate_id"] for row in candidates} == {"cand-0", "cand-1", "cand-2"}


async def test_a12_the_other_jobs_of_a_candidate_wait_while_one_is_in_doubt(bench: Bench) -> None:
    await bench.connect()
    first = await bench.ready("app-1", candidate="c", job="job-1")
    await bench.store.claim(10)
    await bench.pool.execute("update delivery set ambiguous = true")
    await bench.end_lease(first)
    await bench.store.reap()
    await bench.ready("app-2", candidate="c", job="job-2")
    await bench.set(first, next_at=(await bench.row(first))["expires_at"])
    assert await bench.state(first) == "uncertain"
    assert await bench.store.claim(10) == []


async def test_the_database_itself_refuses_two_sends_for_one_candidate(bench: Bench) -> None:
    await bench.connect()
    for n in range(2):
        await bench.ready(f"app-{n}", candidate="c", job=f"job-{n}")
    with pytest.raises(Exception, match="delivery_one_sending"):
        await bench.pool.execute(
            "update delivery set state = 'sending', lease_owner = gen_random_uuid(), lease_until = now()"
        )


async def test_no_more_is_claimed_than_the_bucket_can_feed(bench: Bench) -> None:
    """One call a delivery, 10 tokens, next to no refill: 10 may go, whoever asks; the rest would wait for tokens."""
    bench.pusher.facts = replace(FACTS, rate_per_s=0.001, burst=20.0, max_inflight=1000)
    await bench.connect()
    await bench.pool.execute("update gate set calls = 1")
    for n in range(40):
        await bench.ready(f"app-{n}")
    assert len(await _claim_all([bench.another() for _ in range(8)], slots=10, rounds=5)) == 10


async def test_a_small_bucket_still_lets_one_delivery_of_many_calls_through(bench: Bench) -> None:
    bench.pusher.facts = replace(FACTS, rate_per_s=0.001, burst=1.0)
    await bench.connect()
    await bench.pool.execute("update gate set calls = 6")
    for n in range(4):
        await bench.ready(f"app-{n}")
    assert len(await _claim_all([bench], slots=10, rounds=5)) == 1


async def test_full_gates_do_not_take_the_turns_of_others(bench: Bench) -> None:
    """With one slot one gate is looked at: it must be one that can take it."""
    bench.pusher.facts = replace(FACTS, max_inflight=1)
    for name in ("full", "free"):
        await bench.connect(name)
    for n in range(2):
        await bench.ready(f"full-{n}", connection="full")
    await bench.store.claim(1)
    await bench.ready("free-0", connection="free")
    await bench.pool.execute("update gate set last_claim_at = now() - interval '1 h' where connection = 'full'")
    await bench.pool.execute("update gate set last_claim_at = now() where connection = 'free'")
    assert [claim.connection for claim in await bench.store.claim(1)] == ["free"]


@pytest.mark.parametrize("mode", ["open", "paused"])
async def test_a_shut_gate_lets_nothing_through(bench: Bench, mode: str) -> None:
    await bench.connect()
    await bench.ready("app-1")
    await bench.pool.execute("update gate set mode = $1, open_until = clock_timestamp() + interval '1 h'", mode)
    assert await bench.store.claim(10) == []


async def test_half_open_lets_one_probe_through_whoever_asks(bench: Bench) -> None:
    await bench.connect()
    for n in range(10):
        await bench.ready(f"app-{n}")
    await bench.pool.execute("update gate set mode = 'open', open_until = clock_timestamp() - interval '1 s'")
    claims = await _claim_all([bench.another() for _ in range(6)], slots=5, rounds=3)
    assert len(claims) == 1
    assert (await bench.gate())["mode"] == "half_open"


async def test_a_probe_that_is_never_heard_of_again_makes_room_for_another(bench: Bench) -> None:
    await bench.connect()
    for n in range(3):
        await bench.ready(f"app-{n}")
    await bench.pool.execute("update gate set mode = 'open', open_until = clock_timestamp() - interval '1 s'")
    assert len(await bench.store.claim(5)) == 1
    await bench.pool.execute("update gate set open_until = clock_timestamp() - interval '1 s'")
    assert len(await bench.store.claim(5)) == 1


async def test_each_failure_in_a_row_halves_the_slots_of_a_connection(bench: Bench) -> None:
    bench.pusher.facts = replace(FACTS, max_inflight=4)
    await bench.connect()
    for n in range(10):
        await bench.ready(f"app-{n}")
    await bench.pool.execute("update gate set consec_fail = 1")
    assert len(await bench.store.claim(10)) == 2


async def test_new_work_goes_ahead_of_repeats_and_neither_starves(bench: Bench) -> None:
    bench.pusher.facts = replace(FACTS, max_inflight=1000)
    await bench.connect()
    for n in range(8):
        key = await bench.ready(f"late-{n}")
        await bench.set(key, priority=0)
    for n in range(8):
        await bench.ready(f"fresh-{n}")
    order: list[str] = []
    for _ in range(8):
        [claim] = await bench.store.claim(1)
        order.append(claim.application_id.split("-")[0])
    assert order == ["fresh", "fresh", "fresh", "late"] * 2


async def test_gates_take_turns(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        await bench.connect(name)
        for n in range(3):
            await bench.ready(f"{name}-{n}", connection=name)
    turns = [claim.connection for _ in range(6) for claim in await bench.store.claim(1)]
    assert Counter(turns) == {"a": 2, "b": 2, "c": 2}


async def test_renders_are_shared_out_among_connections(bench: Bench) -> None:
    for name in ("busy", "quiet"):
        await bench.connect(name)
    for n in range(30):
        await bench.emit(f"busy-{n}", connection="busy")
    await bench.emit("quiet-1", connection="quiet")
    jobs = await bench.renders.claim(4)
    assert "quiet" in {job.connection.name for job in jobs if job.connection}


async def test_a_render_has_one_owner_and_comes_back_when_its_lease_ends(bench: Bench) -> None:
    await bench.connect()
    keys = {await bench.emit(f"app-{n}") for n in range(12)}
    workers = [bench.another() for _ in range(4)]
    jobs = [job for found in await asyncio.gather(*(w.renders.claim(6) for w in workers)) for job in found]
    jobs += await bench.renders.claim(100)
    assert sorted(job.key for job in jobs) == sorted(keys)
    await bench.pool.execute("update delivery set next_at = clock_timestamp()")
    assert {job.key for job in await bench.renders.claim(100)} == keys
    await workers[0].stage.render(jobs[0])
    assert await bench.state(jobs[0].key) == "new"  # its lease is another's now: nothing is stored


async def test_ablation_without_serialisation_one_person_is_sent_twice_at_once(bench: Bench) -> None:
    """What it is for: the claim alone would do it, and the index would stop it; both are taken out here."""
    await bench.connect()
    await bench.pool.execute("drop index delivery_one_sending")
    for n in range(3):
        await bench.ready(f"app-{n}", candidate="c", job=f"job-{n}")
    open_bench = bench.another(failpoints=Failpoints(without=frozenset({"serial"})))
    assert len(await open_bench.store.claim(10)) == 3


@pytest.mark.parametrize(("capability", "waits"), [("lookup", True), ("key", False), ("native", False)])
async def test_r14_where_a_candidate_is_searched_the_next_job_waits_until_the_first_can_be_found(
    bench: Bench, capability: Capability, *, waits: bool
) -> None:
    """A search that lags would show nothing, and the same person would be created twice."""
    bench.pusher.facts = replace(FACTS, capability=capability, settle_s=60.0)
    await bench.connect()
    first = await bench.ready("app-1", candidate="cand", job="job-1")
    await bench.ready("app-2", candidate="cand", job="job-2")
    await bench.ready("app-3", candidate="other", job="job-1")
    sent = "state = 'sending', lease_owner = gen_random_uuid(), lease_until = now()"
    done = "state = 'delivered', lease_owner = null, lease_until = null, delivered_at = clock_timestamp()"
    for change in (sent, done):
        await bench.pool.execute(f"update delivery set {change} where key = $1", first)  # noqa: S608 - our own words
    claimed = {claim.application_id for claim in await bench.store.claim(10)}
    assert claimed == ({"app-3"} if waits else {"app-2", "app-3"})
    longer_ago = "update delivery set delivered_at = now() - interval '61 s' where key = $1"
    await bench.pool.execute(longer_ago, first)
    assert "app-2" in claimed | {claim.application_id for claim in await bench.store.claim(10)}


async def test_a_probe_that_says_nothing_of_the_ats_does_not_shut_the_gate_for_its_lease(bench: Bench) -> None:
    """Withdrawn before its first call, it asked the ATS nothing; the next one may try at once."""
    await bench.connect()
    for n in range(2):
        await bench.ready(f"app-{n}")
    await bench.pool.execute(
        "update application set verdict = 'SKIP', reason = 'withdrawn' where application_id = 'app-0'"
    )
    await bench.pool.execute("update gate set mode = 'open', open_until = clock_timestamp() - interval '1 s'")
    await bench.pool.execute("update delivery set next_at = next_at - interval '1 h' where application_id = 'app-0'")
    await bench.deliver(slots=1)
    assert [claim.application_id for claim in await bench.store.claim(1)] == ["app-1"]
