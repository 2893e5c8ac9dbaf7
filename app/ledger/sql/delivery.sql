-- name: claim
-- Due deliveries, now sending under a new fence: the function itself is in migration 0004.
select c.key, c.kind, c.connection, c.application_id, c.job_id, c.fence, c.ambiguous, c.attempts, c.unsent,
       c.expires_at <= clock_timestamp() as expired,
       extract(epoch from clock_timestamp() - c.first_sent_at)::float8 as sent_s_ago, g.settle_s
from claim_deliveries($1::uuid, make_interval(secs => $2::float8), $3::int, $4::text[]) c
join gate g on g.connection = c.connection;

-- name: load
-- Everything one claim needs to be carried out.
select d.generation, d.employer_id, d.candidate_id, d.ats_job_id, d.artifact_sha256, a.content as pdf,
       s.content as snapshot, unwanted(d.kind, d.application_id, d.candidate_id) as unwanted,
       p.receipt as placed,
       c.name, c.vendor, c.base_url, c.trigger, c.policy, c.policy_version, c.trigger_since, c.state
from delivery d
left join connection c on c.name = d.connection
left join artifact a on a.sha256 = d.artifact_sha256
left join snapshot s on s.application_id = d.application_id
left join lateral (
  select q.receipt from delivery q
  where d.kind <> 'create' and q.application_id = d.application_id and q.connection = d.connection
    and q.kind <> 'erase' and q.state = 'delivered' and q.receipt is not null
  order by q.delivered_at desc limit 1) p on true
where d.key = $1;

-- name: buried
-- The receipt of a delivery whose row is gone.
select receipt from tombstone where delivery_key = $1;

-- name: settle
-- How an attempt ended, if the claim is still ours ($12: the fence is taken out, for a test). `retry` is ready, or
-- uncertain while a started step is unresolved. One row when it was.
update delivery d set
  state = case when $4 <> 'retry' then $4 when d.ambiguous then 'uncertain' else 'ready' end,
  ambiguous = case when $4 in ('delivered', 'cancelled') then false when $4 = 'uncertain' then true else d.ambiguous end,
  reason = $5,
  attempts = d.attempts + $6::int,
  unsent = case when $7::boolean then d.unsent + 1 when $13 = 'throttled' then d.unsent else 0 end,
  priority = case when $13 in ('throttled', 'stopping') then d.priority else 0 end,
  next_at = clock_timestamp() + make_interval(secs => $8::float8),
  wire_until = least(d.wire_until, clock_timestamp()),
  lease_owner = null, lease_until = null,
  receipt = coalesce($9::jsonb, d.receipt),
  attribution = coalesce($9::jsonb ->> 'attribution', d.attribution),
  last_class = $13, last_code = $10, last_error = $11,
  parked_at = case when $4 = 'parked' then clock_timestamp() end,
  delivered_at = case when $4 = 'delivered' then clock_timestamp() end,
  updated_at = clock_timestamp()
where d.key = $1 and d.state = 'sending' and (($2 = d.fence and $3::uuid = d.lease_owner) or $12::boolean)
returning d.key, d.application_id, d.connection, d.kind, d.state, d.reason, d.delivered_at, d.updated_at;

-- name: off_the_wire
-- Our own requests for the unresolved steps of this claim are over: their settle time begins now.
update step set wire_until = least(wire_until, clock_timestamp())
where delivery_key = $1 and fence = $2 and state = 'started';

-- name: attempt
-- The evidence, whether or not the claim was still ours; written once.
insert into attempt (id, delivery_key, fence, worker, op, started_at, class, code, error, remote_id, applied)
values ($1, $2, $3, $4, $5, clock_timestamp() - make_interval(secs => $6::float8), $7, $8, $9, $10, $11)
on conflict (id) do nothing;

-- name: erasure_left
-- The person asked to be forgotten while this was under way, and it ends with something of it in the ATS, perhaps.
insert into issue (kind, connection, subject)
  select 'erasure_incomplete', d.connection, d.key::text
  from delivery d join erasure e on e.candidate_id = d.candidate_id
  where d.key = $1 and d.kind = 'create' and d.first_sent_at is not null
  on conflict (kind, connection, subject) where closed_at is null do nothing;

