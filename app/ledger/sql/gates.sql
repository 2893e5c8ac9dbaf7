-- name: missing
-- Connections without a gate, or whose settings are newer than it.
select c.name, c.employer_id, c.vendor, c.base_url, c.trigger, c.policy, c.policy_version, c.trigger_since, c.state
from connection c left join gate g on g.connection = c.name
where c.state = 'healthy' and (g.connection is null or g.policy_version <> c.policy_version)
order by c.name limit 200;

-- name: put
-- What the vendor's card says; mode and learned values stay.
insert into gate (connection, max_inflight, rate_per_s, burst, tokens, capability, key_window_s, settle_s, policy_version)
select $1, $2, $3::float8, $4::float8, $4::float8, $5, $6::float8, $7::float8,
       coalesce((select c.policy_version from connection c where c.name = $1), 1)
on conflict (connection) do update
  set max_inflight = excluded.max_inflight, rate_per_s = excluded.rate_per_s, burst = excluded.burst,
      tokens = least(gate.tokens, excluded.burst), capability = excluded.capability,
      key_window_s = excluded.key_window_s, settle_s = excluded.settle_s, policy_version = excluded.policy_version;

-- name: read
-- What outcomes change, locked; times as seconds from now.
select mode,
       extract(epoch from open_until - clock_timestamp())::float8 as open_for_s,
       extract(epoch from clock_timestamp() - opened_at)::float8 as opened_s_ago,
       trips, consec_fail, extract(epoch from clock_timestamp() - window_at)::float8 as window_s, window_n, window_fail
from gate where connection = $1 for update;

-- name: write
-- The gate after an outcome.
update gate set mode = $2,
  open_until = case when $2 = 'closed' then null else clock_timestamp() + make_interval(secs => $3::float8) end,
  opened_at = case when $2 = 'closed' then null else clock_timestamp() - make_interval(secs => $4::float8) end,
  trips = $5, consec_fail = $6, window_at = clock_timestamp() - make_interval(secs => $7::float8), window_n = $8,
  window_fail = $9
where connection = $1;

-- name: pay
-- See pay_call in migration 0004.
select pay_call($1);

-- name: learn_calls
-- An attempt ended: what was paid since the last one ended is what one makes, on the average.
update gate set calls = greatest(1, calls * 0.9 + (paid - paid_seen) * 0.1), paid_seen = paid where connection = $1;

-- name: hold
-- The ATS told the whole connection to wait. Its bucket begins empty afterwards, so that nothing rushes in.
update gate set
  hold_until = greatest(coalesce(hold_until, '-infinity'), clock_timestamp() + make_interval(secs => $2::float8)),
  refilled_at = greatest(refilled_at, clock_timestamp() + make_interval(secs => $2::float8)),
  tokens = least(tokens, 0)
where connection = $1;

-- name: pause
-- The account lets us in no more (A38): nothing is claimed until a person resumes it.
with g as (
  update gate set mode = 'paused', pause_reason = $2 where connection = $1 and mode <> 'paused'
), c as (
  update connection set state = 'paused', pause_reason = $2, updated_at = clock_timestamp()
  where name = $1 and state <> 'paused'
  returning 1
)
select exists (select from c) as now_paused;

-- name: open_issue
-- Told once, counted after that.
insert into issue (kind, connection, subject) values ($1, $2, $3)
on conflict (kind, connection, subject) where closed_at is null
do update set n = issue.n + 1, seen_at = clock_timestamp();
