-- name: claim
-- Deliveries to render, each connection's first ones first, so that one long queue does not keep the others waiting.
with wanted as (
  select x.key from gate g
  cross join lateral (
    select d.key, d.next_at, row_number() over (order by d.priority desc, d.next_at) as nth from (
      select e.key, e.next_at, e.priority from delivery e
      where e.connection = g.connection and e.state = 'new' and e.next_at <= clock_timestamp()
      order by e.next_at limit $3) d) x
  where g.mode <> 'paused'
  order by x.nth, x.next_at limit $3
), mine as materialized (
  select d.key from delivery d
  where d.key in (select w.key from wanted w) and d.state = 'new' and d.next_at <= clock_timestamp()
  for update skip locked
), taken as (
  update delivery d set fence = d.fence + 1, lease_owner = $1::uuid,
      lease_until = clock_timestamp() + make_interval(secs => $2::float8),
      next_at = clock_timestamp() + make_interval(secs => $2::float8),
      render_claims = d.render_claims + 1, updated_at = clock_timestamp()
    from mine where d.key = mine.key
    returning d.*
)
select t.key, t.fence, t.render_claims, t.render_errors, t.employer_id, s.content as snapshot,
       s.content_sha256 as snapshot_sha256, unwanted(t.kind, t.application_id, t.candidate_id) as unwanted,
       c.name, c.vendor, c.base_url, c.trigger, c.policy, c.policy_version, c.trigger_since, c.state
from taken t
left join connection c on c.name = t.connection
left join snapshot s on s.application_id = t.application_id;

-- name: ready
-- The PDF is stored: from here on every attempt sends these same bytes.
update delivery set state = 'ready', ambiguous = false, look_first = look_first or ambiguous, artifact_sha256 = $4,
  content_sha256 = coalesce($5, content_sha256), lease_owner = null, lease_until = null,
  next_at = clock_timestamp(), updated_at = clock_timestamp()
where key = $1 and state = 'new' and fence = $2 and lease_owner = $3
returning key;

-- name: artifact
-- By digest: the same bytes are kept once, and a purge that is about to take them sees that they are wanted again.
insert into artifact (sha256, content, size) values ($1, $2, $3)
on conflict (sha256) do update set created_at = clock_timestamp();

-- name: again
-- Another try later.
update delivery set next_at = clock_timestamp() + make_interval(secs => $4::float8), lease_owner = null,
  lease_until = null, render_errors = render_errors + $6::int, last_class = 'render', last_code = $5,
  updated_at = clock_timestamp()
where key = $1 and state = 'new' and fence = $2 and lease_owner = $3;

-- name: end
-- It will not be rendered.
update delivery set state = $4, reason = $5, last_class = 'render', last_code = $5, lease_owner = null,
  lease_until = null, updated_at = clock_timestamp()
where key = $1 and state = 'new' and fence = $2 and lease_owner = $3
returning key, application_id, kind, state, reason, connection, updated_at;
