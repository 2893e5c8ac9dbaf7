-- name: open
-- The PDF a link leads to: from the first byte of its delivery until it ended, and for $2 seconds after its last call;
-- never once the person asked to be forgotten. Who refused that first byte has the link all the same. $3: it is fetched
-- now, which is noted once for each attempt.
with found as (
  select d.key, d.fence, a.content from delivery d join artifact a on a.sha256 = d.artifact_sha256
  where d.key = $1 and d.state <> 'cancelled' and (d.first_sent_at is not null
      or exists (select from step s where s.delivery_key = d.key and s.state = 'refused'))
    and (d.state in ('ready', 'sending', 'uncertain')
      or d.wire_until > clock_timestamp() - make_interval(secs => $2::float8))
    and not exists (select from erasure e where e.candidate_id = d.candidate_id)
), noted as (
  insert into attempt (id, delivery_key, fence, op, started_at, class, applied)
  select gen_random_uuid(), f.key, f.fence, 'fetch', clock_timestamp(), 'fetched', true from found f
  where $3::boolean and not exists (
    select from attempt t where t.delivery_key = f.key and t.fence = f.fence and t.op = 'fetch')
)
select content from found;
