-- name: list
-- Deliveries that match, newest first.
select d.key::text as key, d.kind, d.generation, d.connection, d.employer_id, d.application_id, d.job_id, d.state,
       d.reason, d.ambiguous, d.attempts, d.next_at, d.created_at, d.updated_at, d.delivered_at, d.last_class,
       d.last_code, d.attribution
from delivery d
where ($1::text is null or d.connection = $1) and ($2::text is null or d.state = $2)
  and ($3::text is null or d.reason = $3) and ($4::text is null or d.last_class = $4)
  and ($5::timestamptz is null or d.created_at >= $5) and ($6::timestamptz is null or d.created_at < $6)
  and ($7::uuid[] is null or d.key = any ($7)) and ($8::text is null or d.application_id = $8)
order by d.created_at desc, d.key limit $9;

-- name: count
-- How many match.
select count(*)::int from delivery d
where ($1::text is null or d.connection = $1) and ($2::text is null or d.state = $2)
  and ($3::text is null or d.reason = $3) and ($4::text is null or d.last_class = $4)
  and ($5::timestamptz is null or d.created_at >= $5) and ($6::timestamptz is null or d.created_at < $6)
  and ($7::uuid[] is null or d.key = any ($7)) and ($8::text is null or d.application_id = $8);

-- name: show
-- One delivery, whole.
select d.key::text as key, d.kind, d.generation, d.connection, d.employer_id, d.application_id, d.candidate_id, d.job_id,
       d.ats_job_id, d.state, d.reason, d.ambiguous, d.look_first, d.attempts, d.unsent, d.render_errors, d.next_at,
       d.expires_at, d.first_sent_at, d.wire_until, d.fence, d.lease_until, d.content_sha256, d.engaged,
       d.artifact_sha256, a.size as artifact_bytes, d.receipt, d.attribution, d.last_class, d.last_code, d.last_error,
       d.parked_at, d.created_at, d.updated_at, d.delivered_at
from delivery d left join artifact a on a.sha256 = d.artifact_sha256
where d.key = $1;

-- name: steps
-- The journal of one delivery.
select step, state, kept, looks, last_look_at, started_at, finished_at, fence
from step where delivery_key = $1 order by started_at, step;

-- name: attempts
-- Every attempt at one delivery, those that were fenced out too.
select fence, worker::text as worker, op, started_at, ended_at, class, code, error, remote_id, applied
from attempt where delivery_key = $1 order by started_at, ended_at;

-- name: moves
-- How one delivery went from state to state.
select from_state, to_state, reason, fence, at from delivery_move where delivery_key = $1 order by id;

-- name: matching
-- The keys that match a filter and are in one of the states $10, the oldest first.
select d.key from delivery d
where ($1::text is null or d.connection = $1) and ($2::text is null or d.state = $2)
  and ($3::text is null or d.reason = $3) and ($4::text is null or d.last_class = $4)
  and ($5::timestamptz is null or d.created_at >= $5) and ($6::timestamptz is null or d.created_at < $6)
  and ($7::uuid[] is null or d.key = any ($7)) and ($8::text is null or d.application_id = $8)
  and d.state = any ($10::text[])
order by d.created_at, d.key limit $9 for update of d;

-- name: retry
-- The same key again: what may have landed is looked for first, after its settle time; what has its PDF sends those
-- bytes, anything else renders the newest content. $2: seconds between two of them.
with wanted as (
  select w.key, w.nth from unnest($1::uuid[]) with ordinality as w(key, nth)
)
update delivery d set
  state = case when d.ambiguous and a.sha256 is not null then 'uncertain'
               when (a.sha256 is null or $3::boolean) and d.kind <> 'erase' then 'new' else 'ready' end,
  reason = null, attempts = 0, unsent = 0, render_errors = 0, render_claims = 0, priority = 0, parked_at = null,
  artifact_sha256 = case when $3::boolean and not d.ambiguous then null else d.artifact_sha256 end,
  next_at = greatest(clock_timestamp() + make_interval(secs => $2::float8 * (wanted.nth - 1)),
    case when d.ambiguous then d.wire_until + settle_of(d.connection) end),
  expires_at = clock_timestamp() + interval '5 days', updated_at = clock_timestamp()