-- name: tombstone
-- Delivered for ever: no replay delivers it again.
insert into tombstone (delivery_key, delivered_at, receipt) values ($1, $2, $3) on conflict do nothing;

-- name: result
-- What the world is told, through the outbox.
insert into outbox (topic, key, payload) values ($1, $2, $3);

-- name: release
-- Gives back a claim of which this worker began nothing.
update delivery d set state = case when d.ambiguous then 'uncertain' else 'ready' end, lease_owner = null,
  lease_until = null, next_at = clock_timestamp(), updated_at = clock_timestamp()
where d.key = $1 and d.fence = $2 and d.lease_owner = $3 and d.state = 'sending';

-- name: reap
-- Expired leases: what may be on the wire becomes uncertain and waits out wire and settle, or is for a person where
-- nothing can be looked up; what began nothing is ready.
with r as (
  select d.key, d.fence, d.lease_owner, d.lease_until, g.capability, d.ambiguous as unsure,
         coalesce($1::float8, g.settle_s, 60) as settle_s
  from delivery d left join gate g on g.connection = d.connection
  where d.state = 'sending' and d.lease_until < clock_timestamp()
  order by d.lease_until limit 500 for update of d skip locked
), u as (
  update delivery d set
    state = case when not r.unsure then 'ready' when r.capability = 'none' then 'parked' else 'uncertain' end,
    ambiguous = r.unsure,
    reason = case when r.unsure and r.capability = 'none' then 'ambiguous_delivery' end,
    parked_at = case when r.unsure and r.capability = 'none' then clock_timestamp() end,
    attempts = d.attempts + r.unsure::int,
    unsent = d.unsent + (not r.unsure)::int,
    priority = 0,
    next_at = case when r.unsure then
        case when r.capability in ('key', 'upsert') then d.wire_until
             else d.wire_until + make_interval(secs => r.settle_s) end
      -- work that takes its process down with it comes back ever later
      else clock_timestamp() + make_interval(secs => $2::float8 * least(300, 5 * (2 ^ least(d.unsent, 6) - 1))) end,
    lease_owner = null, lease_until = null, last_class = 'lease_expired', last_code = null, last_error = null,
    updated_at = clock_timestamp()
  from r where d.key = r.key
  returning d.key, d.application_id, d.kind, d.state, d.reason, d.connection, d.updated_at
), i as (
  insert into issue (kind, connection, subject)
  select 'ambiguous_delivery', u.connection, u.key::text from u where u.state = 'parked'
  on conflict (kind, connection, subject) where closed_at is null do update set n = issue.n + 1, seen_at = clock_timestamp()
), e as (
  insert into attempt (id, delivery_key, fence, worker, op, started_at, class, applied)
  select gen_random_uuid(), r.key, r.fence, r.lease_owner, 'push', r.lease_until, 'lease_expired', true from r
)
select u.* from u;

-- name: step_start
-- Durable before the first byte: only while the claim is ours, its lease runs, and the delivery is still wanted. A step
-- that finished before first_sent_at only read.
-- A step that was finished meanwhile is not started again.
with held as (
  update delivery d set ambiguous = not $5::boolean, first_sent_at = coalesce(d.first_sent_at, clock_timestamp()),
      wire_until = d.lease_until
    where d.key = $1 and d.state = 'sending'
      and (($2 = d.fence and $3::uuid = d.lease_owner and d.lease_until > clock_timestamp()) or $6::boolean)
      and (d.first_sent_at is not null or unwanted(d.kind, d.application_id, d.candidate_id) is null)
    returning d.key, d.lease_until
)
insert into step (delivery_key, step, state, wire_until, fence)
  select held.key, $4, case when $5::boolean then 'refused' else 'started' end, held.lease_until, $2 from held
on conflict (delivery_key, step) do update
  set state = excluded.state, wire_until = excluded.wire_until, fence = excluded.fence,
      started_at = clock_timestamp(), looks = 0, last_look_at = null
  where step.state <> 'finished'
returning true as started;

-- name: still_wanted
-- Why a claim that is still ours may not begin; no row when it is not ours.
select case when d.first_sent_at is null then unwanted(d.kind, d.application_id, d.candidate_id) end as reason
from delivery d where d.key = $1 and d.fence = $2 and d.lease_owner = $3 and d.state = 'sending';

