"""What ingest calls to intend, cancel and relink deliveries, and the claim that hands due ones to a worker."""

from __future__ import annotations

from app.ledger.migrations.script import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INGEST = """
-- Whether the intent is new. Called in ingest's transaction, any number of times for the same key.
-- A create that nobody has begun to render will carry the newer content itself, so its update is not needed.
-- One that was cancelled unsent comes back; one that an operator cancelled, or that was ever delivered, does not.
create function emit_delivery(p_key uuid, p_kind text, p_generation int, p_connection text, p_employer text,
  p_application text, p_candidate text, p_job text, p_ats_job text, p_content_sha256 text, p_engaged boolean)
returns boolean language plpgsql as $$
begin
  if exists (select from tombstone t where t.delivery_key = p_key) then
    return false;
  end if;
  if p_kind = 'update' then
    update delivery d set engaged = d.engaged or p_engaged, content_sha256 = p_content_sha256,
        lease_owner = null, lease_until = null
      where d.application_id = p_application and d.connection = p_connection and d.kind = 'create'
        and d.state = 'new' and (d.lease_until is null or d.lease_until < clock_timestamp());
    if found then
      return false;
    end if;
  end if;
  insert into delivery (key, kind, generation, connection, employer_id, application_id, candidate_id, job_id,
                        ats_job_id, content_sha256, engaged, state, look_first)
    values (p_key, p_kind, p_generation, p_connection, p_employer, p_application, p_candidate, p_job, p_ats_job,
            p_content_sha256, p_engaged, case when p_kind = 'erase' then 'ready' else 'new' end,
            exists (select from restore r where r.distrust_until > clock_timestamp()))
    on conflict do nothing;
  if found then
    return true;
  end if;
  update delivery d set state = 'new', reason = null, ats_job_id = p_ats_job, content_sha256 = p_content_sha256,
      engaged = p_engaged, artifact_sha256 = null, priority = 1, next_at = clock_timestamp(), parked_at = null,
      look_first = d.look_first or exists (select from restore r where r.distrust_until > clock_timestamp()),
      expires_at = clock_timestamp() + interval '5 days', updated_at = clock_timestamp()
    where d.key = p_key and d.state = 'cancelled' and d.first_sent_at is null and d.kind <> 'erase'
      and d.reason is distinct from 'operator';
  return found;
end $$;

-- How many deliveries of the application were cancelled: those of which nothing was ever sent (A34, A45).
create function cancel_pending(p_application text, p_reason text) returns int language plpgsql as $$
declare v_n int;
begin
  update delivery d set state = 'cancelled', reason = p_reason, lease_owner = null, lease_until = null,
      parked_at = null, updated_at = clock_timestamp()
    where d.application_id = p_application and d.state in ('new', 'ready', 'parked') and d.kind <> 'erase'
      and d.first_sent_at is null;
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- How long after the last byte a look-up may still not see what was sent.
create function settle_of(p_connection text) returns interval language sql stable as $$
  select make_interval(secs => coalesce((select g.settle_s from gate g where g.connection = p_connection), 60))
$$;

-- Where parked work goes when nothing holds it any more. Unsure work still waits out its settle time.
create function unpark(p_keys uuid[]) returns int language plpgsql as $$
declare v_n int; v_now timestamptz := clock_timestamp(); v_oldest timestamptz;
begin
  select min(d.created_at) into v_oldest from delivery d where d.key = any (p_keys);
  update delivery d set
      state = case when d.ambiguous then 'uncertain'
                   when d.artifact_sha256 is null and d.kind <> 'erase' then 'new' else 'ready' end,
      reason = null, priority = 0, unsent = 0,
      -- the newest first (A38): what was created last is due longest
      next_at = case when d.ambiguous then greatest(v_now, d.wire_until + settle_of(d.connection))
                     else v_now - (d.created_at - v_oldest) end,
      expires_at = d.expires_at + (v_now - coalesce(d.parked_at, v_now)), parked_at = null, updated_at = v_now
    where d.key = any (p_keys) and d.state = 'parked';
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- How many deliveries now go to the job's new requisition (A17): all of which nothing was ever sent.
create function relink_pending(p_employer text, p_job text, p_ats_job text) returns int language plpgsql as $$
declare v_keys uuid[];
begin
  with moved as (
    update delivery d set ats_job_id = p_ats_job, updated_at = clock_timestamp()
      where d.employer_id = p_employer and d.job_id = p_job and d.state in ('new', 'ready', 'parked')
        and d.first_sent_at is null and d.ats_job_id <> p_ats_job
      returning d.key)
  select coalesce(array_agg(m.key), '{}') into v_keys from moved m;
  perform unpark(array(select d.key from delivery d
                       where d.key = any (v_keys) and d.state = 'parked' and d.reason = 'job_closed'));
  return cardinality(v_keys);
end $$;

-- How many deliveries go on because their job takes applications again (A37).
create function reopen_pending(p_employer text, p_job text) returns int language sql as $$
  update issue set closed_at = clock_timestamp()
    where kind = 'job_closed' and subject = p_job and closed_at is null
      and connection in (select c.name from connection c where c.employer_id = p_employer);
  select unpark(array(select d.key from delivery d
                      where d.employer_id = p_employer and d.job_id = p_job and d.state = 'parked'
                        and d.reason = 'job_closed'));
$$;

-- After a restore from an older copy: for p_for, what the ledger does not know to have been sent may have been.
create function distrust(p_for interval) returns int language plpgsql as $$
declare v_n int;
begin
  insert into restore (distrust_until) values (clock_timestamp() + p_for);
  -- what had not been sent then may have been sent since
  delete from step s using delivery d
    where s.delivery_key = d.key and s.state = 'refused' and d.state not in ('delivered', 'cancelled');
  update delivery d set look_first = true where d.state not in ('delivered', 'cancelled');
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- Why a delivery must not be begun any more, or null (A34, A45).
create function unwanted(p_kind text, p_application text, p_candidate text) returns text language sql stable as $$
  select case when p_kind = 'erase' then null
    when exists (select from erasure e where e.candidate_id = p_candidate) then 'erased'
    else (select a.reason from application a where a.application_id = p_application and a.verdict = 'SKIP') end
$$;
"""

