"""Every call pays when it is made, no full gate takes another's turn, and a restored ledger honours no old claim."""

from __future__ import annotations

from app.ledger.migrations.script import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TOLL = """
alter table gate add column paid bigint not null default 0, add column paid_seen bigint not null default 0;
comment on column gate.paid is 'Calls that were paid for, ever; paid_seen: how many of them when an attempt ended last';
comment on column gate.calls is 'Calls one attempt makes here, learned: how many attempts the bucket can feed';

-- What is in the bucket at an instant.
create function tokens_of(g gate, p_at timestamptz) returns float8 language sql immutable as $$
  select least(g.burst, g.tokens + g.rate_per_s * greatest(0, extract(epoch from p_at - g.refilled_at)))
$$;

-- A connection in trouble gets fewer slots with each failure, so that many of them cannot take all.
create function room_of(g gate) returns int language sql immutable as $$
  select greatest(1, g.max_inflight >> least(g.consec_fail, 10))
$$;

-- Called right before each call: 0 and it is paid for, else in how many seconds to ask again.
create function pay_call(p_connection text) returns float8 language plpgsql as $$
declare
  v_now timestamptz;
  v_tokens float8;
  g gate;
begin
  select * into g from gate where connection = p_connection for update;
  if not found then
    return 0;
  end if;
  v_now := clock_timestamp();
  if g.hold_until > v_now then
    return extract(epoch from g.hold_until - v_now);
  end if;
  v_tokens := tokens_of(g, v_now);
  if v_tokens < 1 then
    return (1 - v_tokens) / g.rate_per_s;
  end if;
  update gate set tokens = v_tokens - 1, refilled_at = greatest(g.refilled_at, v_now), paid = g.paid + 1
    where connection = p_connection;
  return 0;
end $$;
"""