from wanted left join delivery o on o.key = wanted.key left join artifact a on a.sha256 = o.artifact_sha256
where d.key = wanted.key and d.state in ('dead', 'parked')
returning d.key;

-- name: soon
-- What waits for its next try need not wait any longer, except for settle time.
update delivery d set next_at = greatest(clock_timestamp(), case when d.ambiguous then d.wire_until + settle_of(d.connection) end),
  updated_at = clock_timestamp()
where d.key = any ($1::uuid[]) and d.state in ('ready', 'uncertain', 'new') and d.next_at > clock_timestamp()
  and d.lease_owner is null
returning d.key;

-- name: cancel
-- Only what was never begun, or is dead or parked: a person says that it shall not be.
update delivery d set state = 'cancelled', reason = 'operator', ambiguous = false, lease_owner = null,
  lease_until = null, parked_at = null, updated_at = clock_timestamp()
where d.key = any ($1::uuid[]) and d.state in ('new', 'ready', 'parked', 'dead')
returning d.key, d.application_id, d.connection, d.kind, d.state, d.reason, d.updated_at;

-- name: mark_delivered
-- A person has seen it in the ATS.
update delivery d set state = 'delivered', ambiguous = false, reason = 'operator', receipt = $2::jsonb,
  attribution = $2::jsonb ->> 'attribution', delivered_at = clock_timestamp(), parked_at = null,
  updated_at = clock_timestamp()
where d.key = $1 and d.state in ('parked', 'dead', 'uncertain')
returning d.key, d.application_id, d.connection, d.kind, d.state, d.reason, d.delivered_at, d.updated_at;

-- name: bury
-- Delivered for ever: no replay delivers it again.
insert into tombstone (delivery_key, delivered_at, receipt) values ($1, $2, $3) on conflict do nothing;

-- name: close_issue
-- Done with.
update issue set closed_at = clock_timestamp()
where closed_at is null and kind = any ($1::text[]) and ($2::text is null or connection = $2)
  and ($3::text is null or subject = $3);

-- name: issues
-- What a person should look at.
select id, kind, connection, subject, n, opened_at, seen_at, closed_at from issue
where (closed_at is null or $1::boolean) order by closed_at is not null, opened_at desc limit $2;

-- name: pause
-- By a person.
with c as (
  update connection set state = 'paused', pause_reason = $2, updated_at = clock_timestamp() where name = $1
  returning name
)
update gate set mode = 'paused', pause_reason = $2 where connection in (select c.name from c) returning connection;

-- name: pause_connection
-- The connection itself, where it may have no gate yet.
update connection set state = $2, pause_reason = $3, updated_at = clock_timestamp() where name = $1 returning name;

-- name: open_gate
-- As on its first day; what it has learned stays.
update gate set mode = 'closed', open_until = null, opened_at = null, trips = 0, consec_fail = 0, pause_reason = null,
  hold_until = null, window_n = 0, window_fail = 0, window_at = clock_timestamp()
where connection = $1;

-- name: wake_applications
-- Whoever was held because the connection was down is decided again; in the order ingest locks them in.
update application a set again_at = clock_timestamp()
where a.application_id in (
  select b.application_id from application b
  where b.connection = $1 and b.reason = 'connection_down' order by b.application_id for update);

-- name: parked
-- What waits for its connection, youngest enough first; the rest needs approval (A38).
select d.key, d.created_at >= clock_timestamp() - make_interval(secs => $2::float8) as young from delivery d
where d.connection = $1 and d.state = 'parked' and d.reason = 'connection_down' for update of d;

-- name: unpark
-- See unpark in migration 0003.
select unpark($1::uuid[]);

-- name: park_counts
-- What is parked, by connection and reason.
select connection, reason, count(*)::int as n, min(parked_at) as since from delivery
where state = 'parked' group by 1, 2 order by 1, 2;

-- name: reopen_job
-- A job takes applications again in the ATS.
select reopen_pending($1, $2);

-- name: action
-- Who did what to how many, and why.
insert into operator_action (actor, action, filter, n, reason) values ($1, $2, $3, $4, $5);

-- name: distrust
-- See distrust in migration 0004.
select distrust(make_interval(secs => $1::float8));
