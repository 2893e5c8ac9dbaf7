"""One delivery from claim to settled outcome, on the real ledger: what each end of an attempt does to its row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.ledger.intake import IngestLedger
from schemas.connection import Policy
from schemas.delivery import Delivery, Receipt
from schemas.errors import ConfigError, JobClosed, Permanent, RenderError, Transient, Unauthorized, Unknown
from schemas.events import Erasure
from schemas.journal import Journal
from tests.integration.delivery.parts import RECEIPT, Bench, Push, deliver_at_once, of_capability

pytestmark = pytest.mark.service


async def _fails(error: Exception, journal: Journal, *, refused: bool = False) -> Receipt:
    await journal.start("create")
    if refused:
        await journal.refused("create")
    raise error


def _raising(error: Exception, *, begun: bool = True, refused: bool = False) -> Push:
    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        if begun:
            return await _fails(error, journal, refused=refused)
        raise error

    return act


async def test_a_create_goes_from_new_to_delivered_with_its_pdf(bench: Bench) -> None:
    await bench.connect()
    key = await bench.emit("app-1")
    assert await bench.state(key) == "new"
    await bench.render()
    assert await bench.state(key) == "ready"
    [settled] = await bench.deliver()
    row = await bench.row(key)
    assert settled is not None
    assert (row["state"], row["attribution"], row["receipt"]["application_id"]) == ("delivered", "set", "a1")
    [sent] = bench.pusher.pushed
    assert sent.pdf is not None
    assert sent.pdf.content == b"%PDF-1.7 app-1"
    assert (sent.person.email, sent.person.phone) == ("app-1@example.com", "+13125550199")
    assert sent.pdf.file_name == f"FactoryFix-CNC-Machinist-II-{key}.pdf"


async def test_delivered_leaves_tombstone_result_evidence_and_moves(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.deliver()
    assert (
        await bench.pool.fetchval("select receipt ->> 'candidate_id' from tombstone where delivery_key = $1", key)
        == "c1"
    )
    told = json.loads(await bench.pool.fetchval("select payload from outbox where topic = 'ats-sync-results'"))
    assert (told["outcome"], told["remote"]["application_id"], told["attribution"]) == ("delivered", "a1", "set")
    moves = await bench.pool.fetch("select to_state from delivery_move where delivery_key = $1 order by id", key)
    assert [move["to_state"] for move in moves] == ["new", "ready", "sending", "delivered"]
    assert (
        await bench.pool.fetchval("select class from attempt where delivery_key = $1 and applied", key) == "delivered"
    )


async def test_nobody_of_the_people_is_in_what_delivery_writes(bench: Bench) -> None:
    """P5: names, addresses and numbers stay in the snapshot and the PDF."""
    await bench.connect()
    bench.pusher.act = _raising(RuntimeError("Canary Personname app-1@example.com"))
    await bench.ready("app-1")
    await bench.deliver()
    for table in ("delivery", "step", "attempt", "delivery_move", "outbox", "issue"):
        text = str([dict(row) for row in await bench.pool.fetch(f"select * from {table}")])  # noqa: S608
        assert "Personname" not in text
        assert "example.com" not in text
    assert "Personname" not in str(bench.notices.told)


async def test_unknown_is_uncertain_costs_an_attempt_and_waits_out_settle(bench: Bench) -> None:
    bench.pusher.facts = of_capability("lookup", settle_s=60.0)
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["ambiguous"], row["attempts"], row["last_class"]) == ("uncertain", True, 1, "unknown")
    assert (row["next_at"] - row["updated_at"]).total_seconds() == pytest.approx(60, abs=1)
    assert await bench.deliver() == []


async def test_a_key_vendor_need_not_wait_for_settle(bench: Bench) -> None:
    bench.pusher.facts = of_capability("key", settle_s=60.0)
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["next_at"] - row["updated_at"]).total_seconds() < 1


async def test_transient_costs_no_attempt_and_is_ready_again(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(Transient("could not connect"), refused=True)
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["attempts"], row["unsent"], row["ambiguous"]) == ("ready", 0, 1, False)


async def test_transient_after_an_unresolved_step_stays_uncertain(bench: Bench) -> None:
    """The look-up could not connect: that says nothing about what was sent before."""
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    key = await bench.ready("app-1")
    await bench.deliver()
    bench.pusher.act = _raising(Transient("could not connect"), begun=False)
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["ambiguous"], row["attempts"]) == ("uncertain", True, 1)


async def test_429_goes_to_the_gate_and_costs_nothing(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(Transient("slow down", retry_after_s=120, throttled=True), refused=True)
    first, second = await bench.ready("app-1"), await bench.ready("app-2")
    await bench.deliver(slots=1)
    assert await bench.deliver() == []
    assert {(await bench.row(key))["attempts"] for key in (first, second)} == {0}
    held = await bench.pool.fetchval("select extract(epoch from hold_until - clock_timestamp())::float8 from gate")
    assert held == pytest.approx(120, abs=2)


async def test_a_retry_after_of_a_day_holds_the_gate_for_an_hour(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(Transient("slow down", retry_after_s=86_400, throttled=True), refused=True)
    await bench.ready("app-1")
    await bench.deliver()
    held = await bench.pool.fetchval("select extract(epoch from hold_until - clock_timestamp())::float8 from gate")
    assert held == pytest.approx(3600, abs=2)


async def test_permanent_is_dead_with_its_code(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(Permanent("422 on create", code="invalid_email"), refused=True)
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["reason"], row["last_code"]) == ("dead", "invalid_email", "invalid_email")


async def test_a37_job_closed_is_parked_with_one_issue_per_job(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(JobClosed("the job is closed"), refused=True)
    keys = [await bench.ready(f"app-{n}") for n in range(3)]
    await bench.deliver()
    assert {await bench.state(key) for key in keys} == {"parked"}
    issues = await bench.pool.fetch("select kind, subject, n from issue")
    assert [tuple(issue) for issue in issues] == [("job_closed", "job-1", 3)]


async def test_a17_what_a_closed_job_refused_goes_to_the_job_that_is_linked_instead(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(JobClosed("no longer open"), refused=True)
    key = await bench.ready("app-1")
    await bench.deliver()
    assert await bench.pool.fetchval("select relink_pending('employer-acme', 'job-1', 'ats-2')") == 1
    bench.pusher.act = deliver_at_once
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["ats_job_id"], bench.pusher.pushed[-1].ats_job_id) == ("delivered", "ats-2", "ats-2")


async def test_a37_reopening_the_job_lets_it_go_on(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(JobClosed("the job is closed"), refused=True)
    key = await bench.ready("app-1")
    await bench.deliver()
    assert await bench.pool.fetchval("select reopen_pending('employer-acme', 'job-1')") == 1
    assert await bench.state(key) == "ready"
    assert await bench.pool.fetchval("select count(*) from issue where closed_at is null") == 0


async def test_a38_unauthorized_pauses_the_connection_and_parks_everything_once(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    doubtful = await bench.ready("app-0")
    await bench.deliver()
    bench.pusher.act = _raising(Unauthorized("401"), refused=True, begun=False)
    others = [await bench.ready(f"app-{n}") for n in range(1, 4)]
    new = await bench.emit("app-9")
    await bench.set(doubtful, next_at=(await bench.row(doubtful))["expires_at"])
    await bench.deliver(slots=1)
    await bench.tending.park_paused()
    assert {await bench.state(key) for key in (doubtful, *others, new)} == {"parked"}
    assert (await bench.row(doubtful))["ambiguous"]
    assert await bench.pool.fetchval("select state from connection") == "paused"
    assert await bench.pool.fetchval("select n from issue where kind = 'connection_down'") == 1
    assert await bench.deliver() == []


async def test_a34_withdrawn_before_the_first_call_is_cancelled(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    claims = await bench.store.claim(1)
    await bench.pool.execute("update application set verdict = 'SKIP', reason = 'withdrawn'")
    await bench.engine.deliver(claims[0], until=1e12, stopping=lambda: False)
    row = await bench.row(key)
    assert (row["state"], row["reason"]) == ("cancelled", "withdrawn")
    assert bench.pusher.pushed == []


async def test_a34_withdrawn_between_the_check_and_the_first_call_is_cancelled(bench: Bench) -> None:
    """The journal looks again in the very statement that lets the first byte leave."""

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await bench.pool.execute("update application set verdict = 'SKIP', reason = 'withdrawn'")
        await journal.start("create")
        raise AssertionError("started")

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["reason"], row["first_sent_at"]) == ("cancelled", "withdrawn", None)


@pytest.mark.parametrize("reason", ["withdrawn", "erased"])
async def test_a34_withdrawn_while_a_refused_first_call_waits_for_its_next_try_is_not_sent(
    bench: Bench, reason: str
) -> None:
    """What the ATS surely refused was never sent, whatever was read before it: an erasure finds nothing there."""

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.finish("find candidate", {})
        return await _fails(Transient("429", throttled=True), journal, refused=True)

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["first_sent_at"]) == ("ready", None)
    assert await bench.pool.fetchval("select cancel_pending('app-1', $1)", reason) == 1


async def test_a34_what_was_refused_after_a_finished_call_was_sent(bench: Bench) -> None:
    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        if await journal.done("create") is None:
            await journal.start("create")
            await journal.finish("create", {"id": "7"})
        await journal.start("attach")
        await journal.refused("attach")
        raise Transient("429", throttled=True)

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    await bench.deliver()
    assert (await bench.row(key))["first_sent_at"] is not None
    assert await bench.pool.fetchval("select cancel_pending('app-1', 'withdrawn')") == 0


async def test_withdrawn_after_the_first_call_is_carried_through(bench: Bench) -> None:
    """R16: half of it is in the ATS; leaving it there without its PDF helps nobody."""

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        await journal.finish("create", {"id": "7"})
        await bench.pool.execute("update application set verdict = 'SKIP', reason = 'withdrawn'")
        await journal.start("attach")
        await journal.finish("attach", {})
        return RECEIPT

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    assert await bench.state(key) == "delivered"


async def test_a45_erased_before_the_first_call_is_cancelled(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.pool.execute(
        "insert into erasure (candidate_id, requested_at, scope) values ('cand-app-1', now(), 'all')"
    )
    await bench.deliver()
    assert (await bench.row(key))["reason"] == "erased"
    assert bench.pusher.pushed == []


async def test_a45_erased_after_something_may_have_landed_is_for_a_person(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    key = await bench.ready("app-1")
    await bench.deliver()
    await bench.pool.execute(
        "insert into erasure (candidate_id, requested_at, scope) values ('cand-app-1', now(), 'all')"
    )
    await bench.deliver()
    assert (await bench.row(key))["state"] == "parked"
    assert await bench.pool.fetchval("select kind from issue") == "erasure_incomplete"
    assert len(bench.pusher.pushed) == 1


async def _half_created(bench: Bench) -> UUID:
    """The candidate is in the ATS, and the PDF was refused for good."""

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        await journal.finish("create", {"id": "7"})
        raise Permanent("413", code="pdf_too_large")

    await bench.connect()
    bench.pusher.act = act
    return await bench.ready("app-1")


async def test_a45_erased_while_half_of_it_is_sent_is_for_a_person(bench: Bench) -> None:
    key = await _half_created(bench)
    work = bench.pusher.act

    async def erased_meanwhile(delivery: Delivery, journal: Journal) -> Receipt:
        try:
            return await work(delivery, journal)
        finally:
            await bench.pool.execute("insert into erasure values ('cand-app-1', now(), 'all')")

    bench.pusher.act = erased_meanwhile
    await bench.deliver()
    assert await bench.state(key) == "dead"
    assert await bench.pool.fetchval("select subject from issue where kind = 'erasure_incomplete'") == str(key)


async def test_a45_what_is_half_in_the_ats_when_the_person_asks_is_for_a_person(bench: Bench) -> None:
    key = await _half_created(bench)
    refused = await bench.ready("app-2")
    await bench.deliver(slots=1)
    bench.pusher.act = _raising(Permanent("422", code="invalid"), refused=True)
    await bench.deliver()
    assert {await bench.state(key), await bench.state(refused)} == {"dead"}
    erasures = [Erasure(candidate_id=f"cand-app-{n}", requested_at=datetime.now(UTC)) for n in (1, 2)]
    await IngestLedger(bench.pool).run(lambda tx: tx.erase(erasures), alone=True)
    rows = await bench.pool.fetch("select subject from issue where kind = 'erasure_incomplete'")
    assert [row["subject"] for row in rows] == [str(key)]


async def test_a39_a_create_whose_attach_was_refused_keeps_its_step_and_never_creates_again(bench: Bench) -> None:
    created: list[str] = []

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        if await journal.done("create") is None:
            await journal.start("create")
            created.append(delivery.key)
            await journal.finish("create", {"id": "7"})
        await journal.start("attach")
        if len(bench.pusher.pushed) == 1:
            await journal.refused("attach")
            raise Permanent("413", code="pdf_too_large")
        await journal.finish("attach", {})
        return RECEIPT

    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    assert await bench.state(key) == "dead"
    await bench.pool.execute("update delivery set state = 'ready'")
    await bench.deliver()
    assert await bench.state(key) == "delivered"
    assert len(created) == 1


async def test_p2_capability_none_is_never_sent_again_after_a_doubt(bench: Bench) -> None:
    bench.pusher.facts = of_capability("none")
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["reason"], row["ambiguous"]) == ("parked", "ambiguous_delivery", True)
    assert await bench.deliver() == []
    assert await bench.pool.fetchval("select kind from issue") == "ambiguous_delivery"


async def test_p2_a_key_the_ats_may_have_forgotten_is_not_sent_again(bench: Bench) -> None:
    bench.pusher.facts = of_capability("key", key_window_s=86_400.0)
    await bench.connect()
    bench.pusher.act = _raising(Unknown("create: no answer"))
    key = await bench.ready("app-1")
    await bench.deliver()
    await bench.pool.execute("update delivery set first_sent_at = first_sent_at - interval '13 hours'")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["reason"], row["last_code"]) == ("parked", "ambiguous_delivery", "key_window")
    assert len(bench.pusher.pushed) == 1


async def test_unusable_settings_pause_the_connection_instead_of_killing_its_deliveries(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    bench.pushers.error = ConfigError("no such vendor")
    await bench.deliver()
    assert (await bench.row(key))["state"] == "parked"
    assert (await bench.gate())["mode"] == "paused"


async def test_an_error_of_ours_is_taken_as_may_have_landed(bench: Bench) -> None:
    await bench.connect()
    bench.pusher.act = _raising(KeyError("x"))
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["last_class"], row["last_error"]) == ("uncertain", "bug", "KeyError")


async def test_an_update_goes_out_after_its_create_and_knows_where_it_is(bench: Bench) -> None:
    await bench.connect()
    create = await bench.ready("app-1")
    update = await bench.emit("app-1", kind="update")
    await bench.render()
    await bench.deliver(slots=1)
    assert (await bench.state(create), await bench.state(update)) == ("delivered", "ready")
    await bench.deliver()
    assert await bench.state(update) == "delivered"
    assert [sent.kind for sent in bench.pusher.pushed] == ["create", "update"]
    assert bench.pusher.pushed[1].placed == RECEIPT


async def test_an_update_is_blocked_while_its_create_is_not_rendered_and_cancelled_if_that_ends_badly(
    bench: Bench,
) -> None:
    await bench.connect()
    create = await bench.ready("app-1")
    update = await bench.emit("app-1", kind="update")
    await bench.render()
    bench.pusher.act = _raising(Permanent("422", code="invalid"), refused=True)
    await bench.deliver()
    await bench.deliver()
    assert (await bench.state(create), (await bench.row(update))["reason"]) == ("dead", "never_delivered")


async def test_r18_a_create_nobody_has_begun_to_render_takes_the_update_in(bench: Bench) -> None:
    told: list[bool] = []
    await bench.connect()
    create = await bench.emit("app-1", engaged=False, content="old", told=told)
    await bench.emit("app-1", kind="update", engaged=True, content="new", told=told)
    assert told == [True, False]
    row = await bench.row(create)
    assert (row["engaged"], row["content_sha256"]) == (True, "new")


async def test_an_erase_needs_no_pdf_and_no_content(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    await bench.deliver()
    await bench.pool.execute("update snapshot set content = null, purged_at = now()")
    await bench.pool.execute(
        "insert into erasure (candidate_id, requested_at, scope) values ('cand-app-1', now(), 'all')"
    )
    key = await bench.emit("app-1", kind="erase")
    await bench.deliver()
    assert await bench.state(key) == "delivered"
    assert (bench.pusher.pushed[-1].kind, bench.pusher.pushed[-1].pdf) == ("erase", None)


async def test_an_erase_still_finds_its_create_when_the_row_is_gone(bench: Bench) -> None:
    await bench.connect()
    create = await bench.ready("app-1")
    await bench.deliver()
    await bench.pool.execute("delete from delivery where key = $1", create)
    await bench.emit("app-1", kind="erase")
    await bench.deliver()
    assert bench.pusher.pushed[-1].placed == RECEIPT


async def test_the_placeholder_address_is_used_only_by_policy(bench: Bench) -> None:
    await bench.connect(policy=Policy(missing_email="placeholder"))
    await bench.ready("app 1")  # a space: not an address
    await bench.deliver()
    assert bench.pusher.pushed[0].person.email is not None
    assert bench.pusher.pushed[0].person.email.endswith(".invalid")


async def test_a_render_that_fails_three_times_is_dead(bench: Bench) -> None:
    await bench.connect()
    bench.renderer.error = RenderError("no page", code="timeout")
    key = await bench.emit("app-1")
    for _ in range(3):
        await bench.render()
    row = await bench.row(key)
    assert (row["state"], row["reason"], bench.renderer.rendered) == ("dead", "render_timeout", 3)


async def test_a_withdrawn_application_is_not_rendered(bench: Bench) -> None:
    await bench.connect()
    key = await bench.emit("app-1")
    await bench.pool.execute("update application set verdict = 'SKIP', reason = 'withdrawn'")
    await bench.render()
    assert (await bench.state(key), bench.renderer.rendered) == ("cancelled", 0)


async def test_changed_bytes_are_never_sent(bench: Bench) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.pool.execute("update artifact set content = 'x'::bytea")
    await bench.deliver()
    assert (await bench.row(key))["reason"] == "artifact_missing"
    assert bench.pusher.pushed == []


async def test_an_update_waits_while_its_create_waits_for_its_next_try(bench: Bench) -> None:
    """Sent first, it would find nothing to update and be cancelled."""
    await bench.connect()
    create = await bench.ready("app-1")
    update = await bench.emit("app-1", kind="update")
    await bench.render()
    await bench.set(create, next_at=(await bench.row(create))["expires_at"])
    assert await bench.deliver() == []
    assert await bench.state(update) == "ready"