_CLAIM = """
-- Up to p_slots due deliveries, now `sending` under a new fence, from gates that let them through. Each gate is locked
-- before its deliveries are counted and picked, and every statement sees what committed before it, so that several
-- workers together never exceed the in-flight cap or one probe of a half-open gate. Gates that have no room or no token
-- are passed over: they shall not take the turns of others. What is claimed will find the tokens for its calls within
-- about two seconds; each call pays for itself (pay_call).
create or replace function claim_deliveries(p_worker uuid, p_lease interval, p_slots int, p_without text[])
returns setof delivery language plpgsql as $$
declare
  v_start timestamptz := clock_timestamp();
  v_now timestamptz;
  v_left int := p_slots;
  v_tokens float8;
  v_flying int;
  v_room int;
  v_allow int;
  v_keys uuid[];
  g gate;
begin
  for g in
    select ga.* from gate ga
    where (ga.mode = 'closed' or (ga.mode in ('open', 'half_open') and ga.open_until <= v_start))
      and (ga.hold_until is null or ga.hold_until <= v_start)
      and tokens_of(ga, v_start) >= 1
      and (ga.mode <> 'closed' or 'inflight' = any (p_without) or room_of(ga) > (
        select count(*) from delivery d where d.connection = ga.connection and d.state = 'sending'))
      and exists (select from delivery d where d.connection = ga.connection and d.state in ('ready', 'uncertain')
                    and d.next_at <= v_start)
    order by ga.last_claim_at nulls first limit least(p_slots, 32) for update skip locked
  loop
    exit when v_left <= 0;
    v_now := clock_timestamp();
    v_tokens := tokens_of(g, v_now);
    select count(*)::int into v_flying from delivery d where d.connection = g.connection and d.state = 'sending';
    v_room := case when g.mode <> 'closed' then 1 when 'inflight' = any (p_without) then p_slots
                   else room_of(g) - v_flying end;
    v_allow := least(v_left, v_room, case when v_tokens < 1 then 0 else greatest((v_flying = 0)::int,
      floor(least(1000, (v_tokens + 2 * g.rate_per_s) / greatest(1, g.calls)))::int - v_flying) end);
    v_keys := '{}';
    if v_allow > 0 then
      with fresh as materialized (
        select d.key, d.candidate_id, d.next_at, 1 as priority from delivery d
        where d.connection = g.connection and d.state in ('ready', 'uncertain') and d.priority = 1
          and d.next_at <= v_now and not is_blocked(d, p_without)
        order by d.next_at limit v_allow * 2 for update skip locked
      ), late as materialized (
        select d.key, d.candidate_id, d.next_at, 0 as priority from delivery d
        where d.connection = g.connection and d.state in ('ready', 'uncertain') and d.priority = 0
          and d.next_at <= v_now and not is_blocked(d, p_without)
        order by d.next_at limit v_allow * 2 for update skip locked
      ), ranked as (
        -- new work goes ahead of repeats, but every fourth claim begins with the repeats, so that neither starves
        select x.key, x.next_at, case when g.claims % 4 = 3 then x.priority else 1 - x.priority end as class,
               row_number() over (partition by x.candidate_id order by x.priority desc, x.next_at) as nth
        from (select * from fresh union all select * from late) x
      )
      select coalesce(array_agg(y.key), '{}') into v_keys from (
        select r.key from ranked r where r.nth = 1 or 'serial' = any (p_without)
        order by r.class, r.next_at limit v_allow) y;
      return query
        update delivery d set state = 'sending', fence = d.fence + 1, lease_owner = p_worker,
            lease_until = v_now + p_lease, wire_until = v_now + p_lease, updated_at = v_now
          where d.key = any (v_keys) and d.state in ('ready', 'uncertain')
          returning d.*;
    end if;
    update gate ga set last_claim_at = v_now, claims = g.claims + 1,
        mode = case when g.mode = 'open' and cardinality(v_keys) > 0 then 'half_open' else g.mode end,
        open_until = case when g.mode <> 'closed' and cardinality(v_keys) > 0 then v_now + p_lease else g.open_until end
      where ga.connection = g.connection;
    v_left := v_left - cardinality(v_keys);
  end loop;
end $$;
"""

_DISTRUST = """
-- After a restore from an older copy: for p_for, what the ledger does not know to have been sent may have been. Whoever
-- believes to hold a claim holds one of another time.
create or replace function distrust(p_for interval) returns int language plpgsql as $$
declare v_n int;
begin
  insert into restore (distrust_until) values (clock_timestamp() + p_for);
  -- what had not been sent then may have been sent since
  delete from step s using delivery d
    where s.delivery_key = d.key and s.state = 'refused' and d.state not in ('delivered', 'cancelled');
  update delivery d set look_first = true, fence = d.fence + 1 where d.state not in ('delivered', 'cancelled');
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- Whether message p_told went out and this ledger has not come to it. Then its numbers go on after it, so that no
-- reader takes a new message for one it has seen, and it trusts itself no more. A number beyond belief is none of ours.
create function catch_up(p_told bigint, p_for interval) returns boolean language plpgsql as $$
declare v_n int;
begin
  if p_told > 9007199254740991 or p_told <= (select s.last_value from outbox_id_seq s) then
    return false;
  end if;
  perform setval('outbox_id_seq', p_told);
  v_n := distrust(p_for);
  insert into operator_action (actor, action, filter, n, reason)
    values ('auditor', 'distrust', jsonb_build_object('told', p_told), v_n, 'older than what it has told');
  return true;
end $$;
"""

_RETENTION = """
-- What is let go is found by its age, not by reading everything that is kept.
create index delivery_ended on delivery (updated_at) where state in ('delivered', 'cancelled');
create index outbox_published on outbox (published_at) where published_at is not null;
"""


def upgrade() -> None:
    run_script(_TOLL)
    run_script(_CLAIM)
    run_script(_DISTRUST)
    run_script(_RETENTION)