-- name: steps_read
-- Where every step stands, and whether the claim is ours. A restored ledger may not have heard of a step (look_first).
select d.look_first,
       (d.state = 'sending' and ((d.fence = $2 and d.lease_owner = $3::uuid) or $4::boolean)) as ours,
       coalesce((select jsonb_agg(jsonb_build_array(s.step, s.state, s.kept)) from step s where s.delivery_key = d.key),
                '[]'::jsonb) as steps
from delivery d where d.key = $1;

-- name: step_finish
-- The step is done, as its starter or the owner of the claim knows. The truth is kept even by a worker that was
-- fenced out, as long as nobody has started the step again; `ours` says whether the claim still is.
-- What the owner learned last is kept, for the run went on with it: a read that is asked again answers anew.
with held as (
  update delivery d set ambiguous = false
    where d.key = $1 and d.state = 'sending' and (($3 = d.fence and $5::uuid = d.lease_owner) or $6::boolean)
    returning d.key
), done as (
  insert into step (delivery_key, step, state, kept, wire_until, finished_at, fence)
    select held.key, $2, 'finished', $4::jsonb, clock_timestamp(), clock_timestamp(), $3 from held
  on conflict (delivery_key, step) do update
    set state = 'finished', kept = excluded.kept, finished_at = excluded.finished_at
), late as (
  update step s set state = 'finished', kept = $4::jsonb, finished_at = clock_timestamp()
    where not exists (select from held) and s.delivery_key = $1 and s.step = $2 and s.fence = $3
      and s.state = 'started'
    returning 1
)
select exists (select from held) as ours, exists (select from late) as kept_late;

-- name: step_refused
-- The step surely did not happen: nothing of this delivery is on the wire. Where it was the first one, nothing was ever
-- sent, and the delivery can still be taken back or go to another requisition (A17, A34).
with held as (
  update delivery d set ambiguous = false,
      first_sent_at = case when exists (
          select from step s where s.delivery_key = d.key and s.step <> $2
            and (s.state = 'started' or (s.state = 'finished' and s.finished_at >= d.first_sent_at)))
        then d.first_sent_at end
    where d.key = $1 and d.state = 'sending' and (($3 = d.fence and $4::uuid = d.lease_owner) or $5::boolean)
    returning d.key
)
insert into step (delivery_key, step, state, wire_until, fence)
  select held.key, $2, 'refused', clock_timestamp(), $3 from held
on conflict (delivery_key, step) do update set state = 'refused'
  where step.state = 'started'
returning true as refused;

-- name: owned
-- Whether the claim is still ours.
select d.state = 'sending' and ((d.fence = $2 and d.lease_owner = $3::uuid) or $4::boolean) as ours
from delivery d where d.key = $1;

-- name: step_absent
-- One more look that found nothing, if it counts: after wire and settle time, and far enough from the last one.
with held as (
  select d.key from delivery d
  where d.key = $1 and d.state = 'sending' and (($3 = d.fence and $4::uuid = d.lease_owner) or $5::boolean)
  for update
), unheard as (
  insert into step (delivery_key, step, state, wire_until, fence)
    select held.key, $2, 'started', clock_timestamp(), $3 from held
  on conflict do nothing
), looked as (
  update step s set looks = s.looks + 1, last_look_at = clock_timestamp()
  from held
  where s.delivery_key = held.key and s.step = $2 and s.state = 'started'
    and clock_timestamp() >= s.wire_until + make_interval(secs => $6::float8)
    and clock_timestamp() >= coalesce(s.last_look_at, '-infinity') + make_interval(secs => $7::float8)
  returning s.looks
)
select exists (select from held) as ours, coalesce((select looks from looked),
  (select s.looks from step s where s.delivery_key = $1 and s.step = $2 and s.state = 'started'), 0) as looks;

-- name: late_evidence
-- What a fenced-out worker learned about a step that somebody else has started again.
insert into attempt (id, delivery_key, fence, worker, op, started_at, class, remote_id, applied)
values (gen_random_uuid(), $1, $2, $3, $4, clock_timestamp(), 'late', $5, false);
