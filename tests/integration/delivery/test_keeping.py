"""What is kept and what is let go: PDFs, old rows, credentials, tokens."""

from __future__ import annotations

import asyncio

import pytest

from app.delivery.work import LedgerAway
from app.ledger.connections import ConnectionStore
from app.ledger.pool import open_pool
from app.ledger.queries import query
from app.ledger.tending import Kept
from app.ledger.tokens import LedgerTokens
from app.secrets import new_key, secrets_from
from schemas.connection import ConnectionSpec, Policy
from schemas.errors import ConfigError
from tests.integration.delivery.parts import Bench

pytestmark = pytest.mark.service


def _spec(**changed: object) -> ConnectionSpec:
    given: dict[str, object] = {
        "name": "acme",
        "employer_id": "emp",
        "vendor": "webhook",
        "base_url": "https://ats.example/hook",
        "credentials": {"secret": "whsec_very-hidden"},
        "trigger": "engaged",
    }
    return ConnectionSpec(**(given | changed))  # type: ignore[arg-type]


@pytest.fixture
def store(bench: Bench) -> ConnectionStore:
    return ConnectionStore(pool=bench.pool, secrets=secrets_from(new_key()))


async def test_credentials_are_sealed_at_rest_and_open_with_the_key_alone(bench: Bench, store: ConnectionStore) -> None:
    await store.apply([_spec()])
    sealed = await bench.pool.fetchval("select credentials from connection")
    assert b"whsec" not in sealed
    assert await store.credentials("acme") == {"secret": "whsec_very-hidden"}
    other = ConnectionStore(pool=bench.pool, secrets=secrets_from(new_key()))
    with pytest.raises(ConfigError) as caught:
        await other.credentials("acme")
    assert "whsec" not in str(caught.value)


async def test_sealed_credentials_moved_to_another_connection_do_not_open(bench: Bench, store: ConnectionStore) -> None:
    await store.apply([_spec(), _spec(name="other", employer_id="emp-2", credentials={"secret": "x"})])
    await bench.pool.execute(
        "update connection set credentials = (select credentials from connection where name = 'acme')"
    )
    with pytest.raises(ConfigError):
        await store.credentials("other")


async def test_r7_apply_is_all_or_nothing_and_says_what_changed(bench: Bench, store: ConnectionStore) -> None:
    assert await store.apply([_spec()]) == {"acme": "created"}
    assert await store.apply([_spec()]) == {"acme": "unchanged"}
    assert await store.apply([_spec(policy=Policy(settle_seconds=5))]) == {"acme": "changed"}
    with pytest.raises(ConfigError, match="already has connection"):
        await store.apply([_spec(trigger="new"), _spec(name="zzz")])
    assert await bench.pool.fetchval("select policy_version from connection") == 2
    assert await bench.pool.fetchval("select count(*) from connection_version") == 2


async def test_a13_a_name_never_moves_to_another_employer(store: ConnectionStore) -> None:
    await store.apply([_spec()])
    with pytest.raises(ConfigError, match="another employer"):
        await store.apply([_spec(employer_id="emp-2")])


async def test_a19_a_changed_trigger_counts_from_now_and_a_first_one_from_the_start(store: ConnectionStore) -> None:
    await store.apply([_spec()])
    first = await store.get("acme")
    await store.apply([_spec(trigger="new")])
    second = await store.get("acme")
    assert first is not None
    assert second is not None
    assert (first.trigger_since, second.trigger_since is not None) == (None, True)
    await store.apply([_spec(trigger="new", policy=Policy(require_phone=True))])
    third = await store.get("acme")
    assert third is not None
    assert third.trigger_since == second.trigger_since


async def test_new_credentials_are_a_new_version(store: ConnectionStore) -> None:
    await store.apply([_spec()])
    assert await store.apply([_spec(credentials={"secret": "whsec_other"})]) == {"acme": "changed"}


async def test_a_replaced_secret_key_still_opens_what_the_old_one_sealed(bench: Bench) -> None:
    old, new = new_key(), new_key()
    await ConnectionStore(pool=bench.pool, secrets=secrets_from(old)).apply([_spec()])
    rotated = ConnectionStore(pool=bench.pool, secrets=secrets_from(f"{new},{old}"))
    assert await rotated.credentials("acme") == {"secret": "whsec_very-hidden"}


