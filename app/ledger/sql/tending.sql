-- name: park_paused
-- Work of paused connections waits there (A38); what may have landed stays marked so. Never what is being sent.
-- The locks make it wait for a resume that is under way: else it would park behind its back what nobody wakes again.
with c as materialized (
  select name from connection where state = 'paused' for share
), g as materialized (
  select connection from gate where mode = 'paused' for share
), due as (
  select d.key from delivery d
  where d.connection in (select c.name from c union all select g.connection from g)
    and d.state in ('new', 'ready', 'uncertain')
  order by d.key limit 1000 for update of d skip locked
)
update delivery d set state = 'parked', reason = 'connection_down', parked_at = clock_timestamp(), lease_owner = null,
  lease_until = null, updated_at = clock_timestamp()
from due where d.key = due.key
returning d.key;

-- name: expire
-- Work whose time ran out while its gate was shut. What may have landed gets its last look from the engine instead.
update delivery d set state = 'dead', reason = 'expired', last_class = 'expired', updated_at = clock_timestamp()
where d.state = 'ready' and d.expires_at < clock_timestamp()
  and not exists (select from gate g where g.connection = d.connection and g.mode = 'paused')
returning d.key, d.application_id, d.kind, d.state, d.reason, d.connection, d.updated_at;

-- name: shut_for_good
-- A breaker that stayed open for a whole day is for a person.
with g as (
  update gate set mode = 'paused', pause_reason = 'breaker_open' where mode in ('open', 'half_open')
    and opened_at < clock_timestamp() - make_interval(secs => $1::float8)
  returning connection
), c as (
  update connection set state = 'paused', pause_reason = 'breaker_open', updated_at = clock_timestamp()
  where name in (select g.connection from g)
), i as (
  insert into issue (kind, connection) select 'connection_down', g.connection from g
  on conflict (kind, connection, subject) where closed_at is null do update set n = issue.n + 1, seen_at = clock_timestamp()
)
select connection from g;

-- name: purge_artifacts
-- PDFs that no delivery will send again and no ATS may still fetch ($3: vendors that fetch, $4: how long after the last
-- call), and those of people who asked to be forgotten. A delivery whose PDF goes and was never fetched is marked.
with gone as (
  delete from artifact a where a.sha256 in (
    select b.sha256 from artifact b
    where b.created_at < clock_timestamp() - interval '60 s' and not exists (
      select from delivery d where d.artifact_sha256 = b.sha256
        and (d.state not in ('delivered', 'cancelled')
          or d.updated_at > clock_timestamp() - make_interval(secs => $1::float8)
          or (d.state = 'delivered' and d.wire_until > clock_timestamp() - make_interval(secs => $4::float8)
            and exists (select from connection c where c.name = d.connection and c.vendor = any ($3::text[]))))
        and not (d.state <> 'sending' and exists (select from erasure e where e.candidate_id = d.candidate_id)))
    limit $2::int)
  and a.created_at < clock_timestamp() - interval '60 s' returning a.sha256
), unfetched as (
  update delivery d set reason = 'pdf_not_fetched', last_code = 'pdf_not_fetched'
  from gone, connection c
  where d.artifact_sha256 = gone.sha256 and d.state = 'delivered' and c.name = d.connection
    and c.vendor = any ($3::text[]) and d.receipt ->> 'note' is distinct from 'update_unsupported'
    and not exists (select from erasure e where e.candidate_id = d.candidate_id)
    and not exists (select from attempt t where t.delivery_key = d.key and t.op = 'fetch')
  returning 1
)
select (select count(*) from gone)::int as n, (select count(*) from unfetched)::int as unfetched;

-- name: purge_ended
-- Deliveries that ended long ago, with their journal; their tombstones stay for ever.
with old as (
  select d.key from delivery d
  where d.state in ('delivered', 'cancelled') and d.updated_at < clock_timestamp() - make_interval(secs => $1::float8)
    and not exists (select from delivery o where o.application_id = d.application_id and o.key <> d.key
                    and o.state not in ('delivered', 'cancelled'))
  order by d.updated_at limit $2::int for update skip locked
), s as (
  delete from step s using old where s.delivery_key = old.key
), a as (
  delete from attempt a using old where a.delivery_key = old.key
), m as (
  delete from delivery_move m using old where m.delivery_key = old.key
), gone as (
  delete from delivery d using old where d.key = old.key returning 1
)
select count(*)::int from gone;

-- name: purge_attempts
-- Evidence of attempts older than it is kept, where the delivery has ended.
with gone as (
  delete from attempt a where a.id in (
    select b.id from attempt b join delivery d on d.key = b.delivery_key
    where b.ended_at < clock_timestamp() - make_interval(secs => $1::float8) and d.state in ('delivered', 'cancelled')
    limit $2::int) returning 1
)
select count(*)::int from gone;

-- name: purge_refused
-- Bytes of refused records are kept only as long as somebody may still want to replay them: they may be of people that
-- no erasure finds in them.
with gone as (
  update dead_letter set value = null, headers = null where id in (
    select l.id from dead_letter l
    where l.value is not null and l.seen_at < clock_timestamp() - make_interval(secs => $1::float8)
    order by l.seen_at limit $2::int) returning 1
)
select count(*)::int from gone;

-- name: purge_outbox
-- Results that were published long ago.
with gone as (
  delete from outbox where id in (
    select o.id from outbox o where o.published_at < clock_timestamp() - make_interval(secs => $1::float8)
    limit $2::int) returning 1
)
select count(*)::int from gone;