_CLAIM = """
-- One candidate at a time per connection (A12), one application in the order its work was decided. Where a candidate is
-- found by a search, what was just created may not show yet: the next one of theirs waits out the same settle (R14).
create function is_blocked(d delivery, p_without text[]) returns boolean language sql stable as $$
  select not 'serial' = any (p_without) and exists (
      select from delivery o where o.connection = d.connection and o.candidate_id = d.candidate_id and o.key <> d.key
        and (o.state = 'sending' or (o.state = 'uncertain' and d.state = 'ready')))
    or not 'serial' = any (p_without) and d.kind = 'create' and exists (
      select from gate g where g.connection = d.connection and g.capability = 'lookup' and exists (
        select from delivery o where o.connection = d.connection and o.candidate_id = d.candidate_id and o.key <> d.key
          and o.kind = 'create' and o.state = 'delivered'
          and o.delivered_at > clock_timestamp() - make_interval(secs => g.settle_s)))
    or exists (
      select from delivery o where o.application_id = d.application_id and o.created_at < d.created_at
        and o.connection = d.connection and o.state in ('new', 'ready', 'sending', 'uncertain'))
$$;

-- Up to p_slots due deliveries, now `sending` under a new fence, from gates that let them through. Each gate is locked
-- before its deliveries are counted and picked, and every statement sees what committed before it, so that several
-- workers together never exceed the in-flight cap, the bucket, or one probe of a half-open gate.
create function claim_deliveries(p_worker uuid, p_lease interval, p_slots int, p_without text[])
returns setof delivery language plpgsql as $$
declare
  v_start timestamptz := clock_timestamp();
  v_now timestamptz;
  v_left int := p_slots;
  v_tokens float8;
  v_room int;
  v_allow int;
  v_keys uuid[];
  g gate;
begin
  for g in
    select ga.* from gate ga
    where (ga.mode = 'closed' or (ga.mode in ('open', 'half_open') and ga.open_until <= v_start))
      and (ga.hold_until is null or ga.hold_until <= v_start)
      and exists (select from delivery d where d.connection = ga.connection and d.state in ('ready', 'uncertain')
                    and d.next_at <= v_start)
    order by ga.last_claim_at nulls first limit least(p_slots, 32) for update skip locked
  loop
    exit when v_left <= 0;
    v_now := clock_timestamp();
    v_tokens := least(g.burst, g.tokens + g.rate_per_s * greatest(0, extract(epoch from v_now - g.refilled_at)));
    -- a connection in trouble gets fewer slots with each failure, so that many of them cannot take all
    v_room := case when g.mode <> 'closed' then 1
                   when 'inflight' = any (p_without) then p_slots
                   else greatest(1, g.max_inflight >> least(g.consec_fail, 10)) - (select count(*)::int
                     from delivery d where d.connection = g.connection and d.state = 'sending')
              end;
    v_allow := least(v_left, v_room,
      case when v_tokens >= 1 then greatest(1, floor(v_tokens / greatest(1, g.calls))::int) else 0 end);
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
    update gate ga set last_claim_at = v_now, refilled_at = v_now, claims = g.claims + 1,
        tokens = v_tokens - cardinality(v_keys) * greatest(1, g.calls),
        mode = case when g.mode = 'open' and cardinality(v_keys) > 0 then 'half_open' else g.mode end,
        open_until = case when g.mode <> 'closed' and cardinality(v_keys) > 0 then v_now + p_lease else g.open_until end
      where ga.connection = g.connection;
    v_left := v_left - cardinality(v_keys);
  end loop;
end $$;
"""


def upgrade() -> None:
    run_script(_INGEST)
    run_script(_CLAIM)
