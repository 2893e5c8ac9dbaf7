-- name: buckets
-- How many applications are in which bucket, per connection: every application is in exactly one (P4).
with placed as (
  select distinct on (application_id) application_id, state, reason
  from delivery
  where kind = 'create' and state <> 'cancelled'
  order by application_id, generation desc
)
select a.connection, a.employer_id,
       case when p.state is not null then p.state else lower(coalesce(a.verdict, 'hold')) end as bucket,
       case when p.state is null then coalesce(a.reason, 'facts_incomplete')
            when p.state in ('dead', 'parked') then p.reason end as reason,
       count(*)::int as n
from application a
left join placed p using (application_id)
group by 1, 2, 3, 4
order by 1, 2, 3, 4;

-- name: connections
-- Every connection with its health and its gate, credentials left out.
select c.name, c.employer_id, c.vendor, c.base_url, c.trigger, c.policy, c.policy_version, c.state, c.pause_reason,
       c.created_at, c.updated_at, g.mode as gate, g.hold_until, g.open_until
from connection c
left join gate g on g.connection = c.name
where $1::text is null or c.name = $1
order by c.name;

-- name: applications
-- Applications with their decision and the state of their create, newest decisions first. The reason is the delivery's
-- where that stands still, as in `buckets`.
with placed as (
  select distinct on (application_id) application_id, state, reason, key
  from delivery
  where kind = 'create' and state <> 'cancelled'
  order by application_id, generation desc
)
select a.application_id, a.connection, a.employer_id, a.job_id, a.candidate_id, a.verdict, a.decided_at,
       case when p.state in ('dead', 'parked') then p.reason else a.reason end as reason,
       p.state as delivery_state, p.key::text as delivery_key
from application a
left join placed p using (application_id)
where ($1::text is null or a.connection = $1)
  and ($2::text is null or case when p.state in ('dead', 'parked') then p.reason else a.reason end = $2)
  and ($3::text is null or p.state = $3)
  and ($4::text is null or a.verdict = $4)
  and ($6::text is null or a.candidate_id = $6)
order by a.decided_at desc nulls last, a.application_id
limit $5;

-- name: application
-- One application's decision as it was taken, without people's data.
select a.application_id, a.connection, a.employer_id, a.job_id, a.candidate_id, a.facts, a.verdict, a.reason, a.decision,
       a.policy_version, a.again_at, a.released, a.backfill_approved, a.backfill_taken, a.decided_at,
       s.version as snapshot_version, s.purged_at, j.facts as job,
       exists (select from erasure e where e.candidate_id = a.candidate_id) as erased,
       (select c.application_id from contact_claim c where c.contact_key = a.contact_key
          and c.application_id <> a.application_id and c.candidate_id <> a.candidate_id) as twin,
       case when c.name is not null then
         jsonb_build_object('name', c.name, 'employer_id', c.employer_id, 'vendor', c.vendor, 'trigger', c.trigger,
                            'policy', c.policy, 'policy_version', c.policy_version, 'trigger_since', c.trigger_since,
                            'base_url', c.base_url, 'healthy', c.state = 'healthy') end as link
from application a
left join snapshot s using (application_id)
left join job_link j on j.employer_id = a.employer_id and j.job_id = a.job_id
left join connection c on c.employer_id = a.employer_id
where a.application_id = $1;

-- name: named
-- Whether there is an application of this id.
select exists (select from application where application_id = $1)
    or exists (select from dead_letter where key = convert_to($1, 'UTF8'));

-- name: applications_of
-- Whether a candidate has one application, or more.
select application_id from application where candidate_id = $1 order by application_id limit 2;

-- name: application_events
-- The records behind one application's facts, in the order of their times.
select topic, partition, "offset", kind, at, summary, seen_at
from application_event
where application_id = $1
order by at nulls first, seen_at, topic, partition, "offset";

-- name: application_refusals
-- Records of this application that were refused, or folded with a word nobody knows.
select id, topic, partition, "offset", code, reason, path, seen_at, replayed_at
from dead_letter
where key = convert_to($1, 'UTF8')
order by id;

-- name: application_deliveries
-- Every delivery of one application with its receipt.
select key::text as key, kind, generation, connection, state, reason, ambiguous, attempts, next_at, job_id, ats_job_id, receipt,
       content_sha256, engaged, attribution, last_class, last_code, created_at, first_sent_at, delivered_at,
       (select min(t.started_at) from attempt t where t.delivery_key = delivery.key and t.op = 'fetch') as fetched_at
from delivery
where application_id = $1
order by created_at, key;

-- name: delivery_moves
-- How one application's deliveries went from state to state.
select m.delivery_key::text as delivery_key, m.from_state, m.to_state, m.reason, m.at
from delivery_move m
join delivery d on d.key = m.delivery_key
where d.application_id = $1
order by m.id;

-- name: delivery_attempts
-- Every attempt at one application's deliveries.
select t.delivery_key::text as delivery_key, t.op, t.started_at, t.ended_at, t.class, t.code, t.remote_id, t.applied
from attempt t
join delivery d on d.key = t.delivery_key
where d.application_id = $1
order by t.started_at, t.id;

-- name: delivery_steps
-- The journal of one application's deliveries: which step ended with what.
select s.delivery_key::text as delivery_key, s.step, s.state, s.kept, s.looks, s.started_at, s.finished_at
from step s
join delivery d on d.key = s.delivery_key
where d.application_id = $1
order by s.started_at, s.step;
