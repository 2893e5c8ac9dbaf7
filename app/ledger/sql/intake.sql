-- name: begin
-- The batch's clock, and the lock that lets applications pass together and a changing world (jobs, erasures) alone.
select now() from (select pg_advisory_xact_lock_shared($1)) held;

-- name: begin_alone
-- The same for a batch that changes what every decision looks at.
select now() from (select pg_advisory_xact_lock($1)) held;

-- name: lock
-- See lock_applications in migration 0001.
select * from lock_applications($1::text[], $2::text[]);

-- name: world
-- Everything outside the applications themselves that their decisions look at, in one round trip.
select 'connection' as what, c.employer_id as id,
       jsonb_build_object('name', c.name, 'employer_id', c.employer_id, 'vendor', c.vendor, 'trigger', c.trigger,
                          'policy', c.policy, 'policy_version', c.policy_version, 'trigger_since', c.trigger_since,
                          'base_url', c.base_url, 'healthy', c.state = 'healthy') as value
  from connection c where c.employer_id = any ($1::text[])
union all
select 'job', null, j.facts
  from job_link j join (select distinct * from unnest($2::text[], $3::text[])) w(employer_id, job_id)
    on (j.employer_id, j.job_id) = (w.employer_id, w.job_id)
union all
select 'erased', e.candidate_id, null from erasure e where e.candidate_id = any ($4::text[])
union all
select 'delivery', d.application_id,
       jsonb_build_object('kind', d.kind, 'generation', d.generation, 'state', d.state, 'connection', d.connection,
                          'content_sha256', d.content_sha256, 'engaged', d.engaged)
  from delivery d where d.application_id = any ($5::text[]);

-- name: claim_contacts
-- See claim_contacts in migration 0001.
select * from claim_contacts($1::text[], $2::text[], $3::text[]);

-- name: recent_creates
-- How many creates each connection was given in the last hour, counted no further than the limit (surge brake).
select c.name, (select count(*) from (
    select from delivery d where d.connection = c.name and d.kind = 'create'
      and d.created_at > now() - interval '1 hour' limit $2::bigint) recent)::int as creates
  from unnest($1::text[]) c(name);

-- name: backfills_taken
-- How much of each job's backfill budget is used (A16).
select w.employer_id, w.job_id, count(a.application_id)::int as taken
  from unnest($1::text[], $2::text[]) w(employer_id, job_id)
  left join application a on a.employer_id = w.employer_id and a.job_id = w.job_id and a.backfill_taken
  group by 1, 2;

-- name: cancel
-- Takes back what was intended and never sent.
select cancel_pending(c.application_id, c.reason) from unnest($1::text[], $2::text[]) c(application_id, reason)
  order by c.application_id;

-- name: free_contacts
-- An address whose first application is out of the way is free again, and whoever was held behind it is asked again.
with freed as (
  delete from contact_claim c where c.application_id = any ($1::text[]) returning c.contact_key
)
update application a set again_at = now() from freed f
  where a.contact_key = f.contact_key and a.reason = 'ambiguous_delivery';

-- name: emit
-- One intent per row; the key makes it once. `done` says that a tombstone already stands for it.
select i.application_id,
       emit_delivery(i.key, i.kind, i.generation, i.connection, i.employer_id, i.application_id, i.candidate_id,
                     i.job_id, i.ats_job_id, i.content_sha256, i.engaged) as emitted,
       exists (select from tombstone t where t.delivery_key = i.key) as done
  from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
              $10::text[], $11::boolean[])
    i(key, kind, generation, connection, employer_id, application_id, candidate_id, job_id, ats_job_id, content_sha256,
      engaged)
  order by i.application_id;

-- name: write_applications
-- Facts and decision of rows this transaction has locked.
update application a set
    employer_id = w.employer_id, job_id = w.job_id, candidate_id = w.candidate_id, facts = w.facts,
    facts_sha256 = w.facts_sha256, verdict = w.verdict, reason = w.reason, decision = w.decision,
    connection = w.connection, policy_version = w.policy_version, again_at = w.again_at, contact_key = w.contact_key,
    backfill_taken = w.backfill_taken, decided_at = now(), updated_at = now()
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::text[], $8::text[],
              $9::jsonb[], $10::text[], $11::int[], $12::timestamptz[], $13::text[], $14::boolean[])
    w(application_id, employer_id, job_id, candidate_id, facts, facts_sha256, verdict, reason, decision, connection,
      policy_version, again_at, contact_key, backfill_taken)
  where a.application_id = w.application_id;

