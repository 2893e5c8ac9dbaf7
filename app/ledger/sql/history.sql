-- name: applications
-- What the events said of these employers' applications, but for those that are in the ATS already.
select a.facts, a.contact_key from application a
where a.employer_id = any ($1::text[]) and a.facts is not null
  and not exists (select from delivery d where d.application_id = a.application_id and d.kind = 'create'
                    and d.state = 'delivered');

-- name: jobs
-- What they said of these employers' jobs.
select facts from job_link where employer_id = any ($1::text[]);

-- name: erased
-- Whom of these employers' candidates somebody asked to forget.
select distinct a.candidate_id from application a join erasure e using (candidate_id)
where a.employer_id = any ($1::text[]);

-- name: connections
-- Connections as they are in force: these employers', or all.
select name, employer_id, vendor, base_url, trigger, policy, policy_version, trigger_since, state
from connection where $1::text[] is null or employer_id = any ($1);

-- name: placed
-- Every application with its decision and the state of its create. Where its row was let go, the decision says
-- that it was delivered.
select a.application_id, a.verdict, a.reason, (cardinality(a.released) > 0 or a.backfill_approved) as released,
       coalesce(p.state, case when a.verdict in ('NOOP', 'UPDATE') and a.reason is distinct from 'erased'
                           then 'delivered' end) as state, a.decided_at,
       exists (select from delivery c where c.application_id = a.application_id and c.kind = 'create'
                 and c.state = 'cancelled') as cancelled
from application a
left join lateral (
  select d.state from delivery d
  where d.application_id = a.application_id and d.kind = 'create' and d.state <> 'cancelled'
  order by d.generation desc limit 1) p on true;

-- name: has_tables
-- Whether this database has a ledger's tables.
select to_regclass('application') is not null and to_regclass('connection') is not null;

-- name: is_used
-- Whether this ledger has heard of anybody.
select exists (select from application) or exists (select from connection);

-- name: shadow_connections
-- The same connections without credentials: nothing can be sent with them.
insert into connection (name, employer_id, vendor, base_url, credentials, trigger, policy, policy_version, trigger_since, state)
select c.name, c.employer_id, c.vendor, c.base_url, '', c.trigger, c.policy, c.policy_version, c.trigger_since, c.state
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::int[], $8::timestamptz[], $9::text[])
    c(name, employer_id, vendor, base_url, trigger, policy, policy_version, trigger_since, state);