async def test_tokens_are_sealed_and_one_process_at_a_time_logs_in(bench: Bench) -> None:
    secrets = secrets_from(new_key())
    stores = [LedgerTokens(pool=bench.pool, secrets=secrets, connection="acme") for _ in range(4)]
    inside, most = 0, 0

    async def log_in(tokens: LedgerTokens) -> None:
        nonlocal inside, most
        async with tokens.alone():
            inside += 1
            most = max(most, inside)
            kept = await tokens.load()
            await tokens.save({"token": "hidden-token", "n": str(int((kept or {"n": "0"})["n"]) + 1)})
            inside -= 1

    await asyncio.gather(*(log_in(tokens) for tokens in stores for _ in range(3)))
    assert most == 1
    assert await stores[0].load() == {"token": "hidden-token", "n": "12"}
    assert b"hidden-token" not in await bench.pool.fetchval("select value from token")


async def test_a_process_that_dies_while_logging_in_shuts_nobody_out(bench: Bench) -> None:
    secrets = secrets_from(new_key())
    dying, next_one = (LedgerTokens(pool=bench.pool, secrets=secrets, connection="acme") for _ in range(2))
    with pytest.raises(ZeroDivisionError):
        async with dying.alone():
            raise ZeroDivisionError
    async with next_one.alone():
        assert await next_one.load() is None


async def test_more_log_ins_at_once_than_sessions_do_not_wait_for_each_other_for_ever(database_url: str) -> None:
    secrets = secrets_from(new_key())
    async with await open_pool(database_url, size=2) as small:
        every = [LedgerTokens(pool=small, secrets=secrets, connection=f"acme-{n}") for n in range(8)]

        async def log_in(tokens: LedgerTokens) -> None:
            async with tokens.alone():
                await tokens.load()
                await tokens.save({"token": "x"})

        async with asyncio.timeout(30):
            await asyncio.gather(*map(log_in, every))


async def test_a_database_that_goes_away_in_a_log_in_is_said_to_be_away(bench: Bench) -> None:
    """Else the delivery whose log-in it was is told of a fault of the program."""
    async with await open_pool("postgresql://nobody@127.0.0.1:9/none", size=1) as gone:
        never = LedgerTokens(pool=gone, secrets=secrets_from(new_key()), connection="acme")
        for asked in (never.load(), never.save({"token": "x"}), never.alone().__aenter__()):
            with pytest.raises(LedgerAway, match="ConnectionRefusedError"):
                await asked
    tokens = LedgerTokens(pool=bench.pool, secrets=secrets_from(new_key()), connection="acme")
    for loads in (True, False):
        with pytest.raises(LedgerAway):
            await _log_in_meanwhile_all_sessions_end(bench, tokens, loads=loads)
    async with tokens.alone():
        assert await tokens.load() is None


async def _log_in_meanwhile_all_sessions_end(bench: Bench, tokens: LedgerTokens, *, loads: bool) -> None:
    async with tokens.alone():
        await bench.pool.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        if loads:
            await tokens.load()