-- name: write_snapshots
-- The newest content of each application; never where its candidate was erased.
insert into snapshot as s (application_id, version, content_sha256, content)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[])
  on conflict (application_id) do update
    set version = excluded.version, content_sha256 = excluded.content_sha256, content = excluded.content,
        updated_at = now()
    where s.purged_at is null;

-- name: write_events
-- Which records are behind an application's facts.
insert into application_event (topic, partition, "offset", application_id, kind, at, summary)
  select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
  on conflict do nothing;

-- name: write_dead_letters
-- Refused records with their bytes, and a place in the outbox for their copies. An erased person's bytes are not kept.
with refused as (
  insert into dead_letter (topic, partition, "offset", code, reason, path, key, value, headers, timestamp_ms)
    select r.topic, r.partition, r.off, r.code, r.reason, r.path, r.key,
           case when e.candidate_id is null then r.value end, case when e.candidate_id is null then r.headers end, r.ts
    from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[],
                $9::jsonb[], $10::bigint[], $11::text[])
      r(topic, partition, off, code, reason, path, key, value, headers, ts, application_id)
    left join application a on a.application_id = r.application_id
    left join erasure e on e.candidate_id = a.candidate_id
    on conflict do nothing
    returning id, key
)
insert into outbox (topic, key, dead_letter_id) select $12, r.key, r.id from refused r;

-- name: write_results
-- What became of an application, for whoever listens.
insert into outbox (topic, key, payload) select $1, r.key, r.payload from unnest($2::bytea[], $3::bytea[]) r(key, payload);

-- name: advance
-- See advance_offsets in migration 0001.
select advance_offsets($1::text[], $2::int[], $3::bigint[], $4::bigint[]);

-- name: jobs
-- What is known of some jobs.
select j.facts from job_link j
  join unnest($1::text[], $2::text[]) w(employer_id, job_id) on (j.employer_id, j.job_id) = (w.employer_id, w.job_id);

-- name: write_jobs
-- Jobs and their links.
insert into job_link (employer_id, job_id, facts)
  select * from unnest($1::text[], $2::text[], $3::jsonb[])
  on conflict (employer_id, job_id) do update set facts = excluded.facts, updated_at = now();

-- name: wake_jobs
-- Applications of these jobs that are not delivered are to be decided again (A16, A37).
update application a set again_at = now()
  from unnest($1::text[], $2::text[]) w(employer_id, job_id)
  where a.employer_id = w.employer_id and a.job_id = w.job_id and a.verdict is distinct from 'NOOP';

-- name: relink
-- Work that was never sent goes to the requisition the job is linked to now (A17).
select relink_pending(w.employer_id, w.job_id, w.ats_job_id)
  from unnest($1::text[], $2::text[], $3::text[]) w(employer_id, job_id, ats_job_id);

-- name: erase
-- See erase_candidates in migration 0001.
select erase_candidates($1::text[], $2::timestamptz[], $3::text[]);

-- name: erasure_left
-- What was begun and has ended without a receipt may have left a person in the ATS, where only a person finds them.
insert into issue (kind, connection, subject)
  select 'erasure_incomplete', d.connection, d.key::text
  from delivery d join application a on a.application_id = d.application_id
  where a.candidate_id = any ($1::text[]) and d.kind = 'create' and d.state in ('dead', 'parked')
    and d.first_sent_at is not null
  on conflict (kind, connection, subject) where closed_at is null do nothing;

-- name: erased_applications
-- Applications of erased candidates, to be decided again at once.
select a.application_id from application a where a.candidate_id = any ($1::text[]) order by 1;

-- name: refresh_creates
-- A create that nobody has begun to render will carry what is known now: Engaged too (R18).
update delivery d set engaged = true
  from unnest($1::uuid[]) k(key)
  where d.key = k.key and d.kind = 'create' and d.state = 'new' and d.lease_owner is null;

-- name: reopen
-- Work that waited for these jobs goes on (A37).
select reopen_pending(w.employer_id, w.job_id) from unnest($1::text[], $2::text[]) w(employer_id, job_id);
