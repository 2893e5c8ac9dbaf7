-- name: try_alone
-- Whether this session may do the named round; held until the session gives it back.
select pg_try_advisory_lock($1, $2);

-- name: watermarks
-- How far each partition has been read into the ledger.
select topic, partition, next_offset, updated_at from ingest_offset;

-- name: note
-- Offsets that were committed to the group and never reached the ledger become open gaps.
select advance_offsets($1::text[], $2::int[], $3::bigint[], $3::bigint[]);

-- name: rewind
-- A topic that was made anew is read from its beginning; the old one's gaps went with it.
with gone as (
  update ingest_gap set filled_at = now(), records = 0 where topic = $1 and partition = $2 and filled_at is null
)
update ingest_offset set next_offset = $3, updated_at = clock_timestamp() where topic = $1 and partition = $2;

-- name: catch_up
-- See catch_up in migration 0004.
select catch_up($1::bigint, make_interval(secs => $2::float8));

-- name: open_gaps
-- Ranges to be read again, the oldest first.
select topic, partition, from_offset, to_offset from ingest_gap where filled_at is null order by found_at limit $1;

-- name: fill
-- A range was read again to its end.
update ingest_gap set filled_at = now(), records = $5
  where (topic, partition, from_offset, to_offset) = ($1, $2, $3, $4);

-- name: due
-- Applications whose time has come to be decided again.
select application_id from application where again_at <= now() order by again_at limit $1;

-- name: unintended
-- Intended and not under way: delivered since (then the decision is old), or lost (then it is repaired, and counted).
-- What an operator cancelled, or what was cancelled after it was sent, waits for a person and not for us.
select a.application_id, not exists (
         select from delivery d where d.application_id = a.application_id and d.kind = lower(a.verdict)
           and d.state <> 'cancelled') as lost
  from application a
  where a.verdict in ('CREATE', 'UPDATE', 'ERASE')
    and not exists (
      select from delivery d where d.application_id = a.application_id and d.kind = lower(a.verdict)
        and (d.state not in ('delivered', 'cancelled')
          or (d.state = 'cancelled' and (d.reason = 'operator' or d.first_sent_at is not null))))
  order by a.decided_at
  limit $1;

-- name: reconnected
-- Held for a connection that works again (A38).
select a.application_id from application a join connection c on c.name = a.connection
  where a.reason = 'connection_down' and c.state = 'healthy' limit $1;

-- name: to_erase
-- Created in the ATS after the candidate had asked to be forgotten: the request was on the wire (A45).
select a.application_id from erasure e join application a on a.candidate_id = e.candidate_id
  where a.verdict not in ('ERASE', 'NOOP')
    and exists (select from delivery d where d.application_id = a.application_id and d.kind = 'create'
                  and d.state = 'delivered')
  limit $1;

-- name: mark_stale
-- Applications decided under another policy than their connection's own are decided again; delivered ones are not (A19).
update application a set again_at = now()
  from connection c
  where c.employer_id = a.employer_id and c.updated_at >= $1 and a.verdict is distinct from 'NOOP'
    and (a.policy_version, a.connection) is distinct from (c.policy_version, c.name)
    and (a.again_at is null or a.again_at > now());

-- name: counts
-- What health shows: open gaps, results to publish and the age of the oldest, and dead letters nobody replayed.
select (select count(*) from ingest_gap where filled_at is null)::int as gaps,
       (select count(*) from outbox where published_at is null)::int as unpublished,
       coalesce((select extract(epoch from now() - created_at) from outbox
                 where published_at is null order by id limit 1), 0)::float8 as unpublished_oldest_s,
       (select count(*) from dead_letter where replayed_at is null)::int as dead_letters;
