-- name: ingested
-- How many records of each topic are in the ledger, as far as its watermarks say.
select topic, sum(next_offset)::bigint as records from ingest_offset group by topic;

-- name: unsettled
-- Deliveries that have yet to end one way or the other, and decisions whose delivery is not there yet.
select (select count(*) from delivery where state in ('new', 'ready', 'sending', 'uncertain'))::int as deliveries,
       (select count(*) from application a
        where a.verdict in ('CREATE', 'UPDATE', 'ERASE')
          and not exists (select from delivery d where d.application_id = a.application_id
                            and d.kind = lower(a.verdict)))::int as decisions;

-- name: applications
-- Every application with its decision and how its deliveries ended.
select a.application_id, a.employer_id, a.verdict, a.reason,
       c.state as create_state, c.reason as create_reason, c.receipt,
       (select count(*) from delivery u where u.application_id = a.application_id and u.kind = 'update'
          and u.state = 'delivered')::int as updates,
       (select string_agg(distinct e.state, ',') from delivery e where e.application_id = a.application_id
          and e.kind = 'erase') as erase_state
from application a
left join lateral (
  select d.state, d.reason, d.receipt from delivery d
  where d.application_id = a.application_id and d.kind = 'create' and d.state <> 'cancelled'
  order by d.generation desc limit 1) c on true
order by a.application_id;

-- name: dead_letters
-- Refused records by code.
select code, count(*)::int as records from dead_letter group by code;

-- name: widen_gates
-- For an ATS on this machine that has no limit of its own: rates as if the vendor's were high.
update gate set rate_per_s = $1::float8, burst = $1::float8, tokens = $1::float8;

-- name: gates
-- How many connections have a gate by now.
select count(*)::int as n from gate;