async def test_a_pdf_is_kept_until_its_delivery_ends_and_goes_then(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    await bench.pool.execute("update artifact set created_at = now() - interval '1 h'")
    await bench.tending.purge(Kept())
    assert await bench.pool.fetchval("select count(*) from artifact") == 1
    await bench.deliver()
    await bench.tending.purge(Kept(artifacts_s=3600))
    assert await bench.pool.fetchval("select count(*) from artifact") == 1
    await bench.tending.purge(Kept())
    assert await bench.pool.fetchval("select count(*) from artifact") == 0


async def test_a45_the_pdf_of_an_erased_candidate_goes_even_if_its_delivery_has_not_ended(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    await bench.pool.execute("update artifact set created_at = now() - interval '1 h'")
    await bench.pool.execute(
        "insert into erasure (candidate_id, requested_at, scope) values ('cand-app-1', now(), 'all')"
    )
    await bench.tending.purge(Kept())
    assert await bench.pool.fetchval("select count(*) from artifact") == 0


async def test_old_deliveries_go_with_their_journal_and_their_tombstones_stay(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    await bench.deliver()
    await bench.pool.execute("update delivery set updated_at = now() - interval '500 days'")
    await bench.tending.purge(Kept())
    for table in ("delivery", "step", "attempt", "delivery_move"):
        assert await bench.pool.fetchval(f"select count(*) from {table}") == 0  # noqa: S608
    assert await bench.pool.fetchval("select count(*) from tombstone") == 1


async def test_what_is_parked_or_dead_is_never_purged(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    await bench.pool.execute("update delivery set state = 'parked', updated_at = now() - interval '500 days'")
    await bench.tending.purge(Kept())
    assert await bench.pool.fetchval("select count(*) from delivery") == 1


_OLD_DELIVERIES = """
with d as (
  insert into delivery (key, kind, connection, employer_id, application_id, candidate_id, job_id, ats_job_id, state,
                        delivered_at, updated_at)
  select gen_random_uuid(), 'create', 'acme', 'e', 'old-' || n, 'c' || n, 'j', 'x', 'delivered', now(),
         now() - interval '500 days' from generate_series(1, 350) n returning key)
insert into attempt (id, delivery_key, fence, op, started_at, ended_at, class, applied)
select gen_random_uuid(), key, 1, 'push', now(), now() - interval '500 days', 'delivered', true from d"""
_OLD_RESULTS = """
insert into outbox (topic, published_at) select 'results', now() - interval '8 days' from generate_series(1, 350)"""
_OLD_PDFS = """
insert into artifact (sha256, content, size, created_at)
select n::text, 'x', 1, now() - interval '1 h' from generate_series(1, 350) n"""


async def test_one_purge_leaves_nothing_that_is_due_and_everything_that_is_not(bench: Bench) -> None:
    """Batches keep its transactions short; a busy day must not outgrow them."""
    await bench.connect()
    living = [await bench.ready(f"app-{n}") for n in range(3)]
    await bench.deliver(slots=2)
    for statement in (_OLD_DELIVERIES, _OLD_RESULTS, _OLD_PDFS):
        await bench.pool.execute(statement)
    await bench.tending.purge(Kept(artifacts_s=3600, batch=100))
    keys = {row["key"] for row in await bench.pool.fetch("select key from delivery")}
    counts = {table: await bench.pool.fetchval(f"select count(*) from {table}") for table in ("attempt", "artifact")}  # noqa: S608
    assert keys == set(living)
    assert counts == {"attempt": 2, "artifact": 3}
    assert await bench.pool.fetchval("select count(*) from outbox where topic = 'results'") == 0


async def test_p5_the_bytes_of_refused_records_are_let_go_and_why_they_were_refused_stays(bench: Bench) -> None:
    """An erasure finds those that are keyed by an application; the others may be of anybody."""
    await bench.pool.execute(
        'insert into dead_letter (topic, partition, "offset", code, reason, path, value, headers, seen_at)'
        " select 'applications', 0, n, 'key_mismatch', 'r', '$', 'somebody', '[]', now() - make_interval(days => n)"
        " from generate_series(1, 60) n"
    )
    await bench.tending.purge(Kept(batch=10))
    kept = await bench.pool.fetch('select value is null and headers is null as gone from dead_letter order by "offset"')
    assert [row["gone"] for row in kept] == [False] * 29 + [True] * 31


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("purge_ended", "delivery_ended"),
        ("purge_outbox", "outbox_published"),
        ("purge_refused", "dead_letter_kept"),
    ],
)
async def test_what_is_let_go_is_found_by_its_age(bench: Bench, name: str, index: str) -> None:
    """Not by reading a million rows every minute."""
    async with bench.pool.acquire() as session, session.transaction():
        await session.execute("set local enable_seqscan = off")
        asked = query("tending", name).replace("$1", "1e9").replace("$2", "10")
        plan = [row[0] for row in await session.fetch("explain " + asked)]
    assert any(index in line for line in plan), plan
